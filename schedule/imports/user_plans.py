"""The plan of an import of people: what it would do, row by row, and who is missing; nothing is written."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role, role_names
from accounts.hooks import former_student_notes, keys_in_need
from accounts.models import User
from accounts.names import sign_in_name
from edu_platform.lib.batches import in_batches
from edu_platform.lib.formatting import sentences
from edu_platform.lib.natural_keys import in_order
from edu_platform.lib.natural_order import natural_key
from schedule.class_groups.memberships import MembershipPlan, kind_of_roles, plan_memberships
from schedule.enums import MembershipKind, RowKind
from schedule.imports.lookups import known_class_groups, people_by_sign_in_name, people_by_username
from schedule.imports.user_rows import UserWish
from schedule.models import ClassGroup, Membership

# In the place of a column: whether the account is active.
ACCOUNT = "account"


class RosterStayReason(models.TextChoices):
    """The reasons for which somebody who is missing in a file keeps their account."""

    ONESELF = "oneself", _("you yourself")
    POWER = "power", _("has another role than student or teacher")
    TEACHES = "teaches", _("has lessons to teach")
    ELSEWHERE = "elsewhere", _("is in another class group too, which the file does not name")


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs, in the words of the reader."""

    column: str
    before: str
    after: str
    # What comes of moves that were entered ahead, and what ends with a role.
    note: str = ""


@dataclass(frozen=True, slots=True)
class RowPlan:
    wish: UserWish
    # None: a new person.
    user: User | None
    changes: tuple[Change, ...] = ()

    @property
    def kind(self) -> RowKind:
        if self.user is None:
            return RowKind.NEW
        return RowKind.CHANGED if self.changes else RowKind.UNCHANGED

    @property
    def reactivates(self) -> bool:
        return any(change.column == ACCOUNT for change in self.changes)

    @property
    def stays_deactivated(self) -> bool:
        return self.user is not None and not self.user.is_active and not self.reactivates


@dataclass(frozen=True, slots=True)
class Accounts:
    """The account that each row means, and who only has a name like it."""

    by_line: Mapping[int, User]
    namesakes: Mapping[int, User]


def find_accounts(wishes: Sequence[UserWish]) -> Accounts:
    """Match by username; in another casing or width only where the row says nothing else of the person.

    Somebody of another name is somebody else, who must not be renamed because of a slip of the keyboard.
    """
    exact = people_by_username(wish.username for wish in wishes)
    by_line = {wish.line: exact[wish.username] for wish in wishes if wish.username in exact}
    others = [wish for wish in wishes if wish.username not in exact]
    alike = people_by_sign_in_name(wish.username for wish in others)
    namesakes: dict[int, User] = {}
    for wish in others:
        users = alike.get(sign_in_name(wish.username), [])
        if len(users) == 1 and wish.display_name in {"", users[0].display_name}:
            by_line[wish.line] = users[0]
        elif users:
            namesakes[wish.line] = users[0]
    return Accounts(by_line, namesakes)


def plan_rows(
    wishes: Sequence[UserWish],
    accounts: Accounts,
    groups: Mapping[str, ClassGroup],
    *,
    reactivates: bool,
    today: dt.date,
) -> list[RowPlan]:
    """`groups` are those of the file that are there, by name."""
    memberships = _open_memberships(accounts.by_line.values(), today)
    notes = former_student_notes(_former_students(wishes, accounts))
    plans: list[RowPlan] = []
    for wish in wishes:
        user = accounts.by_line.get(wish.line)
        if user is None:
            changes = tuple(_cells_of_new(wish))
        else:
            note = notes.get(user.pk, "")
            changes = tuple(_changes_of_account(wish, user, note, reactivates=reactivates))
            if wish.class_groups:
                changes += tuple(
                    _changes_of_class_groups(wish, user, groups, memberships[user.pk], today)
                )
        plans.append(RowPlan(wish, user, changes))
    return plans


