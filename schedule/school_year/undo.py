"""Undoing the beginning of a school year: for a day, while nothing new hangs on its class groups."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import audit
from edu_platform.lib.batches import in_batches, update_rows
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.formatting import listed
from edu_platform.lib.progress import Phase, report
from schedule.class_groups.moving import record_moves
from schedule.class_groups.writing import delete_class_groups
from schedule.enums import MembershipKind
from schedule.lessons.trying_again import trying_again
from schedule.models import ClassGroup, Membership, SchoolYear
from schedule.school_year.kept import Written, versions_of
from schedule.school_year.locks import lock_school
from schedule.school_year.moved_rows import (
    group_ids_with_others,
    hanging_on,
    move_back,
    table_in_words,
    touch_terms_of,
)
from schedule.school_year.notices import YEAR_UNDONE_NOTICE, give

# For so long it can be undone.
UNDO_WITHIN = dt.timedelta(days=1)
ROWS_A_PERSON = 3


class AlreadyUndone(Exception):
    """It was undone before."""


class UndoRefused(Exception):
    """Nothing is undone: `undoing` says what stands against it."""

    def __init__(self, undoing: Undoing) -> None:
        super().__init__("the school year is not undone")
        self.undoing = undoing


@dataclass(frozen=True, slots=True)
class Reason:
    """Say why it cannot be undone, and name the page of what stands against it, if there is one."""

    words: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Undoing:
    year: SchoolYear
    reasons: Sequence[Reason]

    @property
    def can_be_done(self) -> bool:
        return not self.reasons


def may_still_be_undone(year: SchoolYear, *, at: dt.datetime) -> bool:
    """Tell whether it was neither undone, nor begun too long ago."""
    return year.undone_at is None and at - year.begun_at <= UNDO_WITHIN


def undoing_of(year: SchoolYear, *, at: dt.datetime) -> Undoing:
    """Return what stands against undoing a school year; as many queries for one class group as for many."""
    return Undoing(year, list(_reasons(year, Written.of(year), at)))


def _reasons(year: SchoolYear, written: Written, at: dt.datetime) -> Iterator[Reason]:
    if not may_still_be_undone(year, at=at):
        yield Reason(_("More than a day is over since it began."))
    versions = dict(written.versions)
    groups = ClassGroup.objects.in_bulk(list(versions))
    if len(groups) < len(versions):
        yield Reason(_("Some of its class groups were deleted since."))
    changed = versions_of(list(groups.values()))
    for pk, group in groups.items():
        if changed[pk] != versions[pk]:
            words = _("%(name)s, or who belongs to it, was changed since.")
            yield Reason(words % {"name": group.name}, _page_of(group))
    yield from _reasons_of_others(written, groups)
    yield from _reasons_of_names(written, groups)


def _page_of(group: ClassGroup) -> str:
    return reverse("class_groups:class_group", args=[group.code])


def _reasons_of_others(written: Written, groups: Mapping[int, ClassGroup]) -> Iterator[Reason]:
    now = hanging_on(written.new_by_old.values())
    others = group_ids_with_others(written.hanging, now)
    for pk, group in groups.items():
        if pk in others:
            what = listed(sorted(map(table_in_words, others[pk])))
            words = _("%(name)s: something else hangs on it by now (%(what)s).")
            yield Reason(words % {"name": group.name, "what": what}, _page_of(group))


def _reasons_of_names(written: Written, groups: Mapping[int, ClassGroup]) -> Iterator[Reason]:
    """Name the class groups that were made since, and have the name of one that would come back."""
    names = [groups[pk].name for pk in written.old_ids if pk in groups]
    taking = ClassGroup.objects.active().exclude(pk__in=groups).filter(name__in=names)
    for group in taking.order_by("name_key", "pk"):
        words = _(
            "%(name)s is there anew, as with a roster that was imported since: undo that import, or give it another name."
        )
        yield Reason(words % {"name": group.name}, _page_of(group))


def undo_school_year(
    year: SchoolYear, *, by: User, write_in: WriteIn = own_transaction
) -> SchoolYear:
    """Undo a school year: class groups, memberships and what is planned are as they were, all of it or nothing.

    Raises:
        AlreadyUndone: by somebody else, or by the same form sent twice.
        UndoRefused: something stands against it.
        ChangedMeanwhile: its class groups are changed all the time.
    """
    units = len(Written.of(year).ended)

    def attempt() -> SchoolYear:
        report(Phase.READING, 0, units)
        with write_in(units, rows_a_unit=ROWS_A_PERSON) as noted:
            undone = _undo(year, by=by)
            noted.update(year=undone.code, counts=undone.counts)
        return undone

    return trying_again(attempt)


def _undo(year: SchoolYear, *, by: User) -> SchoolYear:
    """Lock, look again, and write."""
    now = timezone.now()
    locked = SchoolYear.objects.select_for_update(no_key=True, of=("self",)).get(pk=year.pk)
    if locked.undone_at is not None:
        raise AlreadyUndone
    written = Written.of(locked)
    lock_school([*written.old_ids, *written.new_by_old.values()], locked.first_day)
    undoing = undoing_of(locked, at=now)
    if not undoing.can_be_done:
        raise UndoRefused(undoing)
    _record_members(locked, written, by=by)
    _put_back(written, by=by)
    locked.undone_at, locked.undone_by = now, by
    locked.save(update_fields=["undone_at", "undone_by"])
    audit.record(AuditKind.SCHOOL_YEAR_UNDONE, by=by, object_text=str(locked))
    return locked


def _put_back(written: Written, *, by: User) -> None:
    move_back(written.moved)
    touch_terms_of(written.new_by_old)
    for batch in in_batches(written.begun):
        Membership.objects.filter(pk__in=batch).delete()
    ended: list[Membership] = []
    last_days = {pk: dt.date.fromisoformat(day) if day else None for pk, day in written.ended}
    for batch in in_batches(last_days):
        # People who are erased since, or are to be, belong to no class group again.
        ended += Membership.objects.filter(pk__in=batch, user__erasing_since=None)
    for membership in ended:
        membership.to_date = last_days[membership.pk]
    update_rows(ended, ["to_date"])
    keys_by_old: dict[int, list[int]] = defaultdict(list)
    for pk, old_id in written.ahead:
        keys_by_old[old_id].append(pk)
    for old_id, keys in keys_by_old.items():
        Membership.objects.filter(pk__in=keys).update(class_group=old_id)
    delete_class_groups(ClassGroup.objects.filter(pk__in=written.new_by_old.values()), by=by)
    # Last: the new ones had their names.
    _reopen(written.old_ids, by=by)


def _reopen(class_group_ids: Collection[int], *, by: User) -> None:
    rows = ClassGroup.objects.filter(pk__in=class_group_ids)
    entries: list[AuditEntry] = []
    for group in rows.order_by("pk"):
        words = _("Taken out of the archive")
        audit.record_row(AuditKind.CLASS_GROUP_CHANGED, group, changes=words, by=by, into=entries)
    rows.update(archived_at=None)
    audit.write(entries)


def _record_members(year: SchoolYear, written: Written, *, by: User) -> None:
    """Write into the audit log of each person where they are again, and tell the class teachers once."""
    old_by_new = {new: old for old, new in written.risen}
    groups = ClassGroup.objects.in_bulk([*written.old_ids, *old_by_new])
    moves: dict[tuple[int, int], tuple[User, ClassGroup, str]] = {}
    names_by_teacher: dict[User, list[str]] = defaultdict(list)
    for row in _members(old_by_new):
        new, old = groups[row.class_group_id], groups[old_by_new[row.class_group_id]]
        moves[row.user_id, old.pk] = (row.user, old, f"{new.name} → {old.name}")
        if row.kind == MembershipKind.CLASS_TEACHER and old.name not in names_by_teacher[row.user]:
            names_by_teacher[row.user].append(old.name)
    ended = {pk for pk, _last_day in written.ended}
    for row in _members(written.left):
        if row.pk in ended:
            old = groups[row.class_group_id]
            moves[row.user_id, old.pk] = (row.user, old, f"– → {old.name}")
    record_moves(moves.values(), by=by)
    give(year, names_by_teacher, kind=YEAR_UNDONE_NOTICE)


def _members(class_group_ids: Collection[int]) -> QuerySet[Membership]:
    """Return all memberships in these class groups with their people, the oldest first."""
    rows = Membership.objects.filter(class_group__in=class_group_ids)
    return rows.select_related("user").order_by("pk")
