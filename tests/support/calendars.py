"""Calendars as three programs read them that have nothing in common."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import icalendar
import pytest

from deploy.services import ical_js
from deploy.services.node_packages import node


@dataclass(frozen=True, slots=True, order=True)
class Event:
    starts_at: dt.datetime
    uid: str
    ends_at: dt.datetime
    sequence: int
    status: str
    summary: str
    location: str
    description: str
    url: str
    changed_at: dt.datetime


def by_icalendar(file: bytes) -> list[Event]:
    events: list[Any] = list(icalendar.Calendar.from_ical(file).walk("VEVENT"))
    return sorted(
        Event(
            uid=str(each["UID"]),
            sequence=each["SEQUENCE"],
            status=str(each["STATUS"]),
            starts_at=_utc(each["DTSTART"].dt),
            ends_at=_utc(each["DTEND"].dt),
            changed_at=_utc(each["DTSTAMP"].dt),
            summary=str(each["SUMMARY"]),
            location=str(each["LOCATION"]),
            description=str(each["DESCRIPTION"]),
            url=str(each["URL"]),
        )
        for each in events
    )


def by_vobject(file: bytes) -> list[Event]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about other libraries
        from vobject.base import readOne

        calendar = readOne(file.decode())
    return sorted(
        Event(
            uid=each.uid.value,
            sequence=int(each.sequence.value),
            status=each.status.value,
            starts_at=_utc(each.dtstart.value),
            ends_at=_utc(each.dtend.value),
            changed_at=_utc(each.dtstamp.value),
            summary=each.summary.value,
            location=each.location.value,
            description=each.description.value,
            url=each.url.value,
        )
        for each in calendar.contents.get("vevent", [])
    )


def by_ical_js(file: bytes) -> list[Event]:
    (events,) = all_by_ical_js([file])
    return events


def all_by_ical_js(files: list[bytes]) -> list[list[Event]]:
    """Return the events of each of the files, by one start of the program."""
    packages = ical_js.PACKAGES.find()
    if packages is None:
        pytest.skip("did not run: the packages of ical.js are not on this machine")
    done = subprocess.run(
        [node(), str(ical_js.SOURCE / "read.mjs")],
        input=json.dumps([file.decode() for file in files]).encode(),
        capture_output=True,
        env=os.environ | {"PACKAGES": str(packages)},
        check=True,
    )
    return [sorted(map(_event, events)) for events in json.loads(done.stdout)]


def _event(found: dict[str, Any]) -> Event:
    moments = ("starts_at", "ends_at", "changed_at")
    return Event(**found | {name: dt.datetime.fromisoformat(found[name]) for name in moments})


READERS: dict[str, Callable[[bytes], list[Event]]] = {
    "icalendar": by_icalendar,
    "vobject": by_vobject,
    "ical.js": by_ical_js,
}


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC)
