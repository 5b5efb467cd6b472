"""`make test-clock`: the tests that lean on days and hours, with the clock moved.

Those are the tests that tests/support/clock.py finds to be about lessons or days: each runs once early and
once late, on days of all kinds. So what works only until some hour is found, and what works only from it on.
At which of the moments is decided by a test's name, so that it is the same in each run.

One moment for all of some tests:
TEST_CLOCK=2028-02-29T00:03@Asia/Shanghai .venv/bin/python -m pytest tests/replays
"""

from __future__ import annotations

import sys

from deploy.test import MANY_WORKERS
from deploy.test_part import NO_TESTS, run

# The time zone is the school's. In Berlin clocks go back on 2026-10-25, and forward on 2027-03-28.
CHINA, GERMANY = "Asia/Shanghai", "Europe/Berlin"
EARLY = (
    f"2027-02-01T00:03@{CHINA}",  # a Monday, the first of a month
    f"2028-02-29T00:03@{CHINA}",  # a Tuesday
    f"2027-03-28T00:03@{GERMANY}",  # a Sunday of 23 hours
    f"2027-01-01T08:50@{CHINA}",  # a Friday
    f"2026-10-24T08:50@{GERMANY}",  # a Saturday, the day before one of 25 hours
)
LATE = (
    f"2027-06-30T12:00@{CHINA}",  # a Wednesday, the last of a month
    f"2026-10-25T12:00@{GERMANY}",  # a Sunday of 25 hours
    f"2026-12-31T23:57@{CHINA}",  # a Thursday
    f"2027-05-30T23:57@{CHINA}",  # a Sunday
    f"2027-03-27T23:57@{GERMANY}",  # a Saturday, the day before one of 23 hours
)
# As tests/support/clock.py reads them.
VARIABLES = {"TEST_CLOCK": ";".join([",".join(EARLY), ",".join(LATE)])}


def main() -> int:
    """Run the tests, or those that the command line chooses among them; return the exit code."""
    given = sys.argv[1:]
    words = [*MANY_WORKERS, "-m", "moved_clock", *given]
    code = run("Days and hours: early and late, on days of all kinds", words, VARIABLES)
    passed = code == 0 or (code == NO_TESTS and bool(given))
    print("make test-clock: all passed" if passed else "make test-clock failed")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
