#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Mutants: does the differential test find faults? Each patch beside this file puts one into a copy of the
tree, which is built and tested until a difference shows; the case that showed it has to pass without the
fault. Prints TAP.

usage: run.py [OPTION]... [NAME]...
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
PROOFS = 2      # runs of the case that has shown a fault
# What the command is built from, and the test: nobody's work on the tree may change it meanwhile.
PARTS = ("Makefile", "VERSION", "bpf", "include", "scripts", "user", "vmlinux", "tests/diff", "tests/run.sh")


def main():
    args = arguments()
    build = Path(os.environ.get("BUILD", TREE / "build")).resolve()
    args.findings = build / "mutants" / "findings"
    patches = [HERE / f"{name}.patch" for name in args.names] or sorted(HERE.glob("*.patch"))
    copy = Copy(build)
    stale = [patch.stem for patch in patches if not copy.takes(patch)]
    if stale:
        sys.exit(f"mutants: the tree has changed, make anew: {', '.join(stale)}")
    args.sound_seeds = (args.seeds or find_sound_seeds(copy, args))[:args.cases]
    print(f"1..{len(patches)}")
    print(f"# {len(args.sound_seeds)} cases for each, at a load of {os.getloadavg()[0]:.0f}", flush=True)
    survivors = 0
    for number, patch in enumerate(patches, 1):
        good, text = judge(copy, patch, args)
        survivors += not good
        print(f"{'ok' if good else 'not ok'} {number} {patch.stem}: {text}", flush=True)
    return int(bool(survivors))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=60,
                        help="in which each has to be found: an idle machine of two CPUs plays them in a minute")
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")],
                        help="of the cases; those that differ without a fault are found out else")
    parser.add_argument("--jobs", type=int, default=3 * os.cpu_count(), help="cases side by side: they wait mostly")
    parser.add_argument("names", nargs="*", help="of patches; all if there is none")
    return parser.parse_args()


class Copy:
    """Of the tree, with what is built already, so that a patch costs the objects that it touches."""

    def __init__(self, build):
        self.path = build / "mutants"
        self.sound = self.path / "sound"
        self.test = self.path / "tests" / "diff" / "run.py"
        shutil.rmtree(self.path, ignore_errors=True)
        (self.path / "build").mkdir(parents=True)
        for part in PARTS:
            subprocess.run(["cp", "-a", "--parents", part, self.path], cwd=TREE, check=True)
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
    start, seeds, played = time.monotonic(), args.sound_seeds, 0
    faulty = copy.path / "build" / "nsaccel"
    while seeds:
        seed, count, text = test(copy, faulty, args, seeds)
        played += count
        spent = f"{played} cases, {time.monotonic() - start:.0f} s"
        if not seed:
            return False, f"survived {spent}"
        if proves(copy, faulty, args, seed):
            return True, f"{spent}, {text}"
        seeds = [other for other in seeds if other != seed]
    return False, "all seeds differ without it, too"


def proves(copy, faulty, args, seed):
    """Nothing else runs beside the case, which differs each time with the fault, and never without."""
    return all(test(copy, faulty, args, [seed])[0] and not test(copy, copy.sound, args, [seed])[0]
               for _ in range(PROOFS))


def test(copy, nsaccel, args, seeds):
    """(seed or None, cases played, words) of the first difference."""
    done = diff(copy, args, "--nsaccel", nsaccel, "--seeds", ",".join(map(str, seeds)), "--stop")
    count = int(re.search(r"^# (\d+) configurations", done.stdout, re.M)[1])
    found = re.search(r"^# differs: (seed (\d+).*(?:\n#   .*)?)", done.stdout, re.M)
    return (int(found[2]), count, found[1].replace("\n#  ", ";")[:400]) if found else (None, count, "")


def find_sound_seeds(copy, args):
    """Of cases that are the same without a fault: what differs anyway would show nothing."""
    done = diff(copy, args, "--nsaccel", copy.sound, "--seed", args.seed,
                "--count", args.cases * 5 // 4, "--verbose")
    return [int(seed) for seed in re.findall(r"^(\d+) same ", done.stderr, re.M)]


def diff(copy, args, *options):
    command = [copy.test, "--findings", args.findings, "--as-drawn", "--jobs", args.jobs, *options]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if not re.search(r"^# \d+ configurations", done.stdout, re.M):
        sys.exit(f"mutants: {done.stdout}{done.stderr}")
    return done


if __name__ == "__main__":
    sys.exit(main())
