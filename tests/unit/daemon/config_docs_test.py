"""docs/configuration.md names every key and table that is read, and no other."""
import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[3]


class ConfigDocs(unittest.TestCase):
    def test_every_key_is_described(self):
        files = [*(SOURCE / "daemon").glob("*/*config.cpp"), *(SOURCE / "detectors").glob("*/config.cpp"),
                 *(SOURCE / "exporters").glob("*.cpp"), SOURCE / "detectors" / "registry.cpp",
                 SOURCE / "daemon" / "sources" / "registry.cpp"]
        text = "".join(file.read_text() for file in files)
        read = set(re.findall(r'\b(?:read|read_choice|read_mebibytes|read_url|read_link|table|tables|row<\w+::Config>)\((?:\w+, )?"(\w+)"', text))
        self.assertGreater(len(read), 20, "the pattern finds how keys are read")
        described = set()
        for line in (SOURCE / "docs" / "configuration.md").read_text().splitlines():
            if line.startswith(("## `[", "`[[")):
                described.update(re.findall(r"\w+", line.split("`")[1]))
            elif line.startswith("| `"):
                described.update(re.findall(r"`(\w+)`", line.split("|")[1]))
        self.assertEqual(sorted(read - described), [], "read, but not described")
        self.assertEqual(sorted(described - read), [], "described, but not read")


if __name__ == "__main__":
    unittest.main()
