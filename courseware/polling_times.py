"""Times at which the cloud is asked about courseware."""

from __future__ import annotations

import datetime as dt

from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from edu_platform.lib.due import by_age

IN_PROGRESS = (CoursewareState.QUEUED, CoursewareState.TRANSCODING)
# While the cloud works: as a share of the time it has worked already.
GROWTH = 0.2
FIRST_ASK = dt.timedelta(seconds=5)
LAST_ASK = dt.timedelta(minutes=1)
# What is stuck is still asked for: some come after all. What is not submitted yet is never given up.
STUCK_ASK = dt.timedelta(minutes=10)
STUCK_FOR = dt.timedelta(days=1)
# While the cloud does not answer.
FIRST_RETRY = dt.timedelta(seconds=10)
LAST_RETRY = dt.timedelta(minutes=10)


def next_ask(courseware: Courseware, at: dt.datetime) -> dt.datetime | None:
    """Return when to ask the cloud next after an answer; None: nothing more to come."""
    if courseware.state in IN_PROGRESS:
        return at + by_age(at - courseware.state_since, GROWTH, FIRST_ASK, LAST_ASK)
    pause = _pause_of_stuck(courseware, at)
    return None if pause is None else at + pause


def pause_after_failure(
    courseware: Courseware, _err: Exception, at: dt.datetime
) -> dt.timedelta | None:
    """Return the wait when the cloud could not be asked, or not be given the file; None: no longer."""
    since = courseware.unreachable_since or at
    if is_stuck(courseware):
        return _pause_of_stuck(courseware, at)
    if courseware.state not in IN_PROGRESS and at >= since + STUCK_FOR:
        return None  # somebody wanted to know, and may ask again
    return by_age(at - since, GROWTH, FIRST_RETRY, LAST_RETRY)


def is_stuck(courseware: Courseware) -> bool:
    return courseware.has_failed and courseware.failure == Failure.STUCK


def _pause_of_stuck(courseware: Courseware, at: dt.datetime) -> dt.timedelta | None:
    if not is_stuck(courseware):
        return None
    is_given_up = courseware.document_id and at >= courseware.state_since + STUCK_FOR
    return None if is_given_up else STUCK_ASK
