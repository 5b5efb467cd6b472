"""The difference between the cloud's clock and this machine's, which the head of every answer shows.

What the cloud says of a class are moments of its clock; where they are compared with ours, they are moved by it.
"""

from __future__ import annotations

import datetime as dt
import time
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from django.utils import timezone

# The head tells whole seconds, and an answer is on its way for a moment.
AGREE_WITHIN = dt.timedelta(seconds=5)
# A clock that is off drifts slowly, or is set right at once.
STANDS_FOR_S = 600.0

_LAST = "last"
# The last difference that this process has seen, and when it was seen.
_seen: dict[str, tuple[dt.timedelta, float]] = {}


def note_head(answer: requests.Response, *_args: Any, **_kwargs: Any) -> None:
    """Note the time that the head of an answer tells; one that tells none says nothing."""
    try:
        cloud_time = time_in(answer)
    except (KeyError, ValueError):
        return
    # The cloud looked at its clock while the answer was waited for.
    ahead = cloud_time - (timezone.now() - answer.elapsed / 2)
    _seen[_LAST] = (ahead, time.monotonic())


def time_in(answer: requests.Response) -> dt.datetime:
    """Return the time that the head of an answer tells.

    Raises:
        KeyError, ValueError: it tells none.
    """
    moment = parsedate_to_datetime(answer.headers["Date"])
    # A zone of -0000 stands for one that is not told; the protocol of the web knows GMT alone.
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def is_seen() -> bool:
    """Return whether this process has seen the difference lately."""
    return _LAST in _seen and time.monotonic() - _seen[_LAST][1] < STANDS_FOR_S


def by_our_clock(moment: dt.datetime) -> dt.datetime:
    """Return what our clock said at a moment of the cloud's, by the difference that was seen last."""
    ahead, _seen_s = _seen.get(_LAST, (dt.timedelta(), 0.0))
    return moment if abs(ahead) <= AGREE_WITHIN else moment - ahead
