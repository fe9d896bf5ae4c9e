"""The release binary is built as CMake says: position independent, read-only relocations, guarded stacks, checked copies."""
import re
import subprocess
import unittest

from harness import BINARY


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, BINARY], stdout=subprocess.PIPE, check=True, text=True).stdout


class Hardening(unittest.TestCase):
    def test_layout(self):
        self.assertRegex(readelf("-h"), r"Type:\s+DYN")
        segments = readelf("-l")
        self.assertIn("GNU_RELRO", segments)
        self.assertRegex(segments, r"GNU_STACK\s.*\bRW\s")
        self.assertRegex(readelf("-d"), r"\bNOW\b")

    def test_checks(self):
        symbols = readelf("--dyn-syms")
        self.assertIn("__stack_chk_fail", symbols)
        self.assertTrue(re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")), "_FORTIFY_SOURCE")


if __name__ == "__main__":
    unittest.main()
