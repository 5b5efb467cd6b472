"""Requests of people in a year: copies of their data, and erasures with how long these took."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import AuditKind
from accounts.models import AuditEntry
from edu_platform.yearly_report.section import Cell, Link, Section
from edu_platform.yearly_report.years import Year

ERASURES = (AuditKind.ERASURE_ASKED, AuditKind.ERASURE_WITHDRAWN, AuditKind.PERSON_ERASED)


@dataclass(slots=True)
class Requests:
    """Counts of a year; `open` are erasures that were asked for by its end, and neither done nor withdrawn then."""

    counts: Counter[str] = field(default_factory=Counter)
    # The whole days that each erasure which was done in the year had been asked for.
    days: list[int] = field(default_factory=list)
    open: int = 0


def requests_of(year: Year) -> Requests:
    """Count what the audit log tells; two queries."""
    exports = AuditEntry.objects.filter(
        kind=AuditKind.DATA_EXPORTED, at__gte=year.since, at__lt=year.until
    )
    requests = Requests(Counter({AuditKind.DATA_EXPORTED.value: exports.count()}))
    entries = AuditEntry.objects.filter(kind__in=ERASURES, at__lt=year.until)
    _count_erasures(
        requests, entries.order_by("at", "pk").values_list("kind", "person", "at"), year
    )
    return requests


def _count_erasures(
    requests: Requests, entries: Iterable[tuple[str, int | None, dt.datetime]], year: Year
) -> None:
    """Go through the erasures of all years up to the end of this one, in the order in which they went on."""
    asked: dict[int | None, dt.datetime] = {}
    for kind, person, at in entries:
        is_of_year = at >= year.since
        if is_of_year:
            requests.counts[kind] += 1
        if kind == AuditKind.ERASURE_ASKED:
            asked[person] = at
            continue
        asked_at = asked.pop(person, None)
        if is_of_year and asked_at is not None and kind == AuditKind.PERSON_ERASED:
            requests.days.append((timezone.localdate(at) - timezone.localdate(asked_at)).days)
    requests.open = len(asked)


def requests_section(year: Year) -> Section:
    requests = requests_of(year)
    counts, days = requests.counts, requests.days
    nothing: tuple[Cell, Cell] = (None, None)
    lengths: tuple[Cell, Cell] = (round(median(days)), max(days)) if days else nothing
    return Section(
        name="requests",
        title=_("Requests of people"),
        words=_(
            "Copies of their data that people downloaded, and erasures. As the audit log tells: what is older than it is kept is no longer counted."
        ),
        link=Link(reverse("people:erasures"), _("All erasures")),
        heads=[
            _("Request"),
            _("In this year"),
            _("Days until done, median"),
            _("Days until done, longest"),
        ],
        rows=[
            [_("Copies of one's own data"), counts[AuditKind.DATA_EXPORTED], *nothing],
            [_("Erasures asked for"), counts[AuditKind.ERASURE_ASKED], *nothing],
            [_("Requests for an erasure withdrawn"), counts[AuditKind.ERASURE_WITHDRAWN], *nothing],
            [_("People erased"), counts[AuditKind.PERSON_ERASED], *lengths],
            [_("Erasures still open at the end"), requests.open, *nothing],
        ],
    )
