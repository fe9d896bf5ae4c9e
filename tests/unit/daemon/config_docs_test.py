"""docs/configuration.md names every key and table that daemon/config reads, and no other."""
import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[3]


class ConfigDocs(unittest.TestCase):
    def test_every_key_is_described(self):
        text = "".join(file.read_text() for file in sorted((SOURCE / "daemon" / "config").glob("*.cpp")))
        read = set(re.findall(r'\b(?:read|read_optional|table|tables|read_list)\((?:\w+, )?"(\w+)"', text))
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
