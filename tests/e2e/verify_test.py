"""`redshank verify`: what was counted is what the logs hold, through rotation, compression and kill -9; or it names what differs."""
import gzip
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, event, wait_for


def verify(*arguments):
    """(exit status, rows)."""
    done = subprocess.run([BINARY, "verify", "--format", "json", *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def hours_log(lines, name="a"):
    """One event every three minutes, from 10:00 on."""
    text = []
    for i in range(lines):
        at = f"T{10 + i // 20:02}:{i * 3 % 60:02}:00.000100Z"
        text.append(event(f"{name}-{i}").replace(b"T10:00:00.000100Z", at.encode()) + b"\n")
    return text


class Replayed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log, self.state = self.folder / "audit.log", self.folder / "r.db"
        self.lines = hours_log(60)
        self.lines.insert(30, b"no JSON\n")
        self.log.write_bytes(b"".join(self.lines))
        subprocess.run([BINARY, "replay", "--state", self.state, self.log], capture_output=True, check=True)

    def verify(self, *files):
        return verify("--state", self.state, *(files or (self.log,)))

    def test_proved_whatever_the_file_is_called(self):
        status, rows, _ = self.verify()
        self.assertEqual((status, rows[0]["result"]), (0, "proved"))
        self.assertEqual((rows[0]["lines"], rows[0]["events"], rows[0]["hours"]), (61, 60, 3))
        self.assertEqual(rows[0]["skipped"], {"bad_json": 1})
        self.assertEqual((rows[0]["first"], rows[0]["last"]), ("2026-01-05T10:00:00.000100Z", "2026-01-05T12:57:00.000100Z"))
        packed = self.folder / "elsewhere.gz"
        packed.write_bytes(gzip.compress(self.log.read_bytes()))
        self.assertEqual(self.verify(packed)[0], 0)
        table = subprocess.run([BINARY, "verify", "--state", self.state, self.log], capture_output=True, text=True, check=False).stdout
        self.assertIn("proved", table)
        self.assertNotIn("chain", json.dumps(rows))

    def expect(self, content, *wanted, file=None):
        """`wanted`: (result, hour, most that `line` may be)."""
        file = file or self.log
        packed = str(file).endswith(".gz")
        file.write_bytes(gzip.compress(content) if packed else content)
        status, rows, _ = self.verify(file)
        self.assertEqual(status, 1, rows)
        self.assertEqual([(row["result"], row["hour"][11:13]) for row in rows], [one[:2] for one in wanted], rows)
        for row, one in zip(rows, wanted):
            self.assertEqual(row["file"], str(file))
            if one[2] is None:
                self.assertNotIn("line", row)
                continue
            self.assertLessEqual(row["line"], one[2])
            self.assertGreaterEqual(row["line"], one[2] - 1)
            self.assertEqual(row["byte"], sum(map(len, self.lines[:row["line"] - 1])))

    def test_one_byte_in_a_compressed_backup(self):
        lines = list(self.lines)
        lines[45] = lines[45].replace(b"alice", b"alicf")
        self.expect(b"".join(lines), ("changed", "12", 46), file=self.folder / "audit.log.2.gz")

    def test_a_byte_of_the_first_line(self):
        self.expect(b"".join(self.lines).replace(b"alice", b"bob12", 1), ("changed", "10", 1))
        copy = self.folder / "copy.log"  # another inode: only what it holds is alike
        self.expect(b"".join(self.lines).replace(b"alice", b"bob12", 1), ("changed", "10", 1), file=copy)

    def test_a_line_removed(self):
        self.expect(b"".join(self.lines[:24] + self.lines[25:]), ("missing", "11", 25))

    def test_lines_added_later(self):
        self.expect(b"".join(self.lines) + hours_log(60, "b")[59], ("more", "12", 62))

    def test_truncated(self):
        self.expect(b"".join(self.lines[:31]), ("missing", "11", 32), ("missing", "12", None))

    def test_files_that_are_unknown_or_cannot_be_read(self):
        other = self.folder / "other.log"
        other.write_bytes(event("x").replace(b"2026", b"2025") + b"\n")
        status, rows, _ = self.verify(other)
        self.assertEqual((status, rows[0]["result"]), (1, "unknown"))
        status, rows, _ = self.verify(self.folder / "none.log")
        self.assertEqual((status, rows[0]["result"]), (3, "unreadable"))
        self.assertIn("No such file", rows[0]["text"])
        self.assertEqual(verify("--nonsense")[0], 2)

    def test_a_state_that_has_counted_nothing(self):
        config = self.folder / "off.toml"
        config.write_text("ledger_hours = 0\n")
        empty = self.folder / "e.db"
        subprocess.run([BINARY, "replay", "--config", config, "--state", empty, self.log], capture_output=True, check=True)
        status, rows, said = verify("--state", empty, self.log)
        self.assertEqual((status, rows), (3, []))
        self.assertIn("ledger_hours", said)


class Followed(unittest.TestCase):
    def test_exact_over_kill_rotation_and_compression(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            log = folder / "audit.log"
            state = ("--state", folder / "state/redshank.db", "--config", folder / "redshank.toml")
            lines = hours_log(120)
            log.write_bytes(b"")
            written = 0

            def write(count):
                nonlocal written
                with open(log, "ab") as file:
                    file.write(b"".join(lines[written:written + count]))
                written += count

            def check(status=0, results=()):
                got, rows, said = verify(*state)
                self.assertEqual((got, [row["result"] for row in rows]), (status, list(results)), (rows, said))
                return rows

            for part in range(4):  # killed while it reads
                daemon = Daemon(folder)
                self.addCleanup(daemon.kill)
                daemon.wait_until_ready()
                write(20)
                if part < 3:
                    wait_for(lambda: daemon.metric("redshank_events_total") > 0, "an event")
                    daemon.kill()
                    if part == 1:
                        os.rename(log, folder / "audit-2026-01-05T14-00-00.000.log")
                        log.write_bytes(b"")
            wait_for(lambda: daemon.metric("redshank_source_lag_bytes") == 0, "the end of the log")
            wait_for(lambda: sum(row["lines"] for row in verify(*state)[1]) == 80, "all lines counted")
            first, second = check(0, ["proved", "proved"])
            self.assertEqual((first["lines"], second["lines"]), (40, 40))

            backup = folder / "audit-2026-01-05T14-00-00.000.log"
            packed = pathlib.Path(f"{backup}.gz")
            packed.write_bytes(gzip.compress(backup.read_bytes()))
            backup.unlink()
            check(0, ["proved", "proved"])
            self.assertEqual(daemon.stop(), 0)

            write(1)  # nobody has read it yet
            rows = check(0, ["proved", "proved"])
            self.assertIn("1 line not counted yet", rows[1]["text"])

            content = gzip.decompress(packed.read_bytes()).replace(b"a-25", b"a-52")
            packed.write_bytes(gzip.compress(content))
            rows = check(1, ["changed", "proved"])
            self.assertEqual((rows[0]["file"], rows[0]["hour"], rows[0]["line"]), (str(packed), "2026-01-05T11:00:00.000000Z", 26))

            log.rename(folder / "hidden")
            packed.rename(folder / "too")
            status, rows, _ = verify(*state)
            self.assertEqual(status, 1, rows)
            self.assertEqual({row["result"] for row in rows}, {"gone", "unreadable"})


if __name__ == "__main__":
    unittest.main()
