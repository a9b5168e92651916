"""The bash completion, asked as bash asks it."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
BINARY = os.environ["MUSTER_BINARY"]
COMPLETION = SOURCE / "packaging/completion/muster.bash"
GROUPS = {"agent": ["pki", "run", "status"], "actions": ["add", "close", "list"], "exercise": ["abort", "ack", "check", "recover", "report", "run", "status"], "history": ["show"],
          "incident": ["ack", "add", "list", "run"], "observe": ["export", "import", "list"], "schedule": ["status"]}
FIRST = ["actions", "agent", "calibrate", "check", "endpoints", "evidence", "exercise", "explain", "fit", "forecast", "halt", "history", "incident", "init", "merge", "observe", "proxy", "report", "schedule", "simulate", "targets", "what-if"]
COMMANDS = [[word] for word in FIRST if word not in GROUPS or word in ("history", "schedule")] + [[group, word] for group, words in GROUPS.items() for word in words if word != "pki"]
COMMANDS += [["agent", "pki", word] for word in ("init", "issue", "list", "revoke")]


def complete(*words, folder="/"):
    """What completing the last of the words offers."""
    script = """source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _muster; printf '%s\\n' "${COMPREPLY[@]}" """
    done = subprocess.run(["bash", "-c", script, "bash", COMPLETION, *words], cwd=folder, text=True, check=True,
                          capture_output=True)
    return sorted(line for line in done.stdout.splitlines() if line)


class Completion(unittest.TestCase):
    def test_commands(self):
        self.assertEqual(["--help", "--version", *FIRST], complete("muster", ""))
        self.assertEqual(["simulate"], complete("muster", "si"))

    def test_commands_of_a_group(self):
        for group, words in GROUPS.items():
            self.assertEqual(words, complete("muster", group, ""))
        self.assertEqual(["init", "issue", "list", "revoke"], complete("muster", "agent", "pki", ""))

    def test_options_are_those_that_each_command_says_it_has(self):
        for command in COMMANDS:
            said = subprocess.run([BINARY, *command, "--help"], text=True, check=True, capture_output=True).stdout
            self.assertEqual(sorted(re.findall(r"^  (--[a-z][a-z-]+)", said, re.M)), complete("muster", *command, "--"),
                             command)

    def test_files_are_scenarios_and_folders(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ["plan.yaml", "plan.json", "notes.txt", "old plan.yml"]:
                pathlib.Path(folder, name).touch()
            pathlib.Path(folder, "plans").mkdir()
            self.assertEqual(["plan.json", "plan.yaml", "plans"], complete("muster", "check", "pl", folder=folder))
            self.assertEqual(["old plan.yml"], complete("muster", "check", "o", folder=folder))

    def test_outages_of_the_scenario_on_the_line(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "plan.yaml").write_text(
                "muster: 1\noutages:\n  region-loss:\n    lasts: 5h\n    strikes: []\n  # none\n  db-loss: {lasts: 1h}\n"
                "plan:\n  steps: {}\n", encoding="utf-8")
            self.assertEqual(["db-loss", "region-loss"],
                             complete("muster", "simulate", "plan.yaml", "--outage", "", folder=folder))
            self.assertEqual(["region-loss"], complete("muster", "explain", "plan.yaml", "--outage", "r", folder=folder))

    def test_files_of_fits_are_tables(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ["a.csv", "a.yaml"]:
                pathlib.Path(folder, name).touch()
            self.assertEqual(["a.csv"], complete("muster", "fit", "a", folder=folder))
            self.assertEqual(["a.csv"], complete("muster", "observe", "import", "a", folder=folder))
            self.assertEqual(["a.yaml"], complete("muster", "fit", "--scenario", "a", folder=folder))

    def test_words_of_options(self):
        self.assertEqual(["serverless", "three-tier"], complete("muster", "init", "--template", ""))
        self.assertEqual([], complete("muster", "simulate", "plan.yaml", "--seed", ""))


if __name__ == "__main__":
    unittest.main()
