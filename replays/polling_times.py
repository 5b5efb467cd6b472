"""Times at which the cloud is asked for a recording, and for how long."""

from __future__ import annotations

import datetime as dt

from edu_platform.lib.due import by_age

# A missing recording is given up this long after the class's end.
GIVE_UP_AFTER = dt.timedelta(days=30)
# Recording by hand: when nobody is known to have started it, there is nothing after a day.
NOT_STARTED_AFTER = dt.timedelta(days=1)
# Ask again after a quarter of the elapsed time, within these bounds.
GROWTH = 0.25
FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(hours=6)
# While the cloud does not answer. Back off, so that one hopeless question does not delay the others.
FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(minutes=10)
# After this long without an answer, none is expected soon.
LONG_SILENCE = dt.timedelta(days=1)
# What the cloud says is gone is asked for again: it may have been wrong.
FIRST_DOUBT = dt.timedelta(minutes=10)
LONGEST_DOUBT = dt.timedelta(days=1)
# Merges and second recordings come late: after a file was found, the cloud is asked again.
POLL_AGAIN_AFTER = (dt.timedelta(minutes=10), dt.timedelta(hours=2), dt.timedelta(hours=24))
# Nothing is merged later than this after the class.
LATEST_MERGE = dt.timedelta(days=3)
# A missing file is gone when it is still missing this much later.
GONE_AFTER = dt.timedelta(minutes=10)


def next_question(ended_at: dt.datetime, *, asks: int, at: dt.datetime) -> dt.datetime:
    """Return when the cloud is asked again for a recording that is still to come."""
    if not asks:
        return at
    wait = by_age(at - ended_at, GROWTH, FIRST_WAIT, LONGEST_WAIT)
    return min(at + wait, max(ended_at + GIVE_UP_AFTER, at))


def next_poll(
    last_found_at: dt.datetime | None,
    missing_since: dt.datetime | None,
    *,
    ended_at: dt.datetime,
    at: dt.datetime,
) -> dt.datetime | None:
    """Return when the cloud is asked again for a replay that is there.

    At fixed times after the latest file and the class's end, and when a file is missing.
    """
    if missing_since is not None:
        return max(missing_since + GONE_AFTER, at)
    if last_found_at is None or last_found_at > ended_at + LATEST_MERGE:
        return None
    since = max(last_found_at, ended_at)
    moments = (since + wait for wait in POLL_AGAIN_AFTER)
    return next((moment for moment in moments if moment > at), None)


# Who watches a signalling replay: asked for after somebody has opened it. They may watch on when their ticket is over,
# and records may come late.
WATCHED_AFTER = (
    dt.timedelta(minutes=15),
    dt.timedelta(hours=1),
    dt.timedelta(hours=4),
    dt.timedelta(hours=24),
)
# Records of this time before the last answer are asked for again.
WATCHED_OVERLAP = dt.timedelta(days=1)


def next_watch_question(opened_at: dt.datetime, *, at: dt.datetime) -> dt.datetime | None:
    """Return when the cloud is asked again who has watched a replay that was last opened then; None: no more."""
    moments = (opened_at + wait for wait in WATCHED_AFTER)
    return next((moment for moment in moments if moment > at), None)
