"""Adding, changing and deleting lists of bell times of a term beside its own. Lessons follow when the term is planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from edu_platform.lib.versions import require_as_shown, version_of
from schedule.models import BellList, BellListClassGroup, BellListTime, ClassGroup, Term
from schedule.terms.bells.bell_lists import (
    ListedBells,
    ListFault,
    ListScope,
    bell_lists_of,
    fault_of,
    faults,
)
from schedule.terms.bells.bell_times import MOST_BELLS, Bells, BellSpan, bell_faults
from schedule.terms.locks import lock_term
from schedule.terms.term_versions import touch
from schedule.terms.writing import BellsRefused

# So many lists beside its own are more than a term has.
MOST_LISTS = 20
# The key of a list that is not saved yet: it is newer than all.
NEW = 1 << 62


class ListNameTaken(Exception):
    """Another list of the term has this name."""


class TooManyLists(Exception):
    """The term has as many lists as it may."""


class ListRefused(Exception):
    """A list would hold always, never or for nobody; `fault` says which."""

    def __init__(self, fault: ListFault) -> None:
        super().__init__(fault)
        self.fault = fault


class ListsMeet(Exception):
    """The list and `other` would both hold for somebody on some day, and neither goes before the other."""

    def __init__(self, other: ListedBells) -> None:
        super().__init__(other.name)
        self.other = other


@dataclass(frozen=True, slots=True, kw_only=True)
class BellListPlan:
    """All of a list: its name, its times, and for whom and when they hold."""

    name: str
    spans: Sequence[BellSpan]
    # Both or neither.
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    weekdays: tuple[int, ...] = ()
    grades: tuple[str, ...] = ()
    class_groups: tuple[ClassGroup, ...] = ()

    def listed(self, key: int) -> ListedBells:
        return ListedBells(
            key=key,
            name=self.name,
            bells=Bells(self.spans),
            first_day=self.first_day,
            last_day=self.last_day,
            weekdays=frozenset(self.weekdays),
            grades=frozenset(self.grades),
            class_group_ids=frozenset(group.pk for group in self.class_groups),
        )

    @property
    def version(self) -> str:
        """Return the version of the list as planners' pages show it."""
        return version_of(self.name, self._rules())

    def moves(self, before: BellListPlan) -> bool:
        """Tell whether it differs in more than its name."""
        return self._rules() != before._rules()

    def _rules(self) -> list[object]:
        return [
            [(str(span.starts), str(span.ends)) for span in self.spans],
            [str(self.first_day), str(self.last_day)],
            [sorted(self.weekdays), sorted(self.grades)],
            sorted(group.pk for group in self.class_groups),
        ]


def plan_of_list(row: BellList) -> BellListPlan:
    """Return a list as it is; two queries, or none when its times and class groups were read with it."""
    return BellListPlan(
        name=row.name,
        spans=[BellSpan(time.starts, time.ends) for time in row.times.all()],
        first_day=row.first_day,
        last_day=row.last_day,
        weekdays=tuple(row.weekdays),
        grades=tuple(row.grades),
        class_groups=tuple(row.class_groups.all()),
    )


def list_scope_of(term: Term) -> ListScope:
    """Return where the lists of a term matter; one query."""
    grades = dict(ClassGroup.objects.active().values_list("pk", "grade"))
    return ListScope(term.first_monday, term.last_day, grades)


def require_list(term: Term, plan: BellListPlan, *, key: int = NEW) -> None:
    """Let pass a list that may stand beside the others; `key`: that of the list that becomes it.

    Raises:
        BellsRefused, ListRefused, ListsMeet, ListNameTaken: as they say.
    """
    if not plan.spans or len(plan.spans) > MOST_BELLS or any(bell_faults(plan.spans)):
        raise BellsRefused
    scope = list_scope_of(term)
    listed = plan.listed(key)
    if fault := fault_of(listed, scope):
        raise ListRefused(fault)
    for other in bell_lists_of(term).lists:
        if other.key != key and any(faults([other, listed], scope)):
            raise ListsMeet(other)
    if BellList.objects.filter(term=term, name=plan.name).exclude(pk=key).exists():
        raise ListNameTaken


@transaction.atomic
def add_bell_list(term: Term, plan: BellListPlan) -> BellList:
    """Add a list to a term.

    Raises:
        Term.DoesNotExist: it was deleted meanwhile.
        TooManyLists, and as `require_list`: as they say.
    """
    term = lock_term(term)
    if term.bell_lists.count() >= MOST_LISTS:
        raise TooManyLists
    require_list(term, plan)
    row = insert_bell_list(term, plan)
    touch(term)
    return row


def insert_bell_list(term: Term, plan: BellListPlan) -> BellList:
    """Write a list that is known to fit, its term locked by now."""
    row = BellList(term=term)
    _write(row, plan)
    return row


@transaction.atomic
def change_bell_list(row: BellList, plan: BellListPlan, *, known: str = "") -> bool:
    """Make a list as planned, and return whether it differed. `known`: the version that a page showed.

    Raises:
        BellList.DoesNotExist, Term.DoesNotExist: it was deleted meanwhile.
        NotAsShown: somebody has changed it since.
        And as `require_list`.
    """
    term = lock_term(row.term)
    row = BellList.objects.get(pk=row.pk)
    before = plan_of_list(row)
    require_as_shown(row, known, before.version)
    if before.version == plan.version:
        return False
    require_list(term, plan, key=row.pk)
    row.times.all().delete()
    BellListClassGroup.objects.filter(bell_list=row).delete()
    _write(row, plan)
    if plan.moves(before):
        touch(term)
    return True


@transaction.atomic
def delete_bell_list(row: BellList, *, known: str = "") -> None:
    """Delete a list; one that was deleted meanwhile is no fault.

    Raises:
        Term.DoesNotExist: the term was deleted meanwhile.
        NotAsShown: somebody has changed it since a page showed it.
    """
    term = lock_term(row.term)
    now = BellList.objects.filter(pk=row.pk).first()
    if now is None:
        return
    require_as_shown(now, known, plan_of_list(now).version)
    now.delete()
    touch(term)


def _write(row: BellList, plan: BellListPlan) -> None:
    row.name = plan.name
    row.first_day, row.last_day = plan.first_day, plan.last_day
    row.weekdays, row.grades = sorted(plan.weekdays), list(plan.grades)
    row.is_for_class_groups = bool(plan.grades or plan.class_groups)
    row.save()
    BellListTime.objects.bulk_create(
        BellListTime(bell_list=row, number=number, starts=span.starts, ends=span.ends)
        for number, span in enumerate(plan.spans, start=1)
    )
    BellListClassGroup.objects.bulk_create(
        BellListClassGroup(bell_list=row, classgroup=group) for group in plan.class_groups
    )
