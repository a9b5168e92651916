"""The documents of the formats name every key that the program knows or writes."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
BINARY = os.environ["MUSTER_BINARY"]


def in_code(document):
    """All words that stand in code (in backticks or a block) in a document of docs/."""
    text = (SOURCE / "docs" / document).read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    return set(re.findall(r"[A-Za-z][\w-]*", " ".join(blocks + spans)))


def keys_of_schema(schema):
    """Every property that a JSON Schema names, anywhere."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        return set(properties) | {key for part in schema.values() for key in keys_of_schema(part)}
    return {key for part in schema for key in keys_of_schema(part)} if isinstance(schema, list) else set()


def keys_of_result(value, named_by_people=("outages", "services", "steps", "roles")):
    """Every key of a JSON result, but for the names that a scenario gives."""
    keys = set()
    if isinstance(value, dict):
        for key, part in value.items():
            keys.add(key)
            inside = part.values() if key in named_by_people and isinstance(part, dict) else [part]
            for each in inside:
                keys |= keys_of_result(each, named_by_people)
    elif isinstance(value, list):
        for part in value:
            keys |= keys_of_result(part, named_by_people)
    return keys


class Formats(unittest.TestCase):
    def test_every_key_of_the_schema_is_in_the_scenario_document(self):
        keys = keys_of_schema(json.loads((SOURCE / "scenarios/schema.json").read_text(encoding="utf-8")))
        self.assertGreater(len(keys), 60)
        self.assertEqual(set(), keys - in_code("scenario.md"))

    def test_every_key_of_the_schema_is_in_the_exercise_document(self):
        keys = keys_of_schema(json.loads((SOURCE / "scenarios/exercise.schema.json").read_text(encoding="utf-8")))
        self.assertGreater(len(keys), 60)
        words = in_code("exercise.md") | set(re.findall(r"`([^`\w\s]+)`", (SOURCE / "docs/exercise.md").read_text(encoding="utf-8")))
        self.assertEqual({"note", "source"}, keys - words)  # as everywhere; the scenario's document says it

    def test_every_key_of_a_simulation_is_in_the_formats_document(self):
        done = subprocess.run([BINARY, "simulate", SOURCE / "scenarios/stackery.yaml", "--outage", "region-loss",
                               "--replications", "1000", "--sensitivity", "--json", "-"], capture_output=True, text=True, check=True)
        keys = keys_of_result(json.loads(done.stdout))
        self.assertGreater(len(keys), 30)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_rare_misses_is_in_the_formats_document(self):
        done = subprocess.run([BINARY, "simulate", SOURCE / "scenarios/small.yaml", "--replications", "300", "--rare", "--set",
                               "/services/shop/objective/rto=9h", "--json", "-"], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)
        keys = keys_of_result(json.loads(done.stdout))
        self.assertIn("rare-misses", keys)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_a_forecast_is_in_the_formats_document(self):
        done = subprocess.run([BINARY, "forecast", SOURCE / "scenarios/stackery.yaml", "--replications", "1000",
                               "--json", "-"], capture_output=True, text=True, check=True)
        keys = keys_of_result(json.loads(done.stdout))
        self.assertGreater(len(keys), 30)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_the_schema_is_in_the_study_document(self):
        keys = keys_of_schema(json.loads((SOURCE / "scenarios/what-if.schema.json").read_text(encoding="utf-8")))
        self.assertGreater(len(keys), 8)
        self.assertEqual(set(), keys - in_code("what-if.md"))

    def test_every_key_of_a_study_is_in_the_formats_document(self):
        done = subprocess.run([BINARY, "what-if", SOURCE / "scenarios/stackery.yaml", SOURCE / "scenarios/studies/stackery-options.yaml",
                               "--outage", "region-loss", "--replications", "200", "--json", "-"], capture_output=True, text=True, check=True)
        result = json.loads(done.stdout)
        for variant in result["variants"]:  # pointers and names are the scenario's
            variant["set"] = {}
            variant["difference"] = [service for services in variant["difference"].values() for service in services.values()]
        keys = keys_of_result(result)
        self.assertGreater(len(keys), 30)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_the_schema_is_in_the_calibration_document(self):
        keys = keys_of_schema(json.loads((SOURCE / "scenarios/calibration.schema.json").read_text(encoding="utf-8")))
        self.assertGreater(len(keys), 25)
        self.assertEqual(set(), keys - in_code("calibration.md"))

    def test_every_key_of_a_calibration_is_in_the_formats_document(self):
        with tempfile.TemporaryDirectory() as folder:
            observed = pathlib.Path(folder) / "observed.csv"
            observed.write_text("of,name,seconds,censored,ended,source,scenario,with-response-of\n"
                                "step,notice,1200,0,2026-01-02T03:04:05Z,drill 1,,\nstep,restore,4000,1,,drill 1,,\nstep,gone,1,0,,,,\n")
            done = subprocess.run([BINARY, "calibrate", SOURCE / "scenarios/small.yaml", "--observations", observed,
                                   "--replications", "200", "--json", "-"], capture_output=True, text=True, check=True)
        keys = keys_of_result(json.loads(done.stdout))
        self.assertGreater(len(keys), 35)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_the_schema_is_in_the_programme_document(self):
        keys = keys_of_schema(json.loads((SOURCE / "scenarios/programme.schema.json").read_text(encoding="utf-8")))
        self.assertGreater(len(keys), 40)
        self.assertEqual({"note", "source"}, keys - in_code("schedule.md"))  # as everywhere

    def test_every_key_of_a_schedule_is_in_the_formats_document(self):
        programme = SOURCE / "scenarios/programmes/stackery-2027.yaml"
        named = ("exercises",)
        with tempfile.TemporaryDirectory() as state:
            def keys_of(*words):
                done = subprocess.run([BINARY, *words], capture_output=True, text=True, env={**os.environ, "MUSTER_STATE_DIR": state})
                self.assertIn(done.returncode, (0, 1, 4), done.stderr)
                return keys_of_result(json.loads(done.stdout), named)
            keys = keys_of("schedule", programme, "--today", "2026-11-28", "--replications", "200", "--json", "-")
            keys |= keys_of("schedule", "status", programme, "--today", "2027-12-30", "--json")
            keys |= keys_of("schedule", programme, "--today", "2027-12-30", "--replications", "200", "--json", "-")
        self.assertGreater(len(keys), 50)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_an_evidence_pack_is_in_the_formats_document(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([BINARY, "calibrate", SOURCE / "scenarios/small.yaml", "--replications", "200", "--quiet", "--out", f"{folder}/c.yaml"], check=True,
                           env={**os.environ, "MUSTER_STATE_DIR": folder})
            subprocess.run([BINARY, "evidence", "--from", "2026-01-01", "--to", "2026-12-31", "--scenario", SOURCE / "scenarios/small.yaml", "--calibration", f"{folder}/c.yaml",
                            "--out", f"{folder}/pack"], check=True, capture_output=True, env={**os.environ, "MUSTER_STATE_DIR": folder})
            keys = keys_of_result(json.loads(pathlib.Path(folder, "pack/evidence.json").read_text(encoding="utf-8")))
        self.assertGreater(len(keys), 25)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_targets_is_in_the_formats_document(self):
        done = subprocess.run([BINARY, "targets", SOURCE / "scenarios/strategies/backup-and-restore.yaml", "--study",
                               SOURCE / "scenarios/studies/strategies.yaml", "--replications", "200", "--json", "-"],
                              capture_output=True, text=True, check=True)
        keys = keys_of_result(json.loads(done.stdout))
        self.assertGreater(len(keys), 25)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_a_story_is_in_the_formats_document(self):
        done = subprocess.run([BINARY, "explain", SOURCE / "scenarios/stackery.yaml", "--outage", "region-loss",
                               "--replication", "0", "--json", "-"], capture_output=True, text=True, check=True)
        keys = keys_of_result(json.loads(done.stdout))
        self.assertGreater(len(keys), 10)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_a_fit_is_in_the_formats_document(self):
        records = SOURCE / "tests/app/incidents/cloud-labelled.csv"
        done = subprocess.run([BINARY, "fit", records, "--map", "duration=duration_min", "--unit", "m", "--where", "provider=aws", "--outage", "aws",
                               "--resamples", "100", "--json", "-"], capture_output=True, text=True, check=True)
        result = json.loads(done.stdout)
        self.assertIsNotNone(result["mixture"])
        keys = keys_of_result(result)
        self.assertGreater(len(keys), 40)
        self.assertEqual(set(), keys - in_code("formats.md"))

    def test_every_key_of_observations_and_incidents_is_in_the_formats_document(self):
        with tempfile.TemporaryDirectory() as folder:
            here = dict(os.environ, MUSTER_STATE_DIR=folder)
            call = lambda *words: subprocess.run([BINARY, *words], env=here, capture_output=True, text=True, check=True).stdout
            call("incident", "add", "x", "--outage", "fire", "--started", "2026-01-01", "--ended", "2026-01-02", "--step", "a=5m", "--response", "b=2m")
            keys = keys_of_result([json.loads(call(*words, "--json")) for words in (["observe", "list"], ["incident", "list"], ["history"])])
            heading = call("observe", "export").splitlines()[0].split(",")
        self.assertGreater(len(keys), 20)
        self.assertEqual(set(), (keys | set(heading)) - in_code("formats.md"))


if __name__ == "__main__":
    unittest.main()
