"""Pages that follow what they show: when their script asks, and how it hears that nothing has changed.

The script (`static/js/live.js`) sends the version of what the page shows, and gets the page's parts alone when
they have changed. A version is made of few facts, so that it costs few queries; it holds until the next moment
at which the page changes with the time alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from edu_platform.lib.versions import version_of

# What a page shows of something that changes by itself, in one word: its script sends back the last it
# got. No ETag: proxies make answers of their own of these, and browsers send them unasked.
VERSION_HEADER = "X-Page-Version"
# Sent by the script of a page to which its reader has just come back, from wherever they were.
RETURNED_HEADER = "X-Page-Returned"
# How often a page asks while no moment is known at which it changes; its script adds jitter.
ASKS_EVERY = dt.timedelta(seconds=60)
# What a version does not count (names of people, the words for an age) is followed by then.
VERSION_HOLDS = dt.timedelta(minutes=15)
TIMED_VERSION = re.compile(r"(?P<facts>[0-9a-f]{32})\.(?P<until>[0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class LivePage:
    """A page's message to its script about itself."""

    address: str
    version: str
    shown_at: dt.datetime
    # None: it stays as it is.
    asks_every_s: int | None = int(ASKS_EVERY.total_seconds())
    # Until the next moment at which it changes, if one is known.
    asks_in_s: int | None = None
    # Where its parts are asked for, if they have an address of their own.
    parts_address: str = ""
    # Another one than before: it is to be loaded as a whole.
    page: str = ""


def is_for_script(request: HttpRequest) -> bool:
    """Tell whether a page's script asks for the parts that it follows."""
    return VERSION_HEADER in request.headers


def has_returned(request: HttpRequest) -> bool:
    """Return whether a page's script says that its reader has just come back to it: a hint, which anybody can send."""
    return RETURNED_HEADER in request.headers


def known_version(request: HttpRequest) -> str:
    """The version that a script has already; empty for people, who get the whole page."""
    return request.headers.get(VERSION_HEADER, "")


def timed_page(
    address: str,
    facts: object,
    *,
    moments: Iterable[dt.datetime],
    at: dt.datetime,
    page: str = "",
    asks_every: dt.timedelta = ASKS_EVERY,
) -> LivePage:
    """A page that shows these facts, and changes at these moments at the latest."""
    until = min([each for each in moments if each > at] + [at + VERSION_HOLDS])
    until_s = ceil(until.timestamp())
    return LivePage(
        address=address,
        version=f"{version_of(facts)}.{until_s}",
        shown_at=at,
        asks_every_s=int(asks_every.total_seconds()),
        asks_in_s=seconds_until(until, at=at),
        page=page,
    )


def seconds_until(moment: dt.datetime, *, at: dt.datetime) -> int:
    """Rounded up, so that who asks then asks after the moment."""
    return ceil(ceil(moment.timestamp()) - at.timestamp())


def is_current(known: str, facts: object, *, at: dt.datetime) -> bool:
    """Tell whether a version of `timed_page` is that of these facts, and its time has not come yet."""
    read = TIMED_VERSION.fullmatch(known)
    if read is None or at.timestamp() >= int(read["until"]):
        return False
    return read["facts"] == version_of(facts)


def unchanged() -> HttpResponse:
    """Answer a script whose version is the last one."""
    return HttpResponse(status=204)


def render_live(
    request: HttpRequest,
    template: str,
    parts: str,
    context: Mapping[str, object],
    live: LivePage,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page for people; for its script the parts that change."""
    shown = parts if is_for_script(request) else template
    response = render(request, shown, {**context, "live": live}, status=status)
    response[VERSION_HEADER] = live.version
    return response