def _former_students(wishes: Sequence[UserWish], accounts: Accounts) -> list[int]:
    """Return the keys of those whom the rows leave without the role of a student."""
    return [
        user.pk
        for wish in wishes
        if (user := accounts.by_line.get(wish.line)) is not None
        and Role.STUDENT in user.roles - roles_after(wish, user)
    ]


def roles_after(wish: UserWish, user: User) -> frozenset[Role]:
    return wish.roles or user.roles


def _cells_of_new(wish: UserWish) -> Iterator[Change]:
    """Yield what a new person gets beside the name, which is told anyway."""
    if wish.roles:
        yield Change("role", "", role_names(wish.roles))
    if wish.class_groups:
        kind = kind_of_roles(wish.roles)
        after = _as_members((name, _as_member(name, kind)) for name in wish.class_groups)
        yield Change("class_groups", "", after)


def _changes_of_account(
    wish: UserWish, user: User, role_note: str, *, reactivates: bool
) -> Iterator[Change]:
    if wish.display_name and wish.display_name != user.display_name:
        yield Change("display_name", user.display_name, wish.display_name)
    if wish.roles and wish.roles != user.roles:
        yield Change("role", role_names(user.roles), role_names(wish.roles), role_note)
    if reactivates and not user.is_active:
        deactivated, active = pgettext("account", "deactivated"), pgettext("account", "active")
        yield Change(ACCOUNT, deactivated, active)


def _changes_of_class_groups(
    wish: UserWish,
    user: User,
    groups: Mapping[str, ClassGroup],
    open_ones: Sequence[Membership],
    today: dt.date,
) -> Iterator[Change]:
    listed = {groups[name].pk for name in wish.class_groups if name in groups}
    kind = kind_of_roles(roles_after(wish, user))
    is_new = any(name not in groups for name in wish.class_groups)
    plan = plan_memberships(open_ones, listed, kind=kind, today=today)
    if is_new or plan:
        going_on = [row for row in open_ones if row.to_date is None or row.to_date > today]
        before = _as_members((row.class_group.name, _with_days(row, today)) for row in going_on)
        after = _as_members((name, _as_member(name, kind)) for name in wish.class_groups)
        yield Change("class_groups", before, after, _moves_in_words(plan, today))


def _moves_in_words(plan: MembershipPlan, today: dt.date) -> str:
    """Say which moves that were entered ahead the file cancels, and which it lets happen today."""
    cancelled = gettext("The move to %(class_group)s from %(day)s on is cancelled.")
    earlier = gettext("The move to %(class_group)s from %(day)s on happens today.")
    rows = [
        *((cancelled, row) for row in plan.gone),
        *((earlier, row) for row, _first, _last in plan.periods),
    ]
    words = (
        text % {"class_group": row.class_group.name, "day": row.from_date}
        for text, row in rows
        if row.from_date is not None and row.from_date > today
    )
    return sentences(words)


def _as_members(memberships: Iterable[tuple[str, str]]) -> str:
    """Name class groups in their order, each as its text says."""
    listed = sorted(memberships, key=lambda membership: (natural_key(membership[0]), membership))
    return "；".join(text for _name, text in listed)


def _with_days(membership: Membership, today: dt.date) -> str:
    """Name the class group of a membership, with the days on which it will begin or end."""
    name = _as_member(membership.class_group.name, membership.kind)
    first, last = membership.from_date, membership.to_date
    values = {"class_group": name, "first": first, "last": last}
    if first is not None and first > today:
        text = gettext("%(class_group)s (from %(first)s)")
        return (gettext("%(class_group)s (%(first)s – %(last)s)") if last else text) % values
    return gettext("%(class_group)s (until %(last)s)") % values if last else name


def _as_member(name: str, kind: str) -> str:
    if kind == MembershipKind.STUDENT:
        return name
    return gettext("%(class_group)s (class teacher)") % {"class_group": name}


