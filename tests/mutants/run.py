#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Mutants: does the differential test find faults? Each patch beside this file puts one into a copy of the
tree, which is built and tested until a difference shows; the case that showed it has to pass without the
fault. Prints TAP.

usage: run.py [--seconds N] [--seed N] [--jobs N] [NAME...]
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent.parent
DIFF = HERE.parent / "diff" / "run.py"
# What the command is built from.
PARTS = ("Makefile", "VERSION", "bpf", "include", "scripts", "user", "vmlinux")


def main():
    args = arguments()
    build = Path(os.environ.get("BUILD", TREE / "build")).resolve()
    args.findings = build / "mutants" / "findings"
    patches = [HERE / f"{name}.patch" for name in args.names] or sorted(HERE.glob("*.patch"))
    copy = Copy(build)
    stale = [patch.stem for patch in patches if not copy.takes(patch)]
    if stale:
        sys.exit(f"mutants: the tree has changed, make anew: {', '.join(stale)}")
    print(f"1..{len(patches)}")
    survivors = 0
    for number, patch in enumerate(patches, 1):
        good, text = judge(copy, patch, args)
        survivors += not good
        print(f"{'ok' if good else 'not ok'} {number} {patch.stem}: {text}", flush=True)
    return int(bool(survivors))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="in which each has to be found")
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    parser.add_argument("--jobs", type=int, default=3 * os.cpu_count(), help="cases side by side: they wait mostly")
    parser.add_argument("names", nargs="*", help="of patches; all if there is none")
    return parser.parse_args()


class Copy:
    """Of the tree, with what is built already, so that a patch costs the objects that it touches."""

    def __init__(self, build):
        self.path = build / "mutants"
        self.sound = self.path / "sound"
        shutil.rmtree(self.path, ignore_errors=True)
        (self.path / "build").mkdir(parents=True)
        for part in PARTS:
            subprocess.run(["cp", "-a", TREE / part, self.path], check=True)
        for part in (".tools", "user", "nsaccel", "libnsaccel.a", *build.glob("*.o"), *build.glob("*.skel.h"),
                     *build.glob("*.d")):
            subprocess.run(["cp", "-a", build / part, self.path / "build"], check=True)
        wrong = self.make()
        if wrong:
            sys.exit(f"mutants: {wrong}")
        shutil.copy2(self.path / "build" / "nsaccel", self.sound)

    def apply(self, patch, *options):
        # The copy may be below a git tree, of which it is no part.
        done = subprocess.run(["git", "apply", *options, patch], cwd=self.path, capture_output=True,
                              env={**os.environ, "GIT_CEILING_DIRECTORIES": str(self.path.parent)}, check=False)
        return not done.returncode

    def takes(self, patch):
        return self.apply(patch, "--check")

    def make(self):
        done = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", "O=build", "all"], cwd=self.path,
                              capture_output=True, text=True, check=False)
        return None if not done.returncode else done.stdout + done.stderr


def judge(copy, patch, args):
    """(was it found?, words)"""
    copy.apply(patch)
    try:
        wrong = copy.make()
        if wrong:
            return False, f"doesn't build: {wrong.strip().splitlines()[-1]}"
        return search(copy, args)
    finally:
        copy.apply(patch, "--reverse")


def search(copy, args):
    """Until a case differs that doesn't without the fault."""
    start, seed, doubtful = time.monotonic(), args.seed, []
    while True:
        spent = time.monotonic() - start
        if spent >= args.seconds:
            return False, f"survived {spent:.0f} s" + "".join(f"; differs without it, too: {text}" for text in doubtful)
        text, seed = test(copy.path / "build" / "nsaccel", args, seed, args.seconds - spent)
        spent = time.monotonic() - start
        if not text:
            return False, f"survived {spent:.0f} s"
        if not test(copy.sound, args, seed, 0)[0]:
            return True, f"{spent:.1f} s, {text}"
        doubtful.append(text)
        seed += 1


def test(nsaccel, args, seed, seconds):
    """(the first difference, its seed), or (None, None). Without seconds, of that seed alone."""
    extent = ("--seconds", seconds, "--jobs", args.jobs) if seconds else ("--count", 1)
    command = [DIFF, "--nsaccel", nsaccel, "--findings", args.findings, "--as-drawn", "--stop", "--seed", seed, *extent]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    found = re.search(r"^# differs: (seed (\d+).*(?:\n#   .*)?)", done.stdout, re.M)
    if found:
        return found[1].replace("\n#  ", ";")[:400], int(found[2])
    if not re.search(r"^# \d+ configurations", done.stdout, re.M):
        sys.exit(f"mutants: {done.stdout}{done.stderr}")
    return None, None


if __name__ == "__main__":
    sys.exit(main())
