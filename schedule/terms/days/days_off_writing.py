"""Adding, changing and deleting half days off and days off of some class groups. Lessons follow when the term is planned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from edu_platform.lib.versions import require_as_shown, version_of
from schedule.models import ClassGroup, PartDayOff, PartDayOffClassGroup, Term
from schedule.terms.bells.bell_lists import bell_lists_of
from schedule.terms.days.calendar_days import DayOutsideTerm
from schedule.terms.days.days_off import PartOff
from schedule.terms.locks import lock_term
from schedule.terms.term_versions import touch

# So many beside its holidays are more than a term has.
MOST_PARTS = 200


class PartFault(StrEnum):
    """Says what is wrong with a part of days off."""

    WHOLE_SCHOOL_ALL_DAY = "whole_school_all_day"
    ENDS_BEFORE_START = "ends_before_start"
    BELLS_BACKWARD = "bells_backward"
    NO_SUCH_BELL = "no_such_bell"
    TOO_MANY = "too_many"


class PartRefused(Exception):
    """It cannot be written; `fault` says why."""

    def __init__(self, fault: PartFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOffPlan:
    """All of a part of days off: its name, on which days, in which periods, and for whom."""

    name: str = ""
    first_day: dt.date
    last_day: dt.date
    from_bell: int | None = None
    until_bell: int | None = None
    # Without any it holds for the whole school.
    class_groups: tuple[ClassGroup, ...] = ()

    @property
    def is_of_calendar(self) -> bool:
        """Return whether it is a whole day off of the whole school, which the calendar says by its days."""
        return self.from_bell is None and self.until_bell is None and not self.class_groups

    def part(self, key: int) -> PartOff:
        return PartOff(
            key=key,
            name=self.name,
            first_day=self.first_day,
            last_day=self.last_day,
            from_bell=self.from_bell,
            until_bell=self.until_bell,
            class_groups={group.pk: group.name for group in self.class_groups},
            is_for_class_groups=bool(self.class_groups),
        )

    @property
    def version(self) -> str:
        """Return the version of it as planners' pages show it."""
        return version_of(self.name, self._rules())

    def moves(self, before: PartOffPlan) -> bool:
        """Tell whether it differs in more than its name."""
        return self._rules() != before._rules()

    def _rules(self) -> list[object]:
        return [
            [str(self.first_day), str(self.last_day), self.from_bell, self.until_bell],
            sorted(group.pk for group in self.class_groups),
        ]


def plan_of_part(row: PartDayOff) -> PartOffPlan:
    """Return a part as it is; one query, or none when its class groups were read with it."""
    return PartOffPlan(
        name=row.name,
        first_day=row.first_day,
        last_day=row.last_day,
        from_bell=row.from_bell,
        until_bell=row.until_bell,
        class_groups=tuple(row.class_groups.all()),
    )


def require_part(term: Term, plan: PartOffPlan) -> None:
    """Let pass a part that the term may have; one query.

    Raises:
        DayOutsideTerm: the term does not hold all of its days.
        PartRefused: as it says.
    """
    if not (term.holds(plan.first_day) and term.holds(plan.last_day)):
        raise DayOutsideTerm
    if fault := _fault_of(term, plan):
        raise PartRefused(fault)


def _fault_of(term: Term, plan: PartOffPlan) -> PartFault | None:
    if plan.last_day < plan.first_day:
        return PartFault.ENDS_BEFORE_START
    if plan.is_of_calendar:
        return PartFault.WHOLE_SCHOOL_ALL_DAY
    bells = [bell for bell in (plan.from_bell, plan.until_bell) if bell is not None]
    if bells != sorted(bells):
        return PartFault.BELLS_BACKWARD
    if bells and not (min(bells) >= 1 and max(bells) <= most_periods(term)):
        return PartFault.NO_SUCH_BELL
    return None


def most_periods(term: Term) -> int:
    """Return how many periods the longest of the term's lists of bell times has; one query."""
    bell_lists = bell_lists_of(term)
    lists = (bell_lists.default, *(listed.bells for listed in bell_lists.lists))
    return max(len(bells.spans) for bells in lists)


@transaction.atomic
def add_part(term: Term, plan: PartOffPlan) -> PartDayOff:
    """Add a part of days off to a term; one that says the same is kept, so that a form sent twice makes one.

    Raises:
        Term.DoesNotExist: it was deleted meanwhile.
        And as `require_part`.
    """
    term = lock_term(term, no_key=True)
    require_part(term, plan)
    rows = list(term.part_days_off.prefetch_related("class_groups"))
    for row in rows:
        if plan_of_part(row).version == plan.version:
            return row
    if len(rows) >= MOST_PARTS:
        raise PartRefused(PartFault.TOO_MANY)
    row = PartDayOff(term=term)
    _write(row, plan)
    touch(term)
    return row


@transaction.atomic
def change_part(row: PartDayOff, plan: PartOffPlan, *, known: str = "") -> bool:
    """Make a part as planned, and return whether it differed. `known`: the version that a page showed.

    Raises:
        PartDayOff.DoesNotExist, Term.DoesNotExist: it was deleted meanwhile.
        NotAsShown: somebody has changed it since.
        And as `require_part`.
    """
    term = lock_term(row.term, no_key=True)
    row = PartDayOff.objects.get(pk=row.pk)
    before = plan_of_part(row)
    require_as_shown(row, known, before.version)
    if before.version == plan.version:
        return False
    require_part(term, plan)
    PartDayOffClassGroup.objects.filter(day_off=row).delete()
    _write(row, plan)
    if plan.moves(before):
        touch(term)
    return True


@transaction.atomic
def delete_part(row: PartDayOff, *, known: str = "") -> None:
    """Delete a part; one that was deleted meanwhile is no fault.

    Raises:
        Term.DoesNotExist: the term was deleted meanwhile.
        NotAsShown: somebody has changed it since a page showed it.
    """
    term = lock_term(row.term, no_key=True)
    now = PartDayOff.objects.filter(pk=row.pk).first()
    if now is None:
        return
    require_as_shown(now, known, plan_of_part(now).version)
    now.delete()
    touch(term)


def keep_parts_inside(term: Term) -> None:
    """Forget what lies outside the term, whose weeks have changed."""
    first, last = term.first_monday, term.last_day
    term.part_days_off.filter(last_day__lt=first).delete()
    term.part_days_off.filter(first_day__gt=last).delete()
    term.part_days_off.filter(first_day__lt=first).update(first_day=first)
    term.part_days_off.filter(last_day__gt=last).update(last_day=last)


def _write(row: PartDayOff, plan: PartOffPlan) -> None:
    row.name = plan.name
    row.first_day, row.last_day = plan.first_day, plan.last_day
    row.from_bell, row.until_bell = plan.from_bell, plan.until_bell
    row.is_for_class_groups = bool(plan.class_groups)
    row.save()
    PartDayOffClassGroup.objects.bulk_create(
        PartDayOffClassGroup(day_off=row, classgroup=group) for group in plan.class_groups
    )
