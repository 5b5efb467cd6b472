"""Taking an import of people back, as far as nothing has come of it.

Accounts that came with it, that nobody has signed in to and that nothing names are deleted. Of everybody else goes
back what the import changed and nobody has changed since: names, roles, activity, memberships that began or ended.
Everything that stays is said, with why. What is about to be deleted or changed is locked first, and looked at again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Exists, ManyToOneRel, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.hooks import keys_in_need
from accounts.models import (
    AuditEntry,
    ClassroomIdentity,
    Notice,
    RoleGrant,
    Session,
    User,
)
from accounts.services.appointing import is_about_power, may_give_role, may_look_after
from edu_platform.lib.batches import in_batches
from edu_platform.lib.progress import Phase, counted
from schedule.imports.people_states import (
    ACTIVE,
    MEMBERSHIPS,
    NAME,
    ROLES,
    PersonState,
    people_as_they_are,
)
from schedule.models import (
    FetName,
    ImportedFile,
    ImportedPerson,
    LastEntry,
    Membership,
    WeeklyLesson,
    WeeklyLessonAssistant,
)

# What an account has by itself, and what an import writes with it: these are nobody's work.
OF_ACCOUNT = (RoleGrant, ClassroomIdentity, Notice, ImportedPerson, Membership, FetName)


class StayReason(models.TextChoices):
    """The reasons for which something of an import of people stays."""

    SIGNED_IN = "signed_in", _("has signed in")
    NAMED = "named", _("is named by lessons or other things")
    CHANGED = "changed", _("was changed again since")
    TEACHES = "teaches", _("has lessons to teach, so the role stays")
    ENTERED = "entered", _("has entered a class of this class group")
    MEMBER_AGAIN = "member_again", _("is in this class group again")
    NOT_YOURS = "not_yours", _("has power that is not yours to change")
    IN_USE = "in_use", _("is being used at this moment: try again")


@dataclass(frozen=True, slots=True)
class Stays:
    user: User
    reason: StayReason
    # The column that stays; empty: the account.
    column: str = ""


@dataclass(slots=True)
class Restoring:
    """Hold what goes back of one person."""

    user: User
    name: str | None = None
    roles: frozenset[Role] | None = None
    is_active: bool | None = None
    begun: list[Membership] = field(default_factory=list)
    # Memberships with the days that they had.
    periods: list[Membership] = field(default_factory=list)
    # Memberships of which nothing was left.
    gone: list[Membership] = field(default_factory=list)

    def __bool__(self) -> bool:
        changes = (self.name, self.roles, self.is_active)
        return any(change is not None for change in changes) or bool(
            self.begun or self.periods or self.gone
        )

    def effects(self) -> tuple[object, ...]:
        memberships = [
            [row.pk for row in self.begun],
            [(row.pk, row.from_date, row.to_date) for row in self.periods],
            [(row.class_group_id, row.kind, row.from_date, row.to_date) for row in self.gone],
        ]
        roles = None if self.roles is None else sorted(self.roles)
        return self.user.pk, self.name, roles, self.is_active, memberships


@dataclass(slots=True)
class PeopleUndoing:
    deleted: list[User] = field(default_factory=list)
    restored: list[Restoring] = field(default_factory=list)
    stays: list[Stays] = field(default_factory=list)
    # So many of the deleted are known to the cloud.
    known_to_cloud: int = 0

    @property
    def changes_anything(self) -> bool:
        return bool(self.deleted or self.restored)

    @property
    def touches_power(self) -> bool:
        """Tell whether roles with power over others are given or taken."""
        changed = (
            restoring.roles ^ restoring.user.roles
            for restoring in self.restored
            if restoring.roles is not None
        )
        return is_about_power(*(user.roles for user in self.deleted), *changed)

    def effects(self) -> tuple[object, ...]:
        """Return what a version is made of."""
        return (
            [user.pk for user in self.deleted],
            [restoring.effects() for restoring in self.restored],
            [(stays.user.pk, str(stays.reason), stays.column) for stays in self.stays],
        )


def undoing_of_people(
    file: ImportedFile,
    *,
    by: User | None,
    without: Collection[int] = (),
    going: QuerySet[Any, Any] | None = None,
) -> PeopleUndoing:
    """Return what undoing the import would do; a number of queries that hardly grows with it.

    `without`: the keys of people who are in use, and so stay. `going`: those of weekly lessons that are undone too.
    """
    rows = list(file.people.order_by("pk"))
    users = _users(row.user_id for row in rows)
    states = people_as_they_are(users)
    new = [row for row in rows if row.before is None]
    reasons = _reasons(users, new, states, by=by, going=going)
    reasons |= dict.fromkeys(without, StayReason.IN_USE)
    memberships = _memberships(rows)
    entered = _entered(row.user_id for row in rows)
    needed = _needed_in_given_roles(rows, users)
    undoing = PeopleUndoing()
    for row in counted(rows, Phase.COMPARING, len(rows)):
        user = users.get(row.user_id)
        if user is None:
            continue
        if row.before is None and user.pk not in reasons:
            undoing.deleted.append(user)
            continue
        look = _Look(
            user,
            row,
            states[user.pk],
            memberships[user.pk],
            entered.get(user.pk),
            is_needed=user.pk in needed,
            by=by,
        )
        if user.pk in reasons:
            look.stays.append(Stays(user, reasons[user.pk]))
        if user.pk not in without:
            look.go_back()
        undoing.stays += look.stays
        if look.restoring:
            undoing.restored.append(look.restoring)
    undoing.known_to_cloud = _count_known(undoing.deleted)
    return undoing


def _users(keys: Iterable[int]) -> dict[int, User]:
    users: dict[int, User] = {}
    for some in in_batches(keys):
        rows = User.objects.get_queryset().filter(pk__in=some).order_by("pk")
        users.update({user.pk: user for user in rows.prefetch_related("role_grants")})
    return users


def _count_known(users: Sequence[User]) -> int:
    count = 0
    for some in in_batches(user.pk for user in users):
        identities = ClassroomIdentity.objects.filter(user__in=some).exclude(classroom_user_id="")
        count += identities.count()
    return count


# --- New people -------------------------------------------------------------------------------------


def _reasons(
    users: Mapping[int, User],
    new: Sequence[ImportedPerson],
    states: Mapping[int, PersonState],
    *,
    by: User | None,
    going: QuerySet[Any, Any] | None,
) -> dict[int, StayReason]:
    """Return by key why somebody who came with the import stays; the gravest reason of each."""
    reasons: dict[int, StayReason] = {}
    keys = [row.user_id for row in new if row.user_id in users]
    for row in new:
        user = users.get(row.user_id)
        if user is None:
            continue
        if states[user.pk] != row.after:
            reasons[user.pk] = StayReason.CHANGED
        if not all(may_give_role(by, role, user) for role in user.roles):
            reasons[user.pk] = StayReason.NOT_YOURS
        if user.is_superuser:
            reasons[user.pk] = StayReason.NOT_YOURS
    for some in in_batches(keys):
        accounts = User.objects.get_queryset().filter(pk__in=some).order_by()
        named = accounts.filter(_is_named(going)).values_list("pk", flat=True)
        reasons.update(dict.fromkeys(named, StayReason.NAMED))
        has_acted = Exists(AuditEntry.objects.filter(actor=OuterRef("pk")))
        has_session = Exists(Session.objects.filter(user=OuterRef("pk")))
        signed_in = accounts.filter(Q(last_login__isnull=False) | Q(has_acted) | Q(has_session))
        reasons.update(dict.fromkeys(signed_in.values_list("pk", flat=True), StayReason.SIGNED_IN))
    return reasons


def _is_named(going: QuerySet[Any, Any] | None) -> Q:
    """Return whether any other row names a person, those of higher apps too, but for weekly lessons that go."""
    named = Q()
    for relation in User._meta.get_fields(include_hidden=True):  # noqa: SLF001 -- as documented by Django
        if isinstance(relation, ManyToOneRel) and not _is_of_account(relation):
            rows = relation.related_model._base_manager.filter(  # noqa: SLF001 -- as above
                **{relation.field.name: OuterRef("pk")}
            )
            if going is not None and relation.related_model is WeeklyLesson:
                rows = rows.exclude(pk__in=going.exclude(weekly_lesson=None))
            elif going is not None and relation.related_model is WeeklyLessonAssistant:
                rows = rows.exclude(weekly_lesson__in=going.exclude(weekly_lesson=None))
            named |= Q(Exists(rows))
    return named


def _is_of_account(relation: ManyToOneRel) -> bool:
    if relation.related_model is AuditEntry:
        return relation.field.name == "person"
    return relation.related_model in OF_ACCOUNT


# --- Those who were there before, and those who stay ------------------------------------------------


def _memberships(rows: Sequence[ImportedPerson]) -> dict[int, list[Membership]]:
    memberships: dict[int, list[Membership]] = defaultdict(list)
    for keys in in_batches(row.user_id for row in rows):
        for membership in Membership.objects.filter(user__in=keys).select_related("class_group"):
            memberships[membership.user_id].append(membership)
    return memberships


def _entered(keys: Iterable[int]) -> dict[int, set[int]]:
    """Return by person the class groups of the class that they entered last."""
    groups: dict[int, set[int]] = defaultdict(set)
    for some in in_batches(keys):
        entries = LastEntry.objects.filter(user__in=some)
        for user_id, group_id in entries.values_list("user", "lesson__class_groups"):
            groups[user_id].add(group_id)
    return groups


def _needed_in_given_roles(rows: Sequence[ImportedPerson], users: Mapping[int, User]) -> set[int]:
    """Return the keys of those whose work to come needs a role that the import gave them."""
    people_by_role: dict[Role, list[User]] = defaultdict(list)
    for row in rows:
        if row.before is not None and row.user_id in users:
            for role in set(row.after.get(ROLES, ())) - set(row.before.get(ROLES, ())):
                people_by_role[Role(role)].append(users[row.user_id])
    needed: set[int] = set()
    for role, people in people_by_role.items():
        needed |= keys_in_need(people, role)
    return needed


class _Look:
    """Return what goes back of one person, and what stays."""

    def __init__(
        self,
        user: User,
        row: ImportedPerson,
        now: PersonState,
        memberships: Sequence[Membership],
        entered: set[int] | None,
        *,
        is_needed: bool,
        by: User | None,
    ) -> None:
        # Whether work to come needs a role that would go.
        self.user, self.is_needed, self.by = user, is_needed, by
        self.before: PersonState = row.before or {}
        self.after: PersonState = row.after
        self.is_new = row.before is None
        self.now, self.memberships, self.entered = now, memberships, entered or set()
        self.restoring, self.stays = Restoring(user), list[Stays]()

    def go_back(self) -> None:
        if not self.is_new:
            for column in (NAME, ROLES, ACTIVE):
                if column in self.after and self._may_go_back(column):
                    self._set(column, self.before[column])
        if MEMBERSHIPS in self.after:
            self._memberships_go_back()

    def _may_go_back(self, column: str) -> bool:
        if self.now[column] != self.after[column]:
            reason = StayReason.CHANGED
        elif not may_look_after(self.by, self.user) or (
            column == ROLES and not self._may_have_roles_back()
        ):
            reason = StayReason.NOT_YOURS
        elif column == ROLES and self.is_needed:
            reason = StayReason.TEACHES
        else:
            return True
        self.stays.append(Stays(self.user, reason, column))
        return False

    def _may_have_roles_back(self) -> bool:
        changing = set(self.before[ROLES]) ^ set(self.after[ROLES])
        return all(may_give_role(self.by, Role(role), self.user) for role in changing)

    def _set(self, column: str, value: Any) -> None:
        match column:
            case "display_name":
                self.restoring.name = value
            case "roles":
                self.restoring.roles = frozenset(map(Role, value))
            case _:
                self.restoring.is_active = value

    def _memberships_go_back(self) -> None:
        before, after = self.before.get(MEMBERSHIPS, {}), self.after[MEMBERSHIPS]
        by_key = {str(row.pk): row for row in self.memberships}
        for key, kept_row in after.items():
            row = by_key.get(key)
            if row is None:
                continue  # somebody has taken it away already
            if self.now[MEMBERSHIPS].get(key) != kept_row:
                self._stays(StayReason.CHANGED)
            elif key not in before:
                self._take_away(row)
            else:
                self._give_days_back(row, before[key])
        for key in before.keys() - after.keys():
            row = _membership_of(self.user, before[key])
            if self._is_member_again(row):
                self._stays(StayReason.MEMBER_AGAIN)
            else:
                self.restoring.gone.append(row)

    def _take_away(self, row: Membership) -> None:
        if row.class_group_id in self.entered:
            self._stays(StayReason.ENTERED)
        else:
            self.restoring.begun.append(row)

    def _give_days_back(self, row: Membership, kept_row: Sequence[Any]) -> None:
        then = _membership_of(self.user, kept_row)
        row.from_date, row.to_date = then.from_date, then.to_date
        if self._is_member_again(row):
            self._stays(StayReason.MEMBER_AGAIN)
        else:
            self.restoring.periods.append(row)

    def _is_member_again(self, row: Membership) -> bool:
        """Tell whether another membership without an end stands where this one would have none either."""
        if row.to_date is not None:
            return False
        going = {begun.pk for begun in self.restoring.begun}
        return any(
            (other.class_group_id, other.kind, other.to_date)
            == (row.class_group_id, row.kind, None)
            and other.pk != row.pk
            and other.pk not in going
            for other in self.memberships
        )

    def _stays(self, reason: StayReason) -> None:
        stays = Stays(self.user, reason, MEMBERSHIPS)
        if stays not in self.stays:
            self.stays.append(stays)


def _membership_of(user: User, kept_row: Sequence[Any]) -> Membership:
    group_id, kind, *days = kept_row
    first, last = (None if day is None else dt.date.fromisoformat(day) for day in days)
    return Membership(user=user, class_group_id=group_id, kind=kind, from_date=first, to_date=last)
