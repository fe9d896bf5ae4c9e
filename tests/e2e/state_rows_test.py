"""A row of the state that cannot be used stops nothing: the daemon starts, names it, counts it and goes on."""
import sqlite3
import tempfile
import unittest

from harness import Daemon, anonymous_secret_read, event, wait_for


class StateRows(unittest.TestCase):
    def test_odd_rows_are_named_counted_and_passed_over(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/audit.log", "wb") as log:
                for second in range(5):
                    log.write(event(f"a-{second}", second=second) + b"\n")
            first = Daemon(folder)
            self.addCleanup(first.kill)
            first.wait_until_ready()
            self.assertEqual(first.stop(), 0)

            database = sqlite3.connect(f"{folder}/state/redshank.db")
            with database:
                database.execute("""update state set value='{"v":1}' where tbl='engine.clock'""")
                database.execute("insert into state values('requests.open', 'zz' || char(27), '1')")
                database.execute("insert into state values('findings.open', 'rule' || char(31) || 'k', '[]')")
            database.close()

            second = Daemon(folder)
            self.addCleanup(second.kill)
            second.wait_until_ready()
            for table in ("engine.clock", "requests.open", "findings.open"):
                wait_for(lambda: second.metric("redshank_state_rows_unusable_total", table=table) == 1, table)
                self.assertEqual(second.said().count(f"table {table}, key"), 1, second.said())
            self.assertNotIn("\x1b", second.said())
            with open(f"{folder}/audit.log", "ab") as log:
                log.write(event("a-9", second=9) + b"\n")
            self.assertEqual(second.stop(), 0)

            database = sqlite3.connect(f"{folder}/state/redshank.db")
            (clock,) = database.execute("select value from state where tbl='engine.clock'").fetchone()
            database.close()
            self.assertTrue(clock.isdigit(), clock)


    def test_silences_that_become_unreadable_cost_no_alert_and_are_said(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/audit.log", "wb") as log:
                log.write(event("a-0") + b"\n")
            daemon = Daemon(folder, '[[receiver]]\nname = "out"\ntype = "stdout"\n')
            self.addCleanup(daemon.kill)
            daemon.wait_until_ready()
            file = f"{folder}/state/redshank.db"
            database = sqlite3.connect(file)
            with database:
                for number in range(100, 400):
                    database.execute("insert into state values('silences', ?, ?)", (f"s_{number}", "x" * 800))
            database.execute("pragma wal_checkpoint(truncate)")
            database.close()
            with open(file, "r+b") as pages:
                content = pages.read()
                leaf = next(at for at in range(4096, len(content), 4096)  # leaf page of a table without rowid
                            if content[at] == 10 and b"s_250" in content[at:at + 4096])
                pages.seek(leaf)
                pages.write(b"\xff")
            with open(f"{folder}/audit.log", "ab") as log:
                log.write(anonymous_secret_read("a-1", "db") + b"\n")
            wait_for(lambda: daemon.get("/readyz") == (
                503, "silences and messages to be sent again cannot be read; the log says why\n"), "not ready")
            with open(f"{folder}/audit.log", "ab") as log:
                log.write(anonymous_secret_read("a-2", "other", second=1) + b"\n")
            wait_for(lambda: "prod/other" in daemon.said(), "the alert")
            self.assertIn("malformed", daemon.said())
            self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
