"""Values of the cloud's answers, read strictly: what has the wrong form is garbled, never guessed."""

from __future__ import annotations

import datetime as dt
import math

from classroom.client.errors import CloudProtocolError
from edu_platform.lib.formatting import MIB
from edu_platform.lib.text import storable_text

NO_SUCH_COUNT = 2**50
YEAR_S = 366 * 24 * 3600
# From the first of these moments to the other, classes were held or may be.
FIRST_S = int(dt.datetime(2000, 1, 1, tzinfo=dt.UTC).timestamp())
END_S = int(dt.datetime(2100, 1, 1, tzinfo=dt.UTC).timestamp())


def seconds_of(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def number(action: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise CloudProtocolError(action, "a number is missing in the answer")
    return value


def moment(action: str, seconds: object) -> dt.datetime:
    """A time that has to be there, and at which a class can be."""
    known = number(action, seconds)
    if not FIRST_S <= known < END_S:
        raise CloudProtocolError(action, "a time at which no class can be")
    return dt.datetime.fromtimestamp(known, tz=dt.UTC)


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
    """A time that may be still to come; the cloud says 0 or nothing then.

    One at which no class can be counts as not known.
    """
    if not seconds:
        return None
    known = number(action, seconds)
    return moment(action, known) if FIRST_S <= known < END_S else None


def bytes_of_megabytes(action: str, megabytes: object) -> int | None:
    """A size that the cloud gives in megabytes, with a fraction; 0 or nothing when it does not know."""
    if megabytes is None:
        return None
    if isinstance(megabytes, bool) or not isinstance(megabytes, int | float):
        raise CloudProtocolError(action, "a size is missing in the answer")
    if not math.isfinite(megabytes):
        return None
    return optional_number(action, round(megabytes * MIB))


def optional_words(value: object) -> str:
    """A text that may be missing, as every database takes it."""
    return storable_text(str(value or ""))


def words(action: str, value: object) -> str:
    """A text that has to be there."""
    if not isinstance(value, str) or not value:
        raise CloudProtocolError(action, "a text is missing in the answer")
    return value
