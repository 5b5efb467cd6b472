"""The menu of every page: what it leads to, for whom, and which entry is the page's own.

The header and the bar of a phone show the same entries. Whoever adds one adds a line to `ENTRIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrPromise

from accounts.enums import Role
from accounts.models import User
from schedule import access

# A phone has room for so many tabs with a text that can be read.
TABS_AT_MOST = 5


class Place(Enum):
    BAR = "bar"
    # The bar of a phone alone has it: in the header the bell is the same.
    TAB = "tab"
    # Below the entry 更多 (More).
    MORE = "more"
    # Below the person's name, where a phone has no room for a tab.
    NAME = "name"


class Reader:
    """The person whose menu it is, as much as entries ask of them; each question is asked once at most."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def sees_day(self) -> bool:
        return access.may_see_day(self.user)

    @cached_property
    def plans(self) -> bool:
        return access.may_plan(self.user)

    @cached_property
    def teaches(self) -> bool:
        return self.user.has_role(Role.TEACHER)

    @cached_property
    def begins_with_matrix(self) -> bool:
        return access.begins_with_matrix(self.user)

    @property
    def has_courseware(self) -> bool:
        """Tell whether courseware is among their pages of every day: supervisors look at classes instead."""
        return self.teaches or not self.sees_day


# Compared as what they are: menus with the same entries are written once.
@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    label: StrPromise
    # The name of its route.
    view_name: str
    icon: str
    # Where it stands for whom; None: not in their menu.
    place_for: Callable[[Reader], Place | None]
    # It is the entry of the pages whose names begin with one of these; of several entries the longest decides.
    pages: tuple[str, ...]

    @property
    def address(self) -> str:
        return reverse(self.view_name)


@dataclass(frozen=True, slots=True)
class Menu:
    """The entries of somebody on a page, in order."""

    entries: tuple[tuple[Entry, Place], ...]
    # That of the page; None where no entry leads to it.
    current: Entry | None = None

    @property
    def bar(self) -> list[Entry]:
        return self._at(Place.BAR)

    @property
    def tabs(self) -> list[Entry]:
        return self._at(Place.BAR, Place.TAB)

    @property
    def more(self) -> list[Entry]:
        return self._at(Place.MORE)

    @property
    def below_name(self) -> list[Entry]:
        return self._at(Place.NAME)

    @property
    def has_notices_tab(self) -> bool:
        return bool(self._at(Place.TAB))

    def _at(self, *places: Place) -> list[Entry]:
        return [entry for entry, place in self.entries if place in places]


def menu_of(user: User, view_name: str) -> Menu:
    reader = Reader(user)
    placed = ((entry, entry.place_for(reader)) for entry in ENTRIES)
    entries = tuple((entry, place) for entry, place in placed if place is not None)
    return Menu(entries, _current((entry for entry, _place in entries), view_name))


def _current(entries: Iterable[Entry], view_name: str) -> Entry | None:
    fitting = [
        (len(page), entry)
        for entry in entries
        for page in entry.pages
        if view_name.startswith(page)
    ]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


# --- For whom -------------------------------------------------------------------------------------


def _for_those_who(asks: Callable[[Reader], bool]) -> Callable[[Reader], Place | None]:
    return lambda reader: Place.BAR if asks(reader) else None


def _for_planners(reader: Reader) -> Place | None:
    return Place.BAR if reader.plans else None


def _more_for_planners(reader: Reader) -> Place | None:
    return Place.MORE if reader.plans else None


def _in_reach(reader: Reader) -> Place | None:
    """Planners have it below 更多, which leaves room for what they alone have."""
    return Place.MORE if reader.plans else Place.BAR


def _courseware(reader: Reader) -> Place | None:
    return Place.MORE if reader.plans else Place.BAR if reader.has_courseware else None


def _notices(reader: Reader) -> Place | None:
    return None if reader.sees_day else Place.TAB


def _hours(reader: Reader) -> Place | None:
    if reader.plans:
        return Place.MORE
    return Place.BAR if reader.teaches or reader.sees_day else None


def _now(reader: Reader) -> Place | None:
    """Put it in reach of supervisors; those who teach too have five tabs on their phones already."""
    if reader.plans:
        return Place.MORE
    if not reader.sees_day:
        return None
    return Place.NAME if reader.teaches else Place.BAR


def _attendance(reader: Reader) -> Place | None:
    """Put it below 更多 for planners; all others have five tabs on their phones already, or nearly."""
    return Place.MORE if reader.plans else Place.NAME


def _administration(reader: Reader) -> Place | None:
    return Place.MORE if reader.user.is_administrator else None


# --- What it leads to -----------------------------------------------------------------------------

TIMETABLE = _("Timetable")
ENTRIES = (
    Entry(
        pgettext_lazy("page", "Today"),
        "schedule:today",
        "sun",
        _for_those_who(lambda reader: reader.sees_day),
        ("schedule:today",),
    ),
    Entry(
        pgettext_lazy("menu", "Now"),
        "attendance:now",
        "eye",
        _now,
        (
            *("attendance:now", "attendance:wall"),
            *("attendance:message", "attendance:end_class"),
            *("attendance:duty", "attendance:class_starts"),
        ),
    ),
    Entry(
        TIMETABLE,
        "schedule:this_week",
        "calendar-days",
        _for_those_who(lambda reader: not reader.begins_with_matrix),
        ("schedule:",),
    ),
    # Whoever teaches nothing is led to that of the whole school.
    Entry(
        TIMETABLE,
        "schedule:matrix",
        "calendar-days",
        _for_those_who(lambda reader: reader.begins_with_matrix),
        ("schedule:",),
    ),
    Entry(
        _("Terms"),
        "schedule:terms",
        "calendar-range",
        _for_planners,
        ("schedule:term", "schedule:bell_list", "schedule:weekly_", "schedule:fet_import"),
    ),
    Entry(_("People"), "people:people", "users", _for_planners, ("people:",)),
    Entry(
        _("Class groups"),
        "class_groups:class_groups",
        "users-round",
        _more_for_planners,
        (
            *("class_groups:", "schedule:class_group_consent", "schedule:consent_"),
            "schedule:school_year",
        ),
    ),
    Entry(_("Courses"), "courses:courses", "book-open", _more_for_planners, ("courses:",)),
    Entry(
        _("Imports"),
        "imports:imports",
        "file-up",
        _more_for_planners,
        ("imports:", "schedule:import_undo"),
    ),
    Entry(_("Replays"), "replays:list", "square-play", _in_reach, ("replays:",)),
    Entry(_("Courseware"), "courseware:list", "file-text", _courseware, ("courseware:",)),
    Entry(_("Notices"), "notices", "bell", _notices, ("notices",)),
    Entry(pgettext_lazy("menu", "Hours"), "schedule:hours", "clock", _hours, ("schedule:hours",)),
    Entry(_("Attendance"), "attendance:own", "circle-check", _attendance, ("attendance:",)),
    Entry(_("Group robots"), "schedule:channels", "bot", _more_for_planners, ("schedule:channel",)),
    Entry(
        _("Personal data"),
        "yearly_report:this_year",
        "shield-check",
        _administration,
        ("yearly_report:", "incidents:"),
    ),
    Entry(
        _("Administration"), "admin:index", "settings", _administration, ("admin:", "keeping_times")
    ),
)
