"""Dashboards and alert rules are valid and use metrics that exist."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import metrics_docs_test

ROOT = pathlib.Path(__file__).resolve().parents[3]
NAME = re.compile(r"redshank_[a-z0-9_]+")
DASHBOARDS = ("dashboards/redshank.json", "dashboards/redshank-findings.json")


def family(name):
    return re.sub(r"_(bucket|sum|count)$", "", name)


class Documents(unittest.TestCase):
    def test_dashboards_and_alerts_show_metrics_that_exist(self):
        for file in (*DASHBOARDS, "dashboards/alerts.yml"):
            used = {family(name) for name in NAME.findall((ROOT / file).read_text())}
            self.assertEqual(used - metrics_docs_test.described().keys(), set(), file)

    def test_dashboards_are_well_made(self):
        boards = [json.loads((ROOT / file).read_text()) for file in DASHBOARDS]
        self.assertEqual(len({board["uid"] for board in boards}), len(boards))
        for board in boards:
            self.assertFalse(board["editable"])
            self.assertEqual({variable["name"] for variable in board["templating"]["list"]},
                             {"datasource", "job", "cluster", "instance"})
            panels = board["panels"]
            self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
            for panel in (panel for panel in panels if panel["type"] != "row"):
                with self.subTest(board=board["title"], panel=panel["title"]):
                    self.assertTrue(panel["title"] and panel["description"] and panel["fieldConfig"]["defaults"]["unit"])
                    for target in panel["targets"]:
                        self.assertEqual(target["datasource"]["uid"], "${datasource}")
                        for name, selector in re.findall(r"([a-z_]+)\{([^}]*)\}", target["expr"]):
                            common = 'job=~"$job",instance=~"$instance"'
                            if "`cluster`" in metrics_docs_test.described().get(family(name), ""):
                                common += ',cluster=~"$cluster"'
                            self.assertTrue(selector.startswith(common), target["expr"])
                            self.assertEqual(selector.count("cluster=~"), common.count("cluster=~"), target["expr"])
                        for window in re.findall(r"\[([^\]]*)\]", target["expr"]):
                            self.assertIn(window, ("$__rate_interval", "$__range"))

    def test_the_first_screen_answers_the_three_questions(self):
        board = json.loads((ROOT / DASHBOARDS[1]).read_text())
        tables = {panel["title"].split(":")[0].split(" ")[0]: panel for panel in board["panels"] if panel["type"] == "table"}
        self.assertEqual(set(tables), {"Secrets", "Access", "Custom", "Open"})
        for word, detector in (("Secrets", '="secret_exposure"'), ("Access", '=~"unusual_access|rule"'), ("Custom", '="crd_health"')):
            self.assertIn(f"detector{detector}", tables[word]["targets"][0]["expr"])
        self.assertLessEqual(max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in tables.values()), 22)

    def test_every_alert_has_its_runbook(self):
        alerts = re.findall(r"- alert: (\w+)", (ROOT / "dashboards/alerts.yml").read_text())
        links = re.findall(r"runbook_url: https://redshank.example/docs/alerts.md#(\w+)", (ROOT / "dashboards/alerts.yml").read_text())
        self.assertEqual(links, [alert.lower() for alert in alerts])
        self.assertEqual(re.findall(r"^## (\w+)", (ROOT / "docs/alerts.md").read_text(), re.M), alerts)

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool (package prometheus)")
    def test_queries_are_good(self):
        rules = [f"  - {{record: 'x:{board}:{number}', expr: {json.dumps(expr)}}}\n"
                 for board, file in enumerate(DASHBOARDS)
                 for number, expr in enumerate(re.sub(r"\$__[a-z_]+", "5m", target["expr"])
                                               for panel in json.loads((ROOT / file).read_text())["panels"]
                                               for target in panel.get("targets", []))]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write("groups:\n- name: dashboards\n  rules:\n" + "".join(rules))
            file.flush()
            for checked in (file.name, ROOT / "dashboards/alerts.yml"):
                done = subprocess.run(["promtool", "check", "rules", checked], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout)

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool (package prometheus)")
    def test_alert_rules_fire_when_they_should(self):
        done = subprocess.run(["promtool", "test", "rules", "alerts_test.yml"], cwd=ROOT / "dashboards",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
