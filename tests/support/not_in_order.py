"""Lines on what is not in order, as a page in English tells it, and what the pages list to which it leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from django.test import Client
from django.utils import timezone, translation

from schedule.school_day_hooks import NotInOrder
from tests.support.pages import read

Maker = Callable[[dt.datetime], Iterable[NotInOrder]]


def told(maker: Maker, at: dt.datetime | None = None) -> list[NotInOrder]:
    with translation.override("en"):
        return list(maker(at or timezone.now()))


def mended(maker: Maker) -> str:
    """Return what the button of the only line says that it did."""
    (found,) = told(maker)
    assert found.remedy is not None
    assert found.remedy.run is not None
    with translation.override("en"):
        return found.remedy.run(timezone.now())


def listed(client: Client, found: NotInOrder) -> int:
    """Count the rows that the page shows to which it leads."""
    answer = client.get(found.address)
    assert answer.status_code == 200, answer.get("Location")
    tables = read(answer.content).all("table")
    (table,) = [
        each
        for each in tables
        if each.attrs.get("id") == "result_list"
        or {"lesson-table", "replays", "courseware"} & each.classes
    ]
    return len(table.one("tbody").all("tr"))
