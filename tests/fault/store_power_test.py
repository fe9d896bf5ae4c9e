#!/usr/bin/env python3
"""The power fails at every call that changes a file: changes that were not synced are lost, kept or torn at random. All
acknowledged transactions must survive, and each as a whole or not at all."""
import os
import pathlib
import random
import unittest

import shim
from store_state import WORKER, check_whole, dump

SECTOR = 512


def read_trace(file):
    """The records of io_shim.cpp: (op, path, offset, bytes, extra)."""
    data = file.read_bytes()
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        op, path, offset, size, extra = data[at:end].decode().split(" ")
        at = end + 1 + int(size)
        # The size of a truncation is in the offset field.
        yield op, path, int(offset), data[end + 1 : at], extra


class File:
    def __init__(self):
        self.durable = bytearray()
        self.pending = []  # (offset, bytes), or (size, None) for a truncation

    @staticmethod
    def apply(content, change):
        offset, data = change
        if data is None:
            content[offset:] = bytes(max(0, offset - len(content)))
            return
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data

    def sync(self):
        for change in self.pending:
            self.apply(self.durable, change)
        self.pending = []

    def after_power_cut(self, chance):
        """Applies unsynced changes in any order, each as a whole, in part or not at all."""
        content = bytearray(self.durable)
        changes = []
        for offset, data in self.pending:
            if data is None:
                changes.append((offset, None))
            else:
                changes += [(offset + at, data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)]
        keep = chance.choice((0, 0.5, 0.95, 1))
        for change in changes:
            if chance.random() < keep:
                self.apply(content, change)
        return content


class Disk:
    """Files by name; names change with rename and unlink, which are durable once the folder is synced."""

    def __init__(self):
        self.files, self.durable_names, self.pending_names = {}, {}, []

    def apply(self, op, path, offset, data, extra):
        if op == "rename":
            self.files[extra] = self.files.pop(path, File())
            self.pending_names.append((op, path, extra))
        elif op == "unlink":
            self.files.pop(path, None)
            self.pending_names.append((op, path, None))
        elif op == "sync" and path not in self.files:  # a folder
            self.durable_names = dict(self.files)
            self.pending_names = []
        elif op == "sync":
            self.files[path].sync()
        elif op in ("write", "truncate"):
            if path not in self.files:
                self.files[path] = File()
                self.pending_names.append(("make", path, self.files[path]))
            self.files[path].pending.append((offset, data if op == "write" else None))

    def after_power_cut(self, chance):
        """Applies changes of names in order up to a random one, as journaling file systems do."""
        names = dict(self.durable_names)
        for op, path, other in self.pending_names[: chance.randint(0, len(self.pending_names))]:
            if op == "make":
                names[path] = other
            elif op == "rename" and path in names:
                names[other] = names.pop(path)
            elif op == "unlink":
                names.pop(path, None)
        return {path: file.after_power_cut(chance) for path, file in names.items()}


class StorePowerTest(unittest.TestCase):
    def test_power_cut_at_every_call(self):
        chance = random.Random(int(os.environ.get("REDSHANK_FAULT_SEED", "1")))
        transactions, cuts = 2, 0
        with shim.scratch() as scratch:
            folder = pathlib.Path(scratch)
            trace = folder / "trace"
            under = folder / "db"
            command = [WORKER, "run", str(under / "redshank.db"), str(transactions)]
            done = shim.run(command, under, trace=trace)
            self.assertEqual(done.returncode, 0, done.stderr)
            disk, acknowledged = Disk(), 0
            records = [record for record in read_trace(trace) if not record[1].endswith("-shm")]
            for number, (op, path, offset, data, extra) in enumerate(records):
                for _ in range(2):
                    image = disk.after_power_cut(chance)
                    cuts += 1
                    self.check_image(image, under, folder / f"image-{cuts}", acknowledged, f"cut before call {number}")
                if op == "ack":
                    acknowledged = int(data)
                else:
                    disk.apply(op, path, offset, data, extra)
            self.check_image(disk.after_power_cut(chance), under, folder / "end", transactions, "after all")
            print(f"{len(records)} calls, {cuts} power cuts")

    def check_image(self, image, under, folder, acknowledged, where):
        folder.mkdir()
        for path, content in image.items():
            (folder / pathlib.Path(path).relative_to(under)).write_bytes(content)
        state = dump(str(folder / "redshank.db"))
        check_whole(self, state, where)
        self.assertGreaterEqual(state["position"], acknowledged, where)


if __name__ == "__main__":
    unittest.main()
