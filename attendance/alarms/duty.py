"""Hours on duty: who is told of alarms at a moment, and the hours of a week during which nobody is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import User
from accounts.services import audit
from attendance.models import DutyHours
from edu_platform.lib.formatting import listed
from edu_platform.lib.moments import WEEKDAYS
from edu_platform.lib.periods import Period, union
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import require_as_shown, version_of

# Times of day have no midnight at their end: hours until this minute last until midnight.
LAST_MINUTE = dt.time(23, 59)
DAY_S = 24 * 60 * 60
# As files of weekly lessons count weekdays.
WEEKDAY_NUMBERS = range(1, 8)


# --- Who is told ----------------------------------------------------------------------------------


def people_to_tell(at: dt.datetime) -> list[User]:
    """Return those who are told of an alarm first: who is on duty, else the planners, else all staff."""
    staff = all_staff()
    on_duty = set(_hours_at(at).values_list("person", flat=True))
    planners = set(User.objects.with_role(Role.PLANNER).values_list("pk", flat=True))
    for chosen in (on_duty, planners):
        if people := [person for person in staff if person.pk in chosen]:
            return people
    return staff


def all_staff() -> list[User]:
    """Return everybody who may take an alarm."""
    return list(User.objects.staff().active().order_by("pk"))


def _hours_at(at: dt.datetime) -> QuerySet[DutyHours]:
    local = timezone.localtime(at)
    hours = DutyHours.objects.filter(weekday=local.isoweekday(), starts__lte=local.time())
    if local.time() < LAST_MINUTE:
        return hours.filter(ends__gt=local.time())
    return hours.filter(ends__gte=LAST_MINUTE)


# --- The week -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DutyLine:
    """Hours of one person."""

    hours: DutyHours
    # False: the account is closed, or the person is no longer of the staff, and is told of nothing.
    is_told: bool

    @property
    def period_text(self) -> str:
        return _period_text(self.period)

    @property
    def period(self) -> Period:
        """Return the hours in seconds of the day."""
        ends = self.hours.ends
        return Period(_second(self.hours.starts), DAY_S if ends >= LAST_MINUTE else _second(ends))


@dataclass(frozen=True, slots=True)
class DutyDay:
    """One weekday, with the hours of everybody, and those of nobody."""

    number: int
    lines: list[DutyLine] = field(default_factory=list)

    @property
    def label(self) -> str:
        return weekday_name(self.number)

    @property
    def gaps_text(self) -> str:
        """Return the hours during which nobody is on duty; nothing where somebody always is."""
        covered = union(line.period for line in self.lines if line.is_told)
        return listed(map(_period_text, _gaps_in(covered)))


def weekday_name(number: int) -> str:
    return str(WEEKDAYS[number - 1])


def duty_week() -> list[DutyDay]:
    """Return the hours on duty of a week, by weekday, from Monday on; two queries."""
    by_weekday: defaultdict[int, list[DutyLine]] = defaultdict(list)
    rows = DutyHours.objects.select_related("person")
    staff = {person.pk for person in all_staff()}
    for hours in rows.order_by("weekday", "starts", "ends", "person__name_key", "pk"):
        by_weekday[hours.weekday].append(DutyLine(hours, is_told=hours.person_id in staff))
    return [DutyDay(number, by_weekday[number]) for number in WEEKDAY_NUMBERS]


def version_of_week(week: Iterable[DutyDay]) -> str:
    """Return the version of what the page shows."""
    return version_of(
        [(line.hours.code, line.hours.ends, line.is_told) for day in week for line in day.lines]
    )


def _gaps_in(covered: Iterable[Period]) -> Iterator[Period]:
    """Yield what of a day lies outside these periods."""
    end_s = 0
    for period in covered:
        if end_s < period.start_s:
            yield Period(end_s, period.start_s)
        end_s = period.end_s
    if end_s < DAY_S:
        yield Period(end_s, DAY_S)


def _second(time: dt.time) -> int:
    return (time.hour * 60 + time.minute) * 60


def _period_text(period: Period) -> str:
    """Return hours and minutes, as 08:00–24:00."""
    return "–".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in period)


# --- Changing it ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewHours:
    """Hours that somebody is to be on duty, on some weekdays."""

    person: User
    weekdays: Sequence[int]
    starts: dt.time
    ends: dt.time


class BeginAlready(Exception):
    """Somebody is on duty from that time on already, until another one."""

    def __init__(self, hours: DutyHours) -> None:
        super().__init__(str(hours))
        self.hours = hours


@transaction.atomic
def add_hours(new: NewHours, *, by: User, shown_version: str = "") -> int:
    """Add hours on duty; return on how many of the weekdays they are new. Those of others may overlap.

    Raises:
        NotAsShown: the hours are not those that the page showed.
        BeginAlready: the person has hours from that time on, until another one; nothing was added.
    """
    # The second of two who add hours of one person at once sees those of the first.
    User.objects.select_for_update(no_key=True).get(pk=new.person.pk)
    _require_as_shown(shown_version)
    theirs = DutyHours.objects.filter(person=new.person, starts=new.starts)
    hours_by_weekday = {hours.weekday: hours for hours in theirs}
    for weekday in new.weekdays:
        if weekday in hours_by_weekday and hours_by_weekday[weekday].ends != new.ends:
            raise BeginAlready(hours_by_weekday[weekday])
    new_hours = [
        DutyHours(person=new.person, weekday=weekday, starts=new.starts, ends=new.ends)
        for weekday in new.weekdays
        if weekday not in hours_by_weekday
    ]
    for hours in new_hours:
        hours.save()
        _record(hours, "+", by)
    return len(new_hours)


@transaction.atomic
def remove_hours(code: str, *, by: User, shown_version: str = "") -> DutyHours | None:
    """Remove hours, and return what they were; None where somebody has removed them already.

    Raises:
        NotAsShown: the hours are not those that the page showed.
    """
    locked = DutyHours.objects.select_for_update(of=("self",)).select_related("person")
    hours = locked.filter(code=storable_text(code)).first()
    _require_as_shown(shown_version)
    if hours is not None:
        _record(hours, "−", by)
        DutyHours.objects.filter(pk=hours.pk).delete()
    return hours


def _require_as_shown(shown_version: str) -> None:
    if shown_version:
        week = duty_week()
        require_as_shown(week, shown_version, version_of_week(week))


def hours_text(hours: DutyHours) -> str:
    """Return the weekday and the hours."""
    return f"{weekday_name(hours.weekday)} {DutyLine(hours, is_told=True).period_text}"


def _record(hours: DutyHours, sign: str, by: User) -> None:
    change = f"{sign} {hours.weekday} {hours.starts:%H:%M}–{hours.ends:%H:%M}"
    audit.record_row(AuditKind.DUTY_CHANGED, hours, by=by, person=hours.person, changes=change)
