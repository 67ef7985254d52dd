#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Differential test: networks drawn from seeds, each built twice, one forwarded by the kernel alone and one
with nsaccel. The same frames go into both, and have to come out of both alike.

Prints TAP. Each difference is minimised, and printed as a script that runs by itself.
"""

import argparse
import json
import os
import selectors
import subprocess
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True      # the tree stays as it is

import draw             # noqa: E402
import intended         # noqa: E402
import minimise         # noqa: E402
import play             # noqa: E402
import script           # noqa: E402

HERE = Path(__file__).resolve().parent
SANDBOX = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
           str(HERE.parent / "run.sh"), "--inside"]
FAST_SHARE = 0.2            # of the packets that nsaccel counts, at least
UNSTEADY_RUNS = 3           # of a case that has differed, to see whether it does again


def main():
    args = arguments()
    if args.worker is not None:
        return worker(args)
    Path(args.findings).mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    workers = [subprocess.Popen(SANDBOX + [sys.executable, *sys.argv, "--worker", str(number)],
                                stdout=subprocess.PIPE, text=True)
               for number in range(args.jobs)]
    results, broken = gather(workers, args.stop)
    return report(results, broken, time.monotonic() - start)


def gather(workers, stop):
    """What they print: (results, anything else)."""
    results, broken = [], []
    poll = selectors.DefaultSelector()
    for process in workers:
        poll.register(process.stdout, selectors.EVENT_READ, process)
    while poll.get_map():
        for key, _ in poll.select():
            line = key.fileobj.readline()
            if line.startswith("{"):
                results.append(json.loads(line))
            elif line:
                broken.append(line.strip())
            else:
                poll.unregister(key.fileobj)
                if key.data.wait():
                    broken.append(f"a worker's exit status is {key.data.returncode}")
        if stop and any(result["kind"] == "differs" for result in results):
            for process in workers:
                process.kill()
                process.wait()
            break
    return results, broken


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")],
                        help="of the cases, in place of --seed and --count")
    parser.add_argument("--seconds", type=float, default=0, help="start no further case after so long")
    parser.add_argument("--count", type=int, default=0, help="so many cases, if there is time")
    parser.add_argument("--least", type=int, default=1, help="so many cases, even if there is no time")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--nsaccel", default=os.environ.get("NSACCEL", "build/nsaccel"))
    parser.add_argument("--findings", default=os.environ.get("BUILD", "build") + "/check-diff", help="where scripts of differences go")
    parser.add_argument("--as-drawn", action="store_true", help="don't minimise what differs")
    parser.add_argument("--stop", action="store_true", help="end at the first difference")
    parser.add_argument("--verbose", action="store_true", help="tell of each case on stderr")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


# ---- a worker -----------------------------------------------------------------------------------


def worker(args):
    nsaccel = str(Path(args.nsaccel).resolve())
    os.sched_setaffinity(0, {args.worker % os.cpu_count()})
    load_conntrack()
    Path("/run/nsaccel").mkdir(exist_ok=True)
    daemon = play.Daemon(nsaccel, "/run/daemon.log")
    daemon.start()
    start, number = time.monotonic(), 0
    try:
        while wanted(args, number, time.monotonic() - start):
            seed = seed_of(args, args.worker + number * args.jobs)
            print(json.dumps(one(args, seed, nsaccel, daemon)), flush=True)
            number += 1
    finally:
        daemon.kill(15)
    return 0


def load_conntrack():
    """Where it is a module, no namespace has its sysctls, which a case sets first of all, until somebody uses it."""
    for text in ("table ip t { chain c { ct state new; }; }", "delete table ip t"):
        subprocess.run(["nft", "-f", "-"], input=text, text=True, capture_output=True, check=False)


def seed_of(args, index):
    return args.seeds[index] if args.seeds else args.seed + index


def wanted(args, done, spent):
    if args.seeds:
        return args.worker + done * args.jobs < len(args.seeds) and \
            (not args.seconds or not done or spent < args.seconds)
    least, most = (-(-count // args.jobs) for count in (args.least, args.count))
    if done < least:
        return True
    return (not args.count or done < most) and (spent < args.seconds or not args.seconds and args.count)


def one(args, seed, nsaccel, daemon):
    """A case from its drawing to its result, which is plain data."""
    start = time.monotonic()
    result = {"seed": seed, "kind": "same"}
    try:
        case = draw.case(seed)
        for entry in intended.LIST:
            entry.hits[0] = 0

        def run(tried):
            return play.Play(tried, nsaccel, daemon).run()

        played = run(case)
        result.update(packets=played.packets, frames=played.frames, events=played.events, streams=played.streams,
                      raced=played.raced, phases=played.seconds,
                      reasons=played.reasons, errors=played.errors,
                      intended={entry.reason: entry.hits[0] for entry in intended.LIST})
        if played.difference:
            result.update(differing(args, case, played.difference, run))
    except Exception:       # of any kind: it is a result, too
        result.update(kind="broken", text=traceback.format_exc())
    result["seconds"] = time.monotonic() - start
    if args.verbose:
        print(seed, result["kind"], f"{result['seconds']:.1f} s", result.get("packets"),
              result.get("text", ""),
              " ".join(f"{phase} {spent:.1f}" for phase, spent in result.get("phases", {}).items()), dict(result.get("errors", {})), file=sys.stderr, flush=True)
    return result


def differing(args, case, difference, run):
    for _ in range(UNSTEADY_RUNS):
        again = run(case).difference
        if again:
            break
    else:
        return {"kind": "unsteady", "text": words(case, difference)}
    if not args.as_drawn:
        smaller = minimise.Minimiser(lambda tried: run(tried).difference, again.kind)
        case = smaller.minimise(case, again)
        again = run(case).difference or again
    path = Path(args.findings) / f"case-{case.seed}.sh"
    text = words(case, again)
    path.write_text(script.of(case, text, path.name), encoding="utf-8")
    path.chmod(0o755)
    return {"kind": "differs", "text": text, "script": str(path)}


def words(case, difference):
    where = "after the set-up"
    if 0 <= difference.step < len(case.steps) and case.steps[difference.step].event:
        where = f"after: {case.steps[difference.step].event.what}"
    lines = [f"seed {case.seed}, step {difference.step}, {where}: {difference.what}"]
    for who, frames in (("kernel alone", difference.kernel), ("with nsaccel", difference.nsaccel)):
        for seen in frames[:4]:
            lines.append(f"  only {who}: {seen.namespace} {seen.device} type {seen.packet_type} "
                         f"{seen.offload.hex()} {seen.frame.hex()[:240]}")
        if len(frames) > 4:
            lines.append(f"  ... and {len(frames) - 4} more")
    return "\n".join(lines)


# ---- the report ---------------------------------------------------------------------------------


def report(results, broken, seconds):
    kinds = Counter(result["kind"] for result in results)
    total = Counter()
    reasons, errors, meant = Counter(), Counter(), Counter()
    for result in results:
        total.update({key: result.get(key, 0) for key in ("packets", "frames", "events", "streams", "raced")})
        reasons.update(result.get("reasons", {}))
        errors.update(result.get("errors", {}))
        meant.update(result.get("intended", {}))
    print("1..3")
    for result in results:
        if result["kind"] in ("differs", "broken", "unsteady"):
            comment(f"{result['kind']}: {result['text']}\n{result.get('script', '')}")
    for line in broken:
        comment(line)
    wrong = kinds["differs"] + kinds["broken"] + len(broken)
    fast = sum(count for reason, count in reasons.items() if reason.startswith("fwd_"))
    counted = sum(reasons.values())
    comment(f"{len(results)} configurations, {total['events']} events, {total['packets']} packets, "
            f"{total['frames']} frames compared, {total['streams']} conversations of sockets, "
            f"{total['raced']} packets before the daemon had followed, {kinds['differs']} differ, {kinds['unsteady']} differed "
            f"only once, in {seconds:.0f} s")
    comment("by reason: " + ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()))
    comment("meant to differ (tests/diff/intended.py): " +
            ", ".join(f"{count} x {reason}" for reason, count in meant.most_common() if count))
    if errors:
        comment("refused by the kernel, of both twins: " +
                ", ".join(f"{text!r} {count}" for text, count in errors.most_common(20)))
    ok(1, not wrong and results, "what arrives is what arrives without nsaccel")
    ok(2, fast >= FAST_SHARE * counted and counted, f"{fast} of {counted} packets took the fast path")
    ok(3, kinds["unsteady"] <= max(1, len(results) // 100), f"{kinds['unsteady']} differed only once")
    return int(bool(wrong or not results))


def comment(text):
    for line in text.rstrip().splitlines():
        print(f"# {line}")


def ok(number, good, text):
    print(f"{'ok' if good else 'not ok'} {number} {text}")


if __name__ == "__main__":
    sys.exit(main())
