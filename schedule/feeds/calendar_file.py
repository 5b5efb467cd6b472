"""A feed as calendars read it (RFC 5545, with the colours of RFC 7986): lessons as events, times in the school's zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vText
from icalendar.parser import Contentline

from schedule.courses.colours import CSS_NAMES
from schedule.feeds.reading import FeedLesson

CONTENT_TYPE = "text/calendar; charset=utf-8"
# How often calendars are asked to look again; most go by a time of their own.
LOOK_AGAIN = "PT1H"
# Texts that were written lately: many recur, in one feed and in those of others.
TEXTS_KEPT = 4096
# Plain lines of so many characters are never folded.
UNFOLDED_CHARS = 74
SECOND = dt.timedelta(seconds=1)
# The standard has none of these in a text, and some programs end a line at each of them.
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]+")


def written(
    lessons: Iterable[FeedLesson], *, person: str, today: dt.date, has_addresses: bool = True
) -> bytes:
    """Return the file of a feed, in the school's language.

    Without the addresses of the lessons' pages for those who cannot open them.
    """
    with translation.override(settings.LANGUAGE_CODE):
        lines = [
            *_head(_("Timetable of {person}").format(person=person)),
            *_zone_lines(settings.TIME_ZONE, today.year),
        ]
        event_lines = _EventLines(has_addresses=has_addresses)
        for lesson in lessons:
            lines += event_lines.of(lesson)
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def _lesson_address(code: str) -> str:
    return settings.PUBLIC_BASE_URL + reverse("schedule:lesson", args=[code])


def _head(name: str) -> list[str]:
    return [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//edu-platform//timetable//ZH",
        "CALSCALE:GREGORIAN",
        _text("X-WR-CALNAME", name),
        _text("X-WR-TIMEZONE", settings.TIME_ZONE),
        f"REFRESH-INTERVAL;VALUE=DURATION:{LOOK_AGAIN}",
        f"X-PUBLISHED-TTL:{LOOK_AGAIN}",
    ]


@lru_cache(maxsize=8)
def _zone_lines(name: str, year: int) -> list[str]:
    """The zone, as far as a feed of this year reaches: how it begins, and each change of its clocks.

    What icalendar makes of a zone by itself is an hour late in spring.
    """
    zone = ZoneInfo(name)
    begin, end = (
        dt.datetime(boundary_year, 1, 1, tzinfo=zone) for boundary_year in (year - 1, year + 2)
    )
    described = Timezone()
    described.add("tzid", name)
    for moment in (begin.astimezone(dt.UTC), *_changes(zone, begin, end)):
        before, after = (moment - SECOND).astimezone(zone), moment.astimezone(zone)
        part = TimezoneDaylight() if after.dst() else TimezoneStandard()
        offset = before.utcoffset() or dt.timedelta()
        # By the clocks before the change.
        part.add("dtstart", moment.replace(tzinfo=None) + offset)
        part.add("tzoffsetfrom", offset)
        part.add("tzoffsetto", after.utcoffset())
        part.add("tzname", after.tzname())
        described.add_component(part)
    lines: list[str] = described.to_ical().decode().splitlines()
    return lines


def _changes(zone: ZoneInfo, begin: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    """The moments at which the zone's clocks change: no more than one a day."""
    moment = begin.astimezone(dt.UTC)
    while moment < end:
        day_later = moment + dt.timedelta(days=1)
        if _offset(zone, moment) != _offset(zone, day_later):
            early, late = moment, day_later
            while late - early > SECOND:
                middle = early + (late - early) // 2
                middle = middle.replace(microsecond=0)
                if _offset(zone, middle) == _offset(zone, moment):
                    early = middle
                else:
                    late = middle
            yield late
        moment = day_later


def _offset(zone: ZoneInfo, moment: dt.datetime) -> dt.timedelta | None:
    return moment.astimezone(zone).utcoffset()


class _EventLines:
    """Writes events as icalendar would, several times as fast: what is the same in all is looked up once.

    Its rules are needed for texts and long lines alone.
    """

    def __init__(self, *, has_addresses: bool) -> None:
        self._has_addresses = has_addresses
        self._zone = ZoneInfo(settings.TIME_ZONE)
        self._in_zone = f";TZID={settings.TIME_ZONE}:"
        self._host = urlsplit(settings.PUBLIC_BASE_URL).hostname or ""
        self._address = _lesson_address("code").replace("/code/", "/{}/")
        self._location = _text("LOCATION", _("Online classroom"))
        self._cancelled = _("This lesson is cancelled.")
        self._teacher = _("Teacher: {name}")
        self._class_groups = _("Class groups: {names}")
        self._between = _(", ")

    def of(self, lesson: FeedLesson) -> Iterator[str]:
        changed = f"{lesson.changed_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
        address = self._address.format(lesson.code)
        yield "BEGIN:VEVENT"
        yield _line(f"UID:{lesson.code}@{self._host}")
        yield f"DTSTAMP:{changed}"
        yield f"LAST-MODIFIED:{changed}"
        yield f"SEQUENCE:{lesson.sequence}"
        yield "STATUS:CANCELLED" if lesson.is_cancelled else "STATUS:CONFIRMED"
        yield f"DTSTART{self._in_zone}{lesson.starts_at.astimezone(self._zone):%Y%m%dT%H%M%S}"
        yield f"DTEND{self._in_zone}{lesson.ends_at.astimezone(self._zone):%Y%m%dT%H%M%S}"
        yield _text("SUMMARY", _summary(lesson))
        yield f"COLOR:{CSS_NAMES[lesson.colour]}"
        yield self._location
        if self._has_addresses:
            yield _line(f"URL:{address}")
        yield _text("DESCRIPTION", self._description(lesson, address))
        yield "END:VEVENT"

    def _description(self, lesson: FeedLesson, address: str) -> str:
        """With the address too: some calendars show no URL. And some show no state."""
        lines = [self._cancelled] if lesson.is_cancelled else []
        lines += [
            self._teacher.format(name=lesson.teacher),
            self._class_groups.format(names=self._between.join(lesson.class_groups)),
        ]
        return "\n".join([*lines, address] if self._has_addresses else lines)


def _summary(lesson: FeedLesson) -> str:
    """The course, and the title when it says more."""
    if not lesson.topic:
        return lesson.course
    has_course = lesson.course in lesson.topic
    return lesson.topic if has_course else f"{lesson.course} {lesson.topic}"


@lru_cache(maxsize=TEXTS_KEPT)
def _text(name: str, value: str) -> str:
    """A line of text, escaped, and folded where it is long."""
    plain = CONTROLS.sub(" ", value)
    return _folded(f"{name}:{vText(plain).to_ical().decode()}")


def forget_texts() -> None:
    """As in a process that has just started."""
    _text.cache_clear()


def _line(plain: str) -> str:
    """A line of which nothing has to be escaped."""
    is_short = len(plain) <= UNFOLDED_CHARS and plain.isascii()
    return plain if is_short else _folded(plain)


def _folded(line: str) -> str:
    folded: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call] # its constructor has no annotations
    return folded.decode()
