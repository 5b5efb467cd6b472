"""Values of the cloud's answers, read strictly: what has the wrong form is garbled, never guessed."""

from __future__ import annotations

import datetime as dt

from classroom.client.errors import CloudGarbled

NO_SUCH_COUNT = 2**50
YEAR_S = 366 * 24 * 3600


def seconds_of(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def number(action: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise CloudGarbled(action, "a number is missing in the answer")
    return value


def moment(action: str, seconds: object) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(number(action, seconds), tz=dt.UTC)
    except (OverflowError, OSError, ValueError) as err:
        raise CloudGarbled(action, "a time outside the calendar") from err


def optional_number(action: str, value: object) -> int | None:
    """A count or size; the cloud says 0 or nothing when it does not know.

    What no class can have counts as not known.
    """
    if value is None:
        return None
    known = number(action, value)
    return known if 0 < known < NO_SUCH_COUNT else None


def optional_duration(action: str, seconds: object) -> int | None:
    """Seconds, when they are those of a class that can be: less than a year."""
    known = optional_number(action, seconds)
    return known if known is not None and known < YEAR_S else None


def optional_moment(action: str, seconds: object) -> dt.datetime | None:
    """A time that may be still to come; the cloud says 0 or nothing then."""
    return moment(action, seconds) if seconds else None
