"""Let people join class groups, leave them or move between them; a split makes the other one, and a merge takes all.

Lessons stay with their class group: a student sees those of the class group in which they are on the lesson's day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import audit
from accounts.services.people import lock_people
from edu_platform.lib.natural_keys import in_order
from edu_platform.lib.versions import NotAsShown, require_as_shown
from schedule.class_groups.age_bands import band_in_words, set_age_bands
from schedule.class_groups.bound import bound_to
from schedule.class_groups.members import Member, other_class_groups, version_of_members
from schedule.class_groups.memberships import MembershipPlan, join_class_groups, move_members
from schedule.class_groups.move_overlaps import MoveOverlaps, overlaps_of_move
from schedule.class_groups.writing import create_class_group
from schedule.enums import MembershipKind
from schedule.lessons.use import Use
from schedule.models import ClassGroup, Membership
from schedule.week_grid import DAY


@dataclass(frozen=True, slots=True)
class Move:
    """People of one class group who belong to another one from a day on."""

    source: ClassGroup
    # Not saved yet where a split makes it. None: they leave.
    target: ClassGroup | None
    first_day: dt.date
    # None: all students who are there by then.
    people: tuple[User, ...] | None
    kind: MembershipKind = MembershipKind.STUDENT

    @property
    def makes_target(self) -> bool:
        return self.target is not None and self.target.pk is None

    @property
    def gives_age_band(self) -> bool:
        """Tell whether the target takes the age band: all go there, and of the target nobody has said one."""
        target = self.target
        return bool(self.people is None and target and self.source.age_band and not target.age_band)

    @property
    def last_day(self) -> dt.date:
        """The last day in the class group that they leave."""
        return self.first_day - DAY


class NotMembers(Exception):
    """These people are not in the class group on that day or later."""

    def __init__(self, people: Collection[User]) -> None:
        super().__init__(", ".join(user.username for user in people))
        self.people = people


class PeopleGone(NotMembers):
    """These people have no account any more: an import was undone meanwhile."""


class ClassGroupGone(Exception):
    """The class group to which they go was archived or deleted meanwhile."""


# --- What a page shows first ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoveShown:
    """The outcome of a move, before it is done."""

    move: Move
    going: Sequence[Member]
    # The students who are in the other class group by then already; keys.
    are_there: frozenset[int]
    # Those who were to come on that day or later: they never are in it; keys.
    never_there: frozenset[int]
    # So many students stay.
    staying: int
    # The lessons that the class group keeps, and those that the students see from then on.
    kept: Use
    seen: Use | None
    overlaps: MoveOverlaps
    # They stay as well.
    class_teachers: Sequence[User]
    # The age band that the other class group takes over, in words.
    age_band: str
    version: str

    @property
    def have_last_day(self) -> bool:
        """Return whether any of them are in the class group before they go."""
        return any(member.user.pk not in self.never_there for member in self.going)

    @property
    def is_of_all(self) -> bool:
        return not self.staying


def shown_move(move: Move) -> MoveShown:
    """Return what a move would do; about twenty queries, however many go."""
    source, target, day = move.source, move.target, move.first_day
    # First: of who comes while the rest is read, the version says nothing, and the move is refused.
    version = version_of_members(source)
    rows = _students_from(source, day)
    going = _people_going(move, rows)
    going_keys = {user.pk for user in going}
    is_known = target is not None and target.pk is not None
    there = _members_from(target, day) if target is not None and is_known else frozenset()
    besides = [source, target] if target is not None and is_known else [source]
    others = other_class_groups(going_keys, besides=besides, day=day)
    teachers = Membership.objects.of_class_teachers().not_over(day=day).filter(class_group=source)
    people = User.objects.get_queryset().filter(pk__in=teachers.values("user"))
    return MoveShown(
        move=replace(move, people=tuple(going)),
        going=[Member(user, None, None, others.get(user.pk, ())) for user in going],
        are_there=there & going_keys,
        never_there=frozenset(going_keys - _there_before(rows, day)),
        staying=len({row.user_id for row in rows} - going_keys),
        kept=bound_to(source, since=day),
        seen=bound_to(target, since=day) if target is not None and is_known else None,
        overlaps=overlaps_of_move(going_keys - there, source=source, target=target, day=day),
        class_teachers=list(people.order_by("name_key", "username")),
        age_band=band_in_words(source.age_band) if move.gives_age_band else "",
        version=version,
    )


def _students_from(class_group: ClassGroup, day: dt.date) -> list[Membership]:
    rows = Membership.objects.of_students().not_over(day=day).filter(class_group=class_group)
    return list(rows.select_related("user").order_by("pk"))


def _there_before(rows: Iterable[Membership], day: dt.date) -> frozenset[int]:
    """Return who is in the class group before that day; keys."""
    return frozenset(row.user_id for row in rows if row.from_date is None or row.from_date < day)


def _people_going(move: Move, rows: Iterable[Membership]) -> list[User]:
    if move.people is not None:
        return in_order(move.people)
    return in_order({row.user_id: row.user for row in rows}.values())


def _members_from(class_group: ClassGroup, day: dt.date) -> frozenset[int]:
    """Return the students who are in a class group on that day, and stay."""
    rows = Membership.objects.of_students().on(day=day).filter(class_group=class_group)
    return frozenset(rows.filter(to_date=None).values_list("user", flat=True))


# --- Done -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moved:
    people: Sequence[User]
    target: ClassGroup | None
    # Those of them who were to come later, and never were in it.
    never_there: Sequence[User] = ()


@transaction.atomic
def carry_out(
    move: Move, *, known: str = "", shown: Callable[[], str] | None = None, by: User | None
) -> Moved:
    """Write a move as its page showed it (`known`), all of it or nothing.

    `shown` returns the version of what the page shows now; without it, that of the class group and its members.

    Raises:
        NotAsShown: somebody has changed who belongs to the class group.
        NotMembers: some of the people are not there by then.
        ClassGroupGone: the one to which they go is archived or deleted.
        ClassGroupNameTaken: the one that a split makes is there by now.
    """
    # People before class groups, as writers of lessons lock them.
    lock_people(user.pk for user in move.people or _there(move).values())
    source = _lock(move)
    there = _there(move)
    # After who is there was read: a roster, which does not wait for the class group, may bring somebody meanwhile.
    require_as_shown(source, known, version_of_members(source) if shown is None else shown())
    people = _people_to_move(move, there)
    target = _target_of(move, by=by)
    plans = _write(move, people, source, target)
    _record(people, plans, move, target, by=by)
    never_there = [user for user in people if _cancelled_day(plans[user.pk], source)]
    return Moved(people, target, never_there)


def _cancelled_day(plan: MembershipPlan, source: ClassGroup) -> dt.date | None:
    """Return the day on which somebody was to come who never was in the class group; None where they were."""
    if any(row.class_group_id == source.pk for row, _first, _last in plan.periods):
        return None
    days = (row.from_date for row in plan.gone if row.class_group_id == source.pk)
    return min((day for day in days if day is not None), default=None)


def _write(
    move: Move, people: Iterable[User], source: ClassGroup, target: ClassGroup | None
) -> Mapping[int, MembershipPlan]:
    try:
        with transaction.atomic():
            return move_members(
                [user.pk for user in people],
                source=source,
                target=target,
                kind=move.kind,
                first_day=move.first_day,
            )
    except IntegrityError as err:
        # A roster that is taken just now has brought one of them there.
        raise NotAsShown(source) from err


def _target_of(move: Move, *, by: User | None) -> ClassGroup | None:
    """Return where they go, which a split makes, with the age band that it takes over."""
    target = move.target
    if target is not None and move.gives_age_band:
        set_age_bands([target], {target.pk: move.source.age_band}, known="", by=by)
    if target is None or not move.makes_target:
        return target
    return create_class_group(name=target.name, grade=target.grade, age_band=target.age_band, by=by)


def _lock(move: Move) -> ClassGroup:
    """Lock both class groups, so that of two moves of their members one waits; return the source as it is now.

    Raises:
        ClassGroupGone: as above.
        ClassGroup.DoesNotExist: the source was deleted.
    """
    now = _locked([group for group in (move.source, move.target) if group and group.pk])
    if move.source.pk not in now:
        raise ClassGroup.DoesNotExist
    if move.target is not None and not move.makes_target:
        target = now.get(move.target.pk)
        if target is None or target.archived_at is not None:
            raise ClassGroupGone
    return now[move.source.pk]


def _locked(class_groups: Iterable[ClassGroup]) -> dict[int, ClassGroup]:
    """Lock class groups, in the order in which all take them, and return them as they are now; deleted ones are left out."""
    keys = {group.pk for group in class_groups}
    rows = ClassGroup.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    return {group.pk: group for group in rows}


def _there(move: Move) -> dict[int, User]:
    """Return by key who is in the source on the first day or later."""
    rows = Membership.objects.filter(class_group=move.source, kind=move.kind)
    rows = rows.not_over(day=move.first_day).select_related("user")
    return {row.user_id: row.user for row in rows.order_by("pk")}


def _people_to_move(move: Move, there: Mapping[int, User]) -> list[User]:
    """Return who goes of those who are there.

    Raises:
        NotMembers: some of the chosen people are not.
    """
    if move.people is None:
        return in_order(there.values())
    if missing := [user for user in move.people if user.pk not in there]:
        raise NotMembers(missing)
    return list(move.people)


def _record(
    people: Iterable[User],
    plans: Mapping[int, MembershipPlan],
    move: Move,
    target: ClassGroup | None,
    *,
    by: User | None,
) -> None:
    changed = (
        (user, move.source, _way(plans[user.pk], move, target)) for user in people if plans[user.pk]
    )
    record_moves(changed, by=by)


def _way(plan: MembershipPlan, move: Move, target: ClassGroup | None) -> str:
    """Say from where to where, and since when; of who was to come later, from when on that was."""
    source = move.source.name
    if cancelled := _cancelled_day(plan, move.source):
        source = f"{source} ({cancelled}–)"
        if target is None:
            return f"{source} → –"
    return f"{source} → {'–' if target is None else target.name} · {move.first_day}"


def record_moves(changed: Iterable[tuple[User, ClassGroup, str]], *, by: User | None) -> None:
    """Write an entry of the audit log for each of them, by which it is found whoever looks for the person."""
    entries: list[AuditEntry] = []
    for user, class_group, way in changed:
        audit.record_row(
            AuditKind.MEMBERS_CHANGED, class_group, changes=way, by=by, person=user, into=entries
        )
    audit.write(entries)


# --- Joined ---------------------------------------------------------------------------------------


@transaction.atomic
def add_members(
    people: Collection[User],
    class_groups: Collection[ClassGroup],
    *,
    today: dt.date,
    first_day: dt.date | None = None,
    by: User | None,
) -> None:
    """Make people belong to these class groups too, from a day on, all or nothing; without one from today on.

    A first membership that begins today reaches back.

    Raises:
        PeopleGone: there are no such accounts any more.
        ClassGroupGone: one of them is archived or deleted.
    """
    _lock_known_people(people)
    groups = _locked_active(class_groups)
    day = first_day or today
    try:
        with transaction.atomic():
            plans = join_class_groups(people, groups, first_day=day, today=today)
    except IntegrityError:
        # A roster that is taken just now has brought one of them there: what it wrote is read now.
        plans = join_class_groups(people, groups, first_day=day, today=today)
    _record_joins(plans, groups, day, by=by)


def _lock_known_people(people: Collection[User]) -> None:
    keys = [user.pk for user in people]
    lock_people(keys)
    # People who are erased, or are to be, belong to no class group again.
    people_there = User.objects.get_queryset().filter(pk__in=keys, erasing_since=None)
    keys_there = set(people_there.values_list("pk", flat=True))
    if gone := [user for user in people if user.pk not in keys_there]:
        raise PeopleGone(gone)


def _locked_active(class_groups: Collection[ClassGroup]) -> list[ClassGroup]:
    now = _locked(class_groups)
    groups = [now[group.pk] for group in class_groups if group.pk in now]
    if len(groups) < len(class_groups) or any(group.archived_at for group in groups):
        raise ClassGroupGone
    return groups


def _record_joins(
    plans: Iterable[tuple[User, MembershipPlan]],
    class_groups: Iterable[ClassGroup],
    first_day: dt.date,
    *,
    by: User | None,
) -> None:
    changed = (
        (user, group, f"– → {group.name} · {first_day}")
        for user, plan in plans
        for group in class_groups
        if group.pk in plan.class_group_ids
    )
    record_moves(changed, by=by)
