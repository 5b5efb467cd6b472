"""Links from the empty places of a timetable to a new lesson: thousands of them differ in whose they are alone."""

from __future__ import annotations

from html import escape  # Django's own asks of each text what kind it is

from django.utils.translation import gettext as _

from schedule.timetable.empty_places import EmptyPlace

LINK = '<a class="empty-place" href="{}'
PLACE = '&amp;date={}&amp;start={}{}" aria-label="{} {}'
END = "&amp;end={}"
LINK_END = '{}"></a>'


def around_places(address: str, whose: str = "") -> tuple[str, str]:
    """Return what stands before and after each place; the address says already whose lesson begins there."""
    return LINK.format(escape(address)), LINK_END.format(f" {escape(whose)}" if whose else "")


def texts_of_places(places: list[EmptyPlace | None]) -> list[str]:
    """Return the middle of the links to these places; an empty text where there is none."""
    label = escape(_("New lesson"))
    return ["" if place is None else _middle(place, label) for place in places]


def _middle(place: EmptyPlace, label: str) -> str:
    end = "" if place.end is None else END.format(place.end.isoformat("minutes"))
    start = place.start.isoformat("minutes")
    return PLACE.format(place.day, start, end, label, escape(place.label))
