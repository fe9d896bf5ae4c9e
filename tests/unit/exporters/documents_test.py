"""What is written about metrics and findings is complete: docs/metrics.md, docs/runbooks, dashboards."""
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
NAME = re.compile(r"redshank_[a-z_]+")
KINDS = """secret-read-unprotected secret-exposed secret-exposure-closed secret-in-audit-log secret-read-indirect
secret-obtained-by-token unusual-access identity-dormant-returned impersonation-new impersonation-refused refusal-burst
permission-enumeration credential-changed token-used-elsewhere anonymous-success off-hours attack-sequence crd-failing
crd-degraded crd-silent crd-slow crd-operator-refused audit-gap audit-log-tampered audit-log-stalled audit-truncated
rule""".split()


def family(name):
    return re.sub(r"_(bucket|sum|count)$", "", name)


class Documents(unittest.TestCase):
    def test_every_metric_that_is_shown_or_alerted_on_is_documented(self):
        documented = set(NAME.findall((ROOT / "docs/metrics.md").read_text()))
        for file in ("dashboards/redshank.json", "dashboards/alerts.yml", "exporters/metric_help.cpp"):
            used = {family(name) for name in NAME.findall((ROOT / file).read_text())}
            self.assertEqual(used - documented, set(), file)

    def test_every_kind_has_a_runbook(self):
        self.assertEqual({file.stem for file in (ROOT / "docs/runbooks").glob("*.md")}, set(KINDS))

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool (package prometheus)")
    def test_alert_rules_fire_when_they_should(self):
        done = subprocess.run(["promtool", "test", "rules", "alerts_test.yml"], cwd=ROOT / "dashboards",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
