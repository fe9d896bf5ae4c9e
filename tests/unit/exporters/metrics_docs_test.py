"""The tables of docs/metrics.md describe each metric as its Metric in the code does (core/metric/metric.h).

    python3 tests/unit/exporters/metrics_docs_test.py --update     writes the rows anew from the code
"""
import ast
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs/metrics.md"
STRING = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
METRIC = re.compile(r"constexpr Metric \w+\{\s*" + STRING + r",\s*Metric::(\w+),\s*" + STRING + r",\s*" + STRING + r"(?:,\s*true)?\}")
ROW = re.compile(r"^\| `(redshank_\w+)` \|.*$", re.MULTILINE)
MEND = ("mend it so: give a new metric a row \"| `NAME` |\" in the table where people look for it, take out the row of one that "
        "is gone, and run python3 tests/unit/exporters/metrics_docs_test.py --update")


def text(literals):
    """Concatenates adjacent string literals, as the compiler does."""
    return ast.literal_eval("(" + literals + ")")


def described():
    """The row of each metric in the code, by name."""
    rows = {}
    for room in ("core", "detectors", "exporters", "daemon"):
        for file in sorted((*(ROOT / room).rglob("*.cpp"), *(ROOT / room).rglob("*.h"))):
            for name, kind, labels, help_text in METRIC.findall(file.read_text()):
                name = text(name)
                assert name not in rows, f"{name} is described twice"
                labels = ", ".join(f"`{label}`" for label in text(labels).split(", ") if label)
                rows[name] = f"| `{name}` | {kind.lower()} | {labels} | {text(help_text)} |".replace("|  |", "| |")
    return rows


class MetricsDocs(unittest.TestCase):
    def test_the_pattern_finds_every_description(self):
        code = "".join(file.read_text() for room in ("core", "detectors", "exporters", "daemon")
                       for file in (ROOT / room).rglob("*") if file.suffix in (".cpp", ".h"))
        self.assertEqual(len(described()), len(re.findall(r"\bconstexpr Metric \w+", code)))
        self.assertEqual(set(re.findall(r'"(redshank_[a-z0-9_]+)"', code)) - set(described()), set(), "named, not described")

    def test_help_is_a_sentence(self):
        for name, row in described().items():
            self.assertRegex(row, r"\| [A-Z0-9][^|`]{9,}\. \|$", name)

    def test_the_document_agrees_with_the_code(self):
        documented = {row.group(1): row.group(0) for row in ROW.finditer(DOCUMENT.read_text())}
        rows = described()
        self.assertEqual(sorted(rows.keys() - documented.keys()), [], "no row in docs/metrics.md; " + MEND)
        self.assertEqual(sorted(documented.keys() - rows.keys()), [], "not in the code; " + MEND)
        for name, row in rows.items():
            self.assertEqual(documented[name], row, MEND)


if __name__ == "__main__":
    if "--update" in sys.argv:
        rows = described()
        DOCUMENT.write_text(ROW.sub(lambda row: rows.get(row.group(1), row.group(0)), DOCUMENT.read_text()))
    else:
        unittest.main()
