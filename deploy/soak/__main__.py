"""`python -m deploy.soak --minutes 30 --seed N`."""

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
    # A shell starts background jobs with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = _parser().parse_args()
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    say(f"seed: {seed}")
    soak = Soak(
        seed=seed, minutes=options.minutes, teachers=options.teachers, steps_s=tuple(options.later)
    )
    with folder_for(options.keep) as folder:
        problems = run(soak, folder)
    for each in problems:
        say(each)
    say(f"{len(problems)} findings" if problems else "0 lost, 0 doubled, nothing unexplained")
    say(f"seed: {seed}")
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.soak",
        description="Use a small school while everything around it fails, and check what was promised.",
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long (%(default)s)")
    parser.add_argument("--seed", type=int, help="of the faults, and of what people do (random)")
    parser.add_argument(
        "--teachers", type=int, default=TEACHERS, help="each with a class group (%(default)s)"
    )
    parser.add_argument(
        "--later",
        type=int,
        nargs="+",
        default=STEPS_S,
        metavar="SECONDS",
        help="how far the clocks are set ahead in the quiet time, one step after the other",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="a new folder, in which journal and logs stay"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
