"""What `cmake --install` lays out works from where it lies; the manual page agrees with the command."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
BUILD = os.environ["MUSTER_BUILD"]
BINARY = os.environ["MUSTER_BINARY"]
PAGES = {"muster.1": ["check", "endpoints", "explain", "forecast", "init", "report", "simulate", "targets", "what-if", "merge", "calibrate"],
         "muster-exercise.1": ["exercise check", "exercise run", "exercise status", "exercise ack", "exercise abort", "exercise recover", "exercise report", "incident run", "incident ack",
                               "halt", "history", "history show", "actions add", "actions list", "actions close"],
         "muster-fit.1": ["fit", "observe import", "observe list", "observe export", "incident add", "incident list"],
         "muster-proxy.1": ["proxy"],
         "muster-schedule.1": ["schedule", "schedule status", "evidence"],
         "muster-agent.1": ["agent run", "agent status", "agent pki init", "agent pki issue", "agent pki revoke", "agent pki list"]}


def output(*command, **keywords):
    return subprocess.run(command, text=True, check=True, capture_output=True, **keywords)


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = pathlib.Path(cls.folder.name)
        output("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_part_has_its_place(self):
        for path in ["bin/muster", "share/muster/schema.json", "share/muster/exercise.schema.json", "share/muster/what-if.schema.json", "share/muster/calibration.schema.json",
                     "share/muster/programme.schema.json", "share/doc/muster/schedule.md", "share/muster/scenarios/programmes/us-holidays.ics",
                     "share/doc/muster/what-if.md", "share/muster/scenarios/studies/stackery-options.yaml", "share/muster/scenarios/small.yaml",
                     "share/muster/scenarios/README.md", "share/man/man1/muster.1", "share/man/man1/muster-exercise.1", "share/man/man1/muster-fit.1", "share/man/man1/muster-schedule.1", "share/man/man1/muster-agent.1", "share/doc/muster/agent.md", "share/muster/deploy/muster-agent.service", "share/doc/muster/calibration.md", "share/doc/muster/evidence.md", "share/man/man1/muster-proxy.1", "share/doc/muster/proxy.md",
                     "share/bash-completion/completions/muster", "share/doc/muster/README.md",
                     "share/doc/muster/copyright"]:
            self.assertTrue((self.prefix / path).is_file(), path)
        self.assertFalse(list(self.prefix.rglob("*.a")), "libraries of Muster's own are no interface")
        self.assertFalse(list(self.prefix.rglob("*.h")), "nor are its headers")

    def test_every_shipped_scenario_is_installed_and_passes_check(self):
        # Exercises break the lab, which stays with the source. Studies and programmes are no scenarios; they are used below.
        shipped = sorted(p.relative_to(SOURCE / "scenarios") for p in (SOURCE / "scenarios").rglob("*.yaml") if p.parent.name not in ("exercises", "studies", "programmes"))
        installed = [self.prefix / "share/muster/scenarios" / p for p in shipped]
        self.assertTrue(installed)
        self.assertFalse((self.prefix / "share/muster/scenarios/exercises").exists())
        output(self.prefix / "bin/muster", "check", "--strict", *installed)
        study = self.prefix / "share/muster/scenarios/studies/stackery-capacity.yaml"
        output(self.prefix / "bin/muster", "what-if", self.prefix / "share/muster/scenarios/stackery.yaml", study, "--replications", "100", "--outage", "cognito-outage")
        programme = self.prefix / "share/muster/scenarios/programmes/stackery-2027.yaml"
        output(self.prefix / "bin/muster", "schedule", programme)


class ManualPage(unittest.TestCase):
    # `man` itself asks for a UTF-8 locale; 80 columns is what it formats for when it is no terminal.
    ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MAN_KEEP_FORMATTING": ""}

    def each_page(self):
        for name, commands in PAGES.items():
            with self.subTest(name):
                yield SOURCE / "docs/man" / name, commands

    def test_formats_without_a_warning(self):
        for page, _ in self.each_page():
            done = output("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page, env=self.ENVIRONMENT)
            self.assertEqual("", done.stderr)

    def test_names_the_options_that_the_commands_have_and_no_other(self):
        environment = {k: v for k, v in self.ENVIRONMENT.items() if k != "MAN_KEEP_FORMATTING"}
        general = {"--help", "--version"}
        for page, commands in self.each_page():
            text = output("man", "-E", "ascii", "-l", page, env=environment).stdout
            said = {o for command in commands for o in re.findall(r"^  (--[a-z][a-z-]+)", output(BINARY, *command.split(), "--help").stdout, re.M)}
            self.assertEqual(said - general, set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", text)) - general)

    def test_carries_the_version_of_the_program(self):
        version = re.search(r"\d+\.\d+\.\d+", output(BINARY, "--version").stdout).group()
        for page, _ in self.each_page():
            self.assertIn(f'"muster {version}"', page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
