"""The table of goals: what is met, what is missed and by how much."""
import pathlib
import tempfile
import unittest
from unittest import mock

import goals


class GoalsTest(unittest.TestCase):
    def row(self, name, figure):
        at = [goal[0] for goal in goals.GOALS].index(name)
        return goals.table({name: figure}).splitlines()[2 + at]

    def test_a_least_is_met_from_there_on_and_missed_below(self):
        self.assertEqual(self.row("reader", 0.6), "| a day, one thread: events a CPU second, of the bare reader's "
                                                  "| at least 0.6 | 0.6 | met |")
        self.assertTrue(self.row("reader", 0.39).endswith("| 0.39 | missed by 35 % |"))
        self.assertTrue(self.row("reader", 0.5999).endswith("| missed by 1 % |"))
        self.assertTrue(self.row("reader", 2.0871).endswith("| 2.09 | met |"))

    def test_a_most_is_met_up_to_there_and_missed_above(self):
        self.assertTrue(self.row("users_memory", 128).endswith("| at most 128 MB | 128 MB | met |"))
        self.assertTrue(self.row("users_memory", 234.1).endswith("| 234 MB | missed by 83 % |"))
        self.assertTrue(self.row("p99_1", 5.001).endswith("| 5 ms | missed by 1 % |"))

    def test_each_goal_has_a_row_measured_or_not(self):
        rows = goals.table({}).splitlines()
        self.assertEqual(len(rows), 2 + 13)
        self.assertTrue(all(row.endswith("| – | not measured |") for row in rows[2:]))

    def test_the_last_note_of_a_name_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "notes")
            with mock.patch.dict("os.environ", {"REDSHANK_GOALS": str(path)}):
                goals.note(idle_cpu=2.0, idle_wakes=1.5)
                goals.note(idle_cpu=0.8)
            self.assertEqual(goals.read_notes(path.read_text()), {"idle_cpu": 0.8, "idle_wakes": 1.5})
        with mock.patch.dict("os.environ", clear=True):
            goals.note(idle_cpu=1)  # to nowhere


if __name__ == "__main__":
    unittest.main()
