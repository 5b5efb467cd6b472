"""People from a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.enums import ORDINARY_ROLES, AuditKind
from accounts.models import AuditEntry, User
from accounts.names import name_taken_words, sign_in_name
from accounts.selectors.people import superuser_names
from accounts.services import audit, people
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused
from schedule.imports.lookups import (
    class_groups_by_name,
    people_by_sign_in_name,
    people_by_username,
)
from schedule.imports.results import ImportResult, in_batches
from schedule.imports.user_rows import COLUMNS, UserWish, read_user_rows
from schedule.models import ClassGroup, Membership
from schedule.services.class_groups import kind_of_member, set_class_groups

# (class group, kind, last day) of each membership that is not over.
OpenMembership = tuple[int, str, dt.date | None]


def import_users(data: bytes, *, by: User | None = None, dry_run: bool = False) -> ImportResult:
    """Create and change people as the file says: all of it, or nothing when a row is at fault.

    `by` is who imports in a page: without the superuser's flag they bring in and change nobody but
    students and teachers. A command may do all. Importing a file again changes nothing.

    Raises:
        SheetRefused: with every fault that was found.
    """
    faults: list[SheetFault] = []
    wishes = read_user_rows(read_sheet(data, COLUMNS, faults), faults)
    # Hashing is slow on purpose, so it happens before the transaction, which others wait for.
    hashes = {} if dry_run or faults else _hashes_of_new(wishes)
    with transaction.atomic():
        importing = _UserImport(wishes, hashes, by)
        faults.extend(importing.find_faults(faults))
        if faults:
            raise SheetRefused(faults)
        result = importing.write()
        if dry_run:
            transaction.set_rollback(True)
        elif result.changes_anything:
            importing.write_audit(result)
    return result


def _hashes_of_new(wishes: Sequence[UserWish]) -> dict[str, str]:
    with_password = [wish for wish in wishes if wish.password]
    known = people_by_username(wish.username for wish in with_password)
    return {
        wish.username: make_password(wish.password)
        for wish in with_password
        if wish.username not in known
    }


@dataclass(frozen=True, slots=True)
class _UserImport:
    wishes: Sequence[UserWish]
    hashes: dict[str, str]
    by: User | None
    # One of each person who came, or whose roles changed: written together in the end.
    audit_entries: list[AuditEntry] = field(default_factory=list)

    @property
    def may_do_all(self) -> bool:
        return self.by is None or self.by.is_superuser

    def find_faults(self, told: Sequence[SheetFault]) -> list[SheetFault]:
        """What is wrong beside what is told already; a cell is not blamed twice."""
        blamed = {(fault.line, fault.column) for fault in told}
        known = people_by_username(wish.username for wish in self.wishes)
        new = [wish for wish in self.wishes if wish.username not in known]
        faults = _faults_of_namesakes(new)
        superusers = "" if self.may_do_all else superuser_names()
        for wish in self.wishes:
            user = known.get(wish.username)
            faults.extend(_faults_of_new(wish) if user is None else ())
            if not self.may_do_all:
                faults.extend(_faults_of_power(wish, user, superusers))
        return [fault for fault in faults if (fault.line, fault.column) not in blamed]

    def write(self) -> ImportResult:
        known = people_by_username(wish.username for wish in self.wishes)
        groups = class_groups_by_name(name for wish in self.wishes for name in wish.class_groups)
        memberships = _open_memberships(known.values())
        result = ImportResult()
        for wish in self.wishes:
            user = known.get(wish.username)
            wanted = [groups[name] for name in wish.class_groups]
            if user is None:
                self._add(wish, wanted)
                result.added += 1
            elif _change(user, wish, wanted, memberships[user.pk], self):
                result.changed += 1
            else:
                result.unchanged += 1
        return result

    def _add(self, wish: UserWish, class_groups: list[ClassGroup]) -> None:
        try:
            user = people.create_person(
                username=wish.username,
                display_name=wish.display_name,
                roles=wish.roles,
                by=self.by,
                audit_into=self.audit_entries,
                password_hash=self.hashes.get(wish.username),
            )
        except ValidationError as err:
            # Somebody came in by that name since the file was looked through.
            raise SheetRefused([SheetFault(wish.line, "username", *err.messages)]) from err
        if class_groups:
            set_class_groups(user, class_groups, today=timezone.localdate())

    def write_audit(self, result: ImportResult) -> None:
        audit.write(self.audit_entries)
        audit.record(AuditKind.PEOPLE_IMPORTED, by=self.by, details=asdict(result))


def _faults_of_new(wish: UserWish) -> list[SheetFault]:
    missing = [("display_name", wish.display_name), ("role", wish.roles)]
    reason = gettext("a new person needs this cell")
    return [SheetFault(wish.line, column, reason) for column, value in missing if not value]


def _faults_of_namesakes(new: Sequence[UserWish]) -> list[SheetFault]:
    """New people whose name sign-in would take for somebody's, here or further up in the file."""
    namesakes = people_by_sign_in_name(wish.username for wish in new)
    first: dict[str, UserWish] = {}
    faults: list[SheetFault] = []
    for wish in new:
        name = sign_in_name(wish.username)
        earlier = first.setdefault(name, wish)
        if name in namesakes:
            faults.append(SheetFault(wish.line, "username", name_taken_words(namesakes[name])))
        elif earlier is not wish:
            reason = gettext(
                "%(username)s in line %(line)s is the same name, but for upper and lower case"
            ) % {"username": earlier.username, "line": earlier.line}
            faults.append(SheetFault(wish.line, "username", reason))
    return faults


def _faults_of_power(wish: UserWish, user: User | None, superusers: str) -> list[SheetFault]:
    """What only a superuser may do: give roles beyond student and teacher, or touch who has them."""
    faults: list[SheetFault] = []
    held = user.roles if user is not None else frozenset()
    if (wish.roles - ORDINARY_ROLES) - held:
        reason = gettext("only a superuser may give this role: %(names)s")
        faults.append(SheetFault(wish.line, "role", reason % {"names": superusers}))
    elif user is not None and (user.is_superuser or held - ORDINARY_ROLES) and _differs(user, wish):
        reason = gettext("only a superuser may change this person: %(names)s")
        faults.append(SheetFault(wish.line, "username", reason % {"names": superusers}))
    return faults


def _differs(user: User, wish: UserWish) -> bool:
    has_new_name = bool(wish.display_name) and wish.display_name != user.display_name
    return has_new_name or (bool(wish.roles) and wish.roles != user.roles)


def _open_memberships(users: Iterable[User]) -> dict[int, set[OpenMembership]]:
    today = timezone.localdate()
    found: dict[int, set[OpenMembership]] = defaultdict(set)
    for batch in in_batches(user.pk for user in users):
        for row in Membership.objects.not_over(day=today).filter(user__in=batch):
            found[row.user_id].add((row.class_group_id, row.kind, row.to_date))
    return found


def _change(
    user: User,
    wish: UserWish,
    class_groups: list[ClassGroup],
    memberships: set[OpenMembership],
    importing: _UserImport,
) -> bool:
    changed = False
    if wish.display_name and wish.display_name != user.display_name:
        people.rename_person(user, display_name=wish.display_name)
        changed = True
    if wish.roles and wish.roles != user.roles:
        entries = importing.audit_entries
        people.set_roles(user, wish.roles, by=importing.by, audit_into=entries)
        changed = True
    kind = kind_of_member(user)
    wanted = {(group.pk, str(kind), None) for group in class_groups}
    if class_groups and wanted != memberships:
        changed |= set_class_groups(user, class_groups, today=timezone.localdate())
    return changed
