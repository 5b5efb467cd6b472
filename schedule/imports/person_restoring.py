"""Working out what goes back of one person when an import of people is undone, and what stays with why.

Name, roles, activity, and memberships that began or ended go back as far as nobody has changed them since.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.hooks import keys_in_need
from accounts.models import User
from accounts.services.appointing import may_give_role, may_look_after
from edu_platform.lib.batches import in_batches
from schedule.imports.people_states import (
    ACTIVE,
    MEMBERSHIPS,
    NAME,
    ROLES,
    PersonState,
    people_as_they_are,
)
from schedule.models import ImportedPerson, LastEntry, Membership


class UndoStayReason(models.TextChoices):
    """The reasons for which something of an import of people stays."""

    SIGNED_IN = "signed_in", _("has signed in")
    NAMED = "named", _("is named by lessons or other things")
    CHANGED = "changed", _("was changed again since")
    TEACHES = "teaches", _("has lessons to teach, so the role stays")
    ENTERED = "entered", _("has entered a class of this class group")
    MEMBER_AGAIN = "member_again", _("is in this class group again")
    NOT_YOURS = "not_yours", _("has power that is not yours to change")
    ONESELF = "oneself", _("is you yourself")
    LAST_SUPERUSER = "last_superuser", _("would leave the school without a superuser")
    IN_USE = "in_use", _("is being used at this moment: try again")


@dataclass(frozen=True, slots=True)
class Stays:
    user: User
    reason: UndoStayReason
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
        account = (self.user.is_ordinary, self.name, roles, self.is_active)
        return self.user.pk, account, memberships


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold by person what decides what goes back of them."""

    states: Mapping[int, PersonState]
    memberships: Mapping[int, Sequence[Membership]]
    # The class groups of the class that somebody entered last.
    entered: Mapping[int, set[int]]
    # The keys of those whose work to come needs a role that the import gave them.
    needed: set[int]
    # The keys of superusers whose accounts the undo would close, where no other superuser would be left.
    last_superusers: set[int]


def read_facts(rows: Sequence[ImportedPerson], users: Mapping[int, User]) -> Facts:
    """Read them by a number of queries that hardly grows with the people."""
    return Facts(
        states=people_as_they_are(users),
        memberships=_memberships(rows),
        entered=_entered(row.user_id for row in rows),
        needed=_needed_in_given_roles(rows, users),
        last_superusers=_last_superusers(rows),
    )


def restoring_of(
    user: User, row: ImportedPerson, facts: Facts, *, by: User | None
) -> tuple[Restoring, list[Stays]]:
    """Return what goes back of somebody, and what stays of what the import changed."""
    look = _Look(user, row, facts, by=by)
    look.go_back()
    return look.restoring, look.stays


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


def _last_superusers(rows: Sequence[ImportedPerson]) -> set[int]:
    """Return the keys of the superusers whom the import activated again, if there are no others."""
    closing = {row.user_id for row in rows if row.before is not None and _closes(row.before)}
    superusers = User.objects.active().filter(is_superuser=True)
    keys = set(superusers.values_list("pk", flat=True)) if closing else set()
    return keys if keys <= closing else set()


def _closes(before: PersonState) -> bool:
    return before.get(ACTIVE) is False


class _Look:
    """Work out what goes back of one person, and what stays."""

    def __init__(self, user: User, row: ImportedPerson, facts: Facts, *, by: User | None) -> None:
        self.user, self.by = user, by
        self.before: PersonState = row.before or {}
        self.after: PersonState = row.after
        self.is_new = row.before is None
        self.now, self.memberships = facts.states[user.pk], facts.memberships.get(user.pk, ())
        self.entered = facts.entered.get(user.pk, set())
        self.is_needed = user.pk in facts.needed
        self.is_last_superuser = user.pk in facts.last_superusers
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
            reason = UndoStayReason.CHANGED
        elif not may_look_after(self.by, self.user) or (
            column == ROLES and not self._may_have_roles_back()
        ):
            reason = UndoStayReason.NOT_YOURS
        elif column == ROLES and self.is_needed:
            reason = UndoStayReason.TEACHES
        elif column == ACTIVE and (why := self._why_not_closed()) is not None:
            reason = why
        else:
            return True
        self.stays.append(Stays(self.user, reason, column))
        return False

    def _why_not_closed(self) -> UndoStayReason | None:
        """Return why the account is not deactivated again; None also where it is to be activated."""
        if self.before[ACTIVE]:
            return None
        if self.by is not None:
            # Superusers alone close those of superusers, and their own stays.
            return UndoStayReason.ONESELF if self.user.pk == self.by.pk else None
        return UndoStayReason.LAST_SUPERUSER if self.is_last_superuser else None

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
                self._stays(UndoStayReason.CHANGED)
            elif key not in before:
                self._take_away(row)
            else:
                self._give_days_back(row, before[key])
        for key in before.keys() - after.keys():
            row = membership_of(self.user, before[key])
            if self._is_member_again(row):
                self._stays(UndoStayReason.MEMBER_AGAIN)
            else:
                self.restoring.gone.append(row)

    def _take_away(self, row: Membership) -> None:
        if row.class_group_id in self.entered:
            self._stays(UndoStayReason.ENTERED)
        else:
            self.restoring.begun.append(row)

    def _give_days_back(self, row: Membership, kept_row: Sequence[Any]) -> None:
        then = membership_of(self.user, kept_row)
        row.from_date, row.to_date = then.from_date, then.to_date
        if self._is_member_again(row):
            self._stays(UndoStayReason.MEMBER_AGAIN)
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

    def _stays(self, reason: UndoStayReason) -> None:
        stays = Stays(self.user, reason, MEMBERSHIPS)
        if stays not in self.stays:
            self.stays.append(stays)


def membership_of(user: User, kept_row: Sequence[Any]) -> Membership:
    group_id, kind, *days = kept_row
    first, last = (None if day is None else dt.date.fromisoformat(day) for day in days)
    return Membership(user=user, class_group_id=group_id, kind=kind, from_date=first, to_date=last)
