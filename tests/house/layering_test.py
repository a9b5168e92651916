"""The layering check must be able to fail: small trees, each with one violation, and the line it must be found at."""
import pathlib
import tempfile
import unittest

import layering


class Layering(unittest.TestCase):
    def found(self, **files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name.replace("__", "/") + ".cc")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return layering.check(folder)[1]

    def assert_only(self, found, beginning):
        self.assertEqual(1, len(found), found)
        self.assertTrue(found[0].startswith(beginning), found[0])

    def test_includes_that_point_the_right_way_pass(self):
        self.assertEqual([], self.found(
            models__draw="#include <array>\n", sim__run='#include "models/draw.h"\n#include "sim/run.h"\n#include <thread>\n',
            reports__page='#include "models/draw.h"\n', exercise__fault='#include "models/draw.h"\n',
            app__main='#include "sim/run.h"\n#include "reports/page.h"\n#include "exercise/fault.h"\n',
            tests__sim__run_test='#include "sim/run.h"\n#include "tests/sim/phase_type.h"\n', bench__run='#include "sim/run.h"\n'))

    def test_the_three_rooms_never_include_each_other(self):
        rooms = ["sim", "exercise", "reports"]
        for one in rooms:
            for other in rooms:
                if one != other:
                    self.assert_only(self.found(**{f"{one}__a": f'\n#include "{other}/b.h"\n'}), f"{one}/a.cc:2: ")

    def test_models_include_no_other_room(self):
        for room in ["sim", "exercise", "reports", "app"]:
            self.assert_only(self.found(models__a=f'#include "models/b.h"\n  #  include "{room}/b.h"\n'), "models/a.cc:2: ")

    def test_no_room_includes_the_app(self):
        for room in ["sim", "exercise", "reports"]:
            self.assert_only(self.found(**{f"{room}__a": '#include "app/b.h"\n'}), f"{room}/a.cc:1: ")

    def test_nothing_includes_tests_or_benchmarks(self):
        for room in ["models", "sim", "exercise", "reports", "app", "bench"]:
            self.assert_only(self.found(**{f"{room}__a": '#include "tests/b.h"\n'}), f"{room}/a.cc:1: ")
        for room in ["models", "sim", "exercise", "reports", "app", "tests"]:
            self.assert_only(self.found(**{f"{room}__a": '#include "bench/b.h"\n'}), f"{room}/a.cc:1: ")

    def test_a_path_that_hides_its_room_is_found(self):
        self.assert_only(self.found(sim__a='#include "../reports/b.h"\n'), "sim/a.cc:1: ")

    def test_models_have_no_threads(self):
        for header in ["thread", "mutex", "atomic"]:
            found = self.found(models__a=f"#include <{header}>\n")
            self.assertEqual(0 if header == "atomic" else 1, len(found), header)

    def test_models_touch_files_only_to_load_and_save(self):
        self.assert_only(self.found(models__statistics="#include <iostream>\n"), "models/statistics.cc:1: ")
        self.assert_only(self.found(models__statistics='#include <cstdio>\nvoid f() { std::printf("x"); }\n'),
                         "models/statistics.cc:2: ")
        self.assertEqual([], self.found(models__load="#include <fstream>\n",
                                        models__units="#include <cstdio>\nvoid f(char* p) { std::snprintf(p, 9, \"x\"); }\n"))

    def test_an_empty_tree_is_no_pass(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(1, layering.main(["layering.py", folder]))


if __name__ == "__main__":
    unittest.main()
