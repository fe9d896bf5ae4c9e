"""The shipped configurations and the built-in sample work unchanged."""
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import BINARY, PATIENCE, SOURCE, wait_for


class Shipped(unittest.TestCase):
    def test_configurations_are_good(self):
        for file in ("samples/redshank.toml", "systemd/redshank.toml"):
            with self.subTest(file):
                done = subprocess.run([BINARY, "check-config", file], cwd=SOURCE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_run_without_configuration_shows_all_three_detectors(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(SOURCE / "samples", f"{folder}/samples")
            output = os.path.join(folder, "output")
            with open(output, "wb") as out:
                daemon = subprocess.Popen([BINARY, "run"], cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT)
            self.addCleanup(daemon.kill)

            def said_all():
                if daemon.poll() is not None:
                    with open(output, encoding="utf-8") as file:
                        text = file.read()
                    if "in use" in text:
                        self.skipTest("another program has the built-in address")
                    self.fail(text)
                with open(output, encoding="utf-8") as file:
                    text = file.read()
                return all(kind in text for kind in ("secret-read-unprotected", "unusual-access", "crd-failing"))

            wait_for(said_all, "findings of all three detectors on the terminal")
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(timeout=PATIENCE), 0)
            self.assertTrue(os.path.exists(f"{folder}/run/redshank.db"))


if __name__ == "__main__":
    unittest.main()
