"""Runs programs under io_shim.so (see io_shim.cpp), which kills them at a call, makes a call fail, or traces calls."""
import os
import pathlib
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(os.environ.get("REDSHANK_FAULT_TOOLS", "build/release/tests"))


def scratch():
    """A folder in memory if possible: a kill loses nothing of the page cache, so a disk would only add time."""
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="redshank-fault-", dir=where)


def environment(under, **settings):
    """The environment for a run: kill=3 becomes IO_SHIM_KILL=3, and so on."""
    env = dict(os.environ, LD_PRELOAD=str((TOOLS / "libio_shim.so").resolve()), IO_SHIM_UNDER=str(under))
    env.update({"IO_SHIM_" + name.upper(): str(value) for name, value in settings.items()})
    return env


def run(command, under, **settings):
    return subprocess.run(command, env=environment(under, **settings), capture_output=True, text=True, timeout=60)


def calls_of(command, under):
    """The number of calls that the shim counts in an undisturbed run."""
    count = pathlib.Path(under) / "calls"
    done = run(command, under, count=count)
    assert done.returncode == 0, done.stderr
    return int(count.read_text())


def enter_own_mounts():
    """Restarts the test in a mount namespace of its own, where it may mount a small disk; ends it where that is not possible."""
    if "REDSHANK_OWN_MOUNTS" in os.environ:
        return
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode != 0:
        print("skipped: no mount namespaces here")
        sys.exit(0)
    os.environ["REDSHANK_OWN_MOUNTS"] = "1"
    os.execvp("unshare", ["unshare", "-rm", sys.executable, *sys.argv])


class SmallDisk:
    """A tmpfs at `folder`, unmounted at the end of the with block."""

    def __init__(self, folder, size):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def fill(self):
        """Fills the disk to the last byte."""
        with (self.folder / "rest").open("ab", buffering=0) as rest:
            try:
                while rest.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass

    def free(self):
        (self.folder / "rest").unlink()
