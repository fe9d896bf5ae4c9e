"""The floors check sees a file that includes a floor above its own, and a test that no list names; nothing else."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import check_floors  # noqa: E402


class CheckFloors(unittest.TestCase):
    def problems_of(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True)
            file.write_text(text)
            return list(check_floors.problems(pathlib.Path(folder)))

    def test_a_floor_above(self):
        self.assertEqual(self.problems_of("audit/a.h", '#pragma once\n#include "core/finding/finding.h"\n'),
                         ["audit/a.h:2: audit/ may not include core/finding/finding.h"])

    def test_own_floor_and_below(self):
        self.assertEqual(self.problems_of("rules/packs/a.cpp", '#include "rules/a.h"\n#include "audit/event.h"\n'), [])

    def test_exporters_and_rules_stand_on_core_only(self):
        self.assertEqual(self.problems_of("exporters/a.cpp", '#include "core/finding/finding.h"\n'), [])
        self.assertEqual(len(self.problems_of("rules/a.cpp", '#include "exporters/alert.h"\n')), 1)
        self.assertEqual(len(self.problems_of("exporters/a.cpp", '#include "detectors/engine.h"\n')), 1)
        self.assertEqual(len(self.problems_of("exporters/a.cpp", '#  include <daemon/x.h>\n')), 1)

    def test_production_does_not_include_tests(self):
        self.assertEqual(len(self.problems_of("daemon/a.cpp", '#include "tests/support/events.h"\n')), 1)

    def unlisted(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                file = pathlib.Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return [problem.split(":")[0] for problem in check_floors.unlisted_tests(pathlib.Path(folder))]

    def test_a_test_that_no_list_names(self):
        lists = {"tests/CMakeLists.txt": "redshank_test(test_a unit\n  unit/core/a_test.cpp)\n# unit/core/b_test.cpp\n",
                 "tests/fault/tests.cmake": "script(x ${HERE}/fault/x_test.py)\n", "tests/e2e/CMakeLists.txt": "set(tests follow)\n"}
        self.assertEqual(self.unlisted({**lists, "tests/unit/core/a_test.cpp": "", "tests/fault/x_test.py": "", "tests/e2e/follow_test.py": "",
                                        "tests/support/corpus.cpp": ""}), [])
        self.assertEqual(self.unlisted({**lists, "tests/unit/core/b_test.cpp": "", "tests/core/a_test.cpp": "", "tests/e2e/reload_test.py": ""}),
                         ["tests/core/a_test.cpp", "tests/e2e/reload_test.py", "tests/unit/core/b_test.cpp"])


if __name__ == "__main__":
    unittest.main()
