"""Compiles changed copies of single source files as a build compiles the files themselves, and links programs with them
instead. The source tree and the build stay as they are, so several can be tried beside each other."""
import functools
import json
import os
import pathlib
import shlex
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What is made here is never made again.
ENVIRONMENT = {**os.environ, "CCACHE_DISABLE": "1"}
QUICK_LINKER = "-fuse-ld=lld" if shutil.which("ld.lld") else ""


class DoesNotCompile(Exception):
    pass


@functools.lru_cache(maxsize=None)
def compile_commands(build):
    return {entry["file"]: entry["command"] for entry in json.loads((build / "compile_commands.json").read_text())}


@functools.lru_cache(maxsize=None)
def link_command(build, program):
    """The last command for `program`, a path in the build."""
    said = subprocess.run(["ninja", "-t", "commands", program], cwd=build, capture_output=True, text=True, check=True)
    lines = [line for line in said.stdout.splitlines() if f" -o {program} " in line]
    # What stands behind && looks at the program (lists its tests), which needs no second time.
    return lines[-1].removeprefix(": && ").split(" && ")[0]


def compile_copy(build, name, copy, to, *flags):
    """Compiles `copy` as the source file `name` is compiled, with more flags."""
    source = str(ROOT / name)
    words = shlex.split(compile_commands(build)[source])
    words[words.index("-o") + 1] = str(to)
    words = [str(copy) if word == source else word for word in words if word not in ("-MD", "-Werror")]
    done = subprocess.run([*words, "-w", *flags], cwd=build, capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode != 0:
        raise DoesNotCompile(done.stderr)


def link_with(build, program, planted, to):
    """Links `program` to the path `to`, with the object in the place of what a library holds."""
    command = link_command(build, program).replace(f" -o {program} ", f" {planted} -Wl,--strip-debug {QUICK_LINKER} -o {to} ")
    done = subprocess.run(command, cwd=build, shell=True, capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode != 0:
        raise DoesNotCompile(done.stderr)
