"""What `redshank replay` says of itself (--stats)."""
import json
import pathlib
import subprocess
import tempfile


def figures(binary, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        stats = pathlib.Path(folder, "stats.json")
        subprocess.run([binary, "replay", "--stats", stats, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.loads(stats.read_text())
