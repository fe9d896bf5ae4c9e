"""What people type: completion in their shell, the manual page, --version, a log through a pipe."""
import gzip
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import BINARY, SOURCE

LOG = SOURCE / "samples/audit.log"


def run(*arguments, stdin=None):
    return subprocess.run(list(map(str, arguments)), input=stdin, capture_output=True, timeout=60, check=False)


def said(*arguments):
    done = run(BINARY, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def commands(*path):
    """Every command, as --help lists it, with its options."""
    text = said(*path, "--help")
    yield path, sorted(set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", text, re.M)))
    _, _, listed = text.partition("Subcommands:")
    for name in re.findall(r"^  ([a-z-]+) ", listed, re.M):
        yield from commands(*path, name)


# What is typed, with the cursor at its end; what is offered; what is not.
OFFERS = [
    ("redshank re", {"replay", "render"}, {"run"}),
    ("redshank policy ", {"check", "coverage", "simulate"}, {"replay", "-h"}),
    ("redshank policy check --k", {"--kubernetes"}, {"--compare"}),
    ("redshank replay --format ", {"text", "json"}, {"--config"}),
    ("redshank findings --severity ", {"critical", "low"}, {"text"}),
    ("redshank replay --config zz", {"zz-file"}, {"replay"}),
    ("redshank replay --format json zz", {"zz-file"}, {"text"}),
    ("redshank completion ", {"bash", "zsh", "fish"}, {"run"}),
    ("redshank incident ", set(), {"zz-file"}),
    ("redshank replay --se", {"--seed-rbac"}, {"--state"}),
    ("redshank replay -", {"--seed-rbac", "-h"}, {"zz-file"}),
]


def bash(script, line, folder):
    words = line.split(" ")
    done = subprocess.run(["bash", "-c", f"""source {script}; COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}
        _redshank 2>/dev/null; printf '%s\\n' "${{COMPREPLY[@]}}" """], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def fish(script, line, folder):
    done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C {line!r}"], cwd=folder,
                          env={"HOME": str(folder), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    return {offer.split("\t")[0] for offer in done.stdout.splitlines()}


class Completion(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "zz-file").touch()

    def check(self, shell, offers):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        script = self.folder / "script"
        script.write_text(said("completion", shell))
        for line, wanted, unwanted in OFFERS:
            with self.subTest(shell=shell, line=line):
                offered = offers(script, line, self.folder)
                self.assertLessEqual(wanted, offered)
                self.assertFalse(offered & unwanted, offered & unwanted)

    def test_bash(self):
        self.check("bash", bash)

    def test_bash_takes_the_value_after_an_equals_sign(self):
        script = self.folder / "script"
        script.write_text(said("completion", "bash"))
        self.assertEqual(bash(script, "redshank replay --format = j", self.folder), {"json"})
        self.assertEqual(bash(script, "redshank replay --format =", self.folder), {"json", "text"})

    def test_fish(self):
        self.check("fish", fish)

    def test_zsh_reads_its_script(self):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        self.assertEqual(run("zsh", "-n", "/dev/stdin", stdin=said("completion", "zsh").encode()).stderr, b"")

    def test_another_shell_is_wrong_usage(self):
        done = run(BINARY, "completion", "bsah")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"did you mean 'bash'?", done.stderr)


class Manual(unittest.TestCase):
    def test_it_has_every_command_and_option(self):
        sections = dict(re.findall(r'^\.SS "(redshank [^"]*)"\n(.*?)(?=^\.S[SH] )', said("manual").replace("\\-", "-"), re.M | re.S))
        described = {re.split(r" (?=[A-Z\[])", usage)[0]: text for usage, text in sections.items()}
        listed = {" ".join(["redshank", *path]): options for path, options in commands() if path}
        self.assertGreater(len(listed), 30)
        self.assertEqual(set(listed), set(described))
        for command, options in listed.items():
            for option in options:
                if option != "--help":
                    self.assertRegex(described[command], rf'\n\.BI? "[^"]*{option}[ ",]', command)

    def test_troff_has_nothing_to_say_about_it(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        done = run("groff", "-man", "-Tutf8", "-ww", "-Kutf8", stdin=said("manual").encode())
        self.assertEqual(done.stderr.decode(), "")
        self.assertIn(b"EXIT STATUS", re.sub(rb".\x08|\x1b\[\d*m", b"", done.stdout))


class Version(unittest.TestCase):
    def test_it_names_the_commit(self):
        text = said("--version")
        self.assertRegex(text, r"\Aredshank \d+\.\d+\.\d+ \(([0-9a-f]{7,}(-dirty)?|unknown)\)\n\Z")
        commit = run("git", "-c", "safe.directory=*", "-C", SOURCE, "rev-parse", "HEAD").stdout.decode().strip()
        built = re.search(r"\((\w+)", text).group(1)
        if commit and built != "unknown":
            self.assertEqual(run("git", "-c", "safe.directory=*", "-C", SOURCE, "cat-file", "-t", built).stdout, b"commit\n")


class Pipe(unittest.TestCase):
    def test_a_packed_log_comes_through_a_pipe(self):
        plain = LOG.read_bytes()
        zstd = run("zstd", "-q", "-c", LOG).stdout
        found = {name: run(BINARY, "replay", "--format", "json", "-", stdin=text)
                 for name, text in (("plain", plain), ("gzip", gzip.compress(plain)), ("zstd", zstd))}
        self.assertEqual(found["plain"].returncode, 0, found["plain"].stderr)
        self.assertGreater(found["plain"].stdout.count(b"\n"), 5)
        for name, done in found.items():
            self.assertEqual(done.stdout, found["plain"].stdout, name)


if __name__ == "__main__":
    unittest.main()
