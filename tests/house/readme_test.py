"""README shows small.yaml and what the program really says of it; links lead somewhere.

Where another output is meant, MUSTER_UPDATE_GOLDEN=1 in the environment writes README anew.
"""
import os
import pathlib
import re
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ["MUSTER_SOURCE"])
BINARY = pathlib.Path(os.environ["MUSTER_BINARY"])


class Readme(unittest.TestCase):
    PATH = SOURCE / "README.md"
    BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)

    def blocks(self, language):
        blocks = self.BLOCK.findall(self.PATH.read_text(encoding="utf-8"))
        return [body for its_language, body in blocks if its_language == language]

    @staticmethod
    def with_output(command):
        """What a block shows of a command: the line typed, then what it prints."""
        environment = {**os.environ, "PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", command], cwd=SOURCE, env=environment, text=True, capture_output=True, check=True)
        return f"$ {command}\n{done.stdout}"

    def setUp(self):
        if "MUSTER_UPDATE_GOLDEN" in os.environ:
            small = (SOURCE / "scenarios/small.yaml").read_text(encoding="utf-8")

            def anew(block):
                language, body = block.groups()
                if language == "yaml":
                    body = small
                elif body.startswith("$ "):
                    body = self.with_output(body.partition("\n")[0][2:])
                return f"```{language}\n{body}```"
            self.PATH.write_text(self.BLOCK.sub(anew, self.PATH.read_text(encoding="utf-8")), encoding="utf-8")

    def test_shows_small_yaml_as_it_is(self):
        self.assertEqual([(SOURCE / "scenarios/small.yaml").read_text(encoding="utf-8")], self.blocks("yaml"))

    def test_shows_the_exact_output_of_its_command(self):
        shown = [block for block in self.blocks("") if block.startswith("$ ")]
        self.assertEqual(["$ muster simulate scenarios/small.yaml"], [block.partition("\n")[0] for block in shown])
        for block in shown:
            self.assertMultiLineEqual(block, self.with_output(block.partition("\n")[0][2:]))

    def test_shows_blocks_that_fit_on_a_page(self):
        for line in "".join(self.blocks("") + self.blocks("yaml")).splitlines():
            self.assertLessEqual(len(line), 90, line)


class Links(unittest.TestCase):
    def test_every_relative_link_of_every_document_leads_to_a_file(self):
        documents = [*SOURCE.glob("*.md"), *SOURCE.glob("docs/**/*.md"), *SOURCE.glob("scenarios/**/*.md")]
        self.assertGreater(len(documents), 5)
        for document in documents:
            for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
                if "://" not in target:
                    self.assertTrue((document.parent / target).exists(), f"{document.name}: {target}")


class ContributingGuide(unittest.TestCase):
    def test_names_files_that_exist(self):
        text = (SOURCE / "CONTRIBUTING.md").read_text(encoding="utf-8")
        paths = set(re.findall(r"`((?:models|sim|reports|app|bench|tests|tools|scenarios|docs)/[\w./-]*)`", text))
        self.assertGreater(len(paths), 8)
        self.assertEqual([], sorted(p for p in paths if not (SOURCE / p).exists()))


if __name__ == "__main__":
    unittest.main()
