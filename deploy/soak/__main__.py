"""`make soak ARGS="--minutes 30 --seed N"`."""

from __future__ import annotations

import argparse
import secrets
import signal
from pathlib import Path

from deploy.soak.quiet import STEPS_S
from deploy.soak.run import Soak, run, say
from deploy.soak.stack import folder_for

MINUTES = 30.0
TEACHERS = 6


def main() -> int:
    """Run a soak; return 0 when nothing was lost, doubled or unexplained."""
    # make starts what it runs in the background with it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given = _parser().parse_args()
    seed = secrets.randbelow(2**32) if given.seed is None else given.seed
    say(f"seed: {seed}")
    soak = Soak(
        seed=seed, minutes=given.minutes, teachers=given.teachers, steps_s=tuple(given.later)
    )
    with folder_for(given.keep) as folder:
        wrong = run(soak, folder)
    for each in wrong:
        say(each)
    say(f"{len(wrong)} findings" if wrong else "0 lost, 0 doubled, nothing unexplained")
    say(f"seed: {seed}")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.soak",
        description="Use a small school while everything around it fails, and check what is left.",
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long (30)")
    parser.add_argument("--seed", type=int, help="of the faults and of what people do")
    parser.add_argument("--teachers", type=int, default=TEACHERS, help="each has a class (6)")
    parser.add_argument(
        "--later",
        type=int,
        nargs="+",
        default=STEPS_S,
        metavar="SECONDS",
        help="how far clocks are set ahead in the quiet time, one after the other",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="a new folder for journal and logs, which stays"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
