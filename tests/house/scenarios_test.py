"""Every shipped scenario has a row in scenarios/README.md, and every row a file."""
import os
import pathlib
import re
import unittest

SCENARIOS = pathlib.Path(os.environ["MUSTER_SOURCE"], "scenarios")


class Scenarios(unittest.TestCase):
    def rows(self):
        rows = {}
        for line in (SCENARIOS / "README.md").read_text(encoding="utf-8").splitlines():
            match = re.match(r"^\|\s*\[?`?([\w./-]+\.ya?ml)`?", line)
            if match:
                rows[match.group(1)] = [cell.strip() for cell in line.strip().strip("|").split("|")]
        return rows

    def test_every_scenario_has_a_row_and_every_row_a_scenario(self):
        files = {p.relative_to(SCENARIOS).as_posix() for p in SCENARIOS.rglob("*.y*ml")}
        self.assertTrue(files, "no scenario is shipped")
        self.assertEqual(files, set(self.rows()))

    def test_every_row_says_its_question_and_where_its_numbers_come_from(self):
        for name, cells in self.rows().items():
            self.assertGreaterEqual(len(cells), 3, f"{name}: file, question, source of its numbers")
            self.assertTrue(all(cells), f"{name}: an empty cell")


if __name__ == "__main__":
    unittest.main()
