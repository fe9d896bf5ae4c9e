"""A row of the state that cannot be used stops nothing: the daemon starts, names it, counts it and goes on."""
import sqlite3
import tempfile
import unittest

from harness import Daemon, event


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
                database.execute("insert into state values('findings.open', 'k', '[]')")
            database.close()

            second = Daemon(folder)
            self.addCleanup(second.kill)
            second.wait_until_ready()
            for table in ("engine.clock", "requests.open", "findings.open"):
                self.assertEqual(second.metric("redshank_state_rows_unusable_total", table=table), 1, table)
                self.assertEqual(second.said().count(f"table {table}, key"), 1, second.said())
            self.assertNotIn("\x1b", second.said())
            with open(f"{folder}/audit.log", "ab") as log:
                log.write(event("a-9", second=9) + b"\n")
            self.assertEqual(second.stop(), 0)

            database = sqlite3.connect(f"{folder}/state/redshank.db")
            (clock,) = database.execute("select value from state where tbl='engine.clock'").fetchone()
            database.close()
            self.assertTrue(clock.isdigit(), clock)


if __name__ == "__main__":
    unittest.main()