def _open_memberships(users: Iterable[User], today: dt.date) -> dict[int, list[Membership]]:
    memberships_by_user: dict[int, list[Membership]] = defaultdict(list)
    for batch in in_batches(user.pk for user in users):
        rows = Membership.objects.not_over(day=today).filter(user__in=batch)
        for row in rows.select_related("class_group"):
            memberships_by_user[row.user_id].append(row)
    return memberships_by_user


@dataclass(frozen=True, slots=True)
class MissingPerson:
    user: User
    class_groups: tuple[str, ...]
    # None: is deactivated, when somebody chooses so.
    stays: RosterStayReason | None


def swapped_names(plans: Sequence[RowPlan]) -> Iterator[tuple[int, User]]:
    """Yield lines that give somebody the name of another one in the file, and who that is: lines may be shifted."""
    renamed = {
        plan.user.display_name: plan.user
        for plan in plans
        if plan.user is not None and plan.wish.display_name not in {"", plan.user.display_name}
    }
    for plan in plans:
        other = renamed.get(plan.wish.display_name)
        if other is not None and plan.user is not None and plan.user.pk != other.pk:
            yield plan.wish.line, other


def find_missing(
    wishes: Sequence[UserWish], named: Iterable[User], *, by: User | None, today: dt.date
) -> list[MissingPerson]:
    """Active students of today in the file's class groups whom no row names, by name.

    A class teacher is none of them: lists of students do not name teachers.
    """
    groups = known_class_groups(name for wish in wishes for name in wish.class_groups)
    group_ids = {group.pk for group in groups.values()}
    named_ids = {user.pk for user in named}
    candidates: set[int] = set()
    for batch in in_batches(group_ids):
        members = Membership.objects.of_students().on(day=today).filter(class_group__in=batch)
        candidates.update(members.filter(user__is_active=True).values_list("user", flat=True))
    users = _people(candidates - named_ids)
    memberships, needed = _memberships(users, today), _needed_in_roles(users.values())
    missing = [
        MissingPerson(
            user=user,
            class_groups=tuple(
                group.name
                for group in in_order(row.class_group for row in rows)
                if group.pk in group_ids
            ),
            stays=_reason_to_stay(user, rows, group_ids, is_needed=user.pk in needed, by=by),
        )
        for user, rows in ((user, memberships[user.pk]) for user in users.values())
    ]
    return sorted(missing, key=lambda person: (bytes(person.user.name_key), person.user.username))


def _people(keys: Iterable[int]) -> dict[int, User]:
    user_by_key: dict[int, User] = {}
    for batch in in_batches(keys):
        people = User.objects.active().filter(pk__in=batch).prefetch_related("role_grants")
        user_by_key.update({user.pk: user for user in people})
    return user_by_key


def _memberships(users: Mapping[int, User], today: dt.date) -> dict[int, list[Membership]]:
    memberships_by_user: dict[int, list[Membership]] = defaultdict(list)
    for batch in in_batches(users):
        rows = Membership.objects.on(day=today).filter(user__in=batch)
        for row in rows.select_related("class_group"):
            memberships_by_user[row.user_id].append(row)
    return memberships_by_user


def _needed_in_roles(users: Collection[User]) -> set[int]:
    """Return the keys of those whose work to come needs a role that they have."""
    needed: set[int] = set()
    for role in Role:
        needed |= keys_in_need([user for user in users if role in user.roles], role)
    return needed


def _reason_to_stay(
    user: User,
    memberships: Sequence[Membership],
    group_ids: Collection[int],
    *,
    is_needed: bool,
    by: User | None,
) -> RosterStayReason | None:
    if by is not None and user.pk == by.pk:
        return RosterStayReason.ONESELF
    if not user.is_ordinary:
        return RosterStayReason.POWER
    if is_needed:
        return RosterStayReason.TEACHES
    # The file says nothing of who belongs to those.
    others = [row for row in memberships if row.class_group_id not in group_ids]
    if any(row.class_group.archived_at is None for row in others):
        return RosterStayReason.ELSEWHERE
    return None
