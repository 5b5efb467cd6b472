"""People from a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.enums import ORDINARY_ROLES, AuditKind
from accounts.models import AuditEntry, User
from accounts.names import name_taken_words, sign_in_name
from accounts.selectors.people import superuser_names
from accounts.services import audit, people
from accounts.services.people import NewPerson
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import Remarks, SheetFault, SheetRefused, SheetRemark
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.class_groups.memberships import begin_memberships, set_class_groups
from schedule.enums import RowKind
from schedule.imports.lookups import class_groups_by_name
from schedule.imports.names import taken_as
from schedule.imports.results import ImportResult
from schedule.imports.user_plans import (
    Accounts,
    MissingPerson,
    RowPlan,
    find_accounts,
    find_missing,
    plan_rows,
)
from schedule.imports.user_rows import COLUMNS, UserWish, read_user_rows
from schedule.lessons.named import class_group_spellings
from schedule.models import ClassGroup


@dataclass(frozen=True, slots=True)
class UserImportOptions:
    """Says what is done beside the rows, each because somebody chose it."""

    # Accounts of people in the file that are deactivated become active again.
    reactivates: bool = False
    # Students of the file's class groups who are missing in it are deactivated.
    deactivates_missing: bool = False
    # The version of the list of those who are missing that somebody has looked through; empty: any.
    seen_missing: str = ""


@dataclass(frozen=True, slots=True)
class UserCheck:
    """The changes that an import would make; none when there are faults."""

    plans: Sequence[RowPlan]
    faults: Sequence[SheetFault]
    # None: nobody asked who is missing.
    missing: Sequence[MissingPerson] | None = None
    remarks: Sequence[SheetRemark] = ()

    @property
    def to_deactivate(self) -> list[User]:
        return [person.user for person in self.missing or () if person.stays is None]

    @property
    def version_of_missing(self) -> str:
        """Return the version of the list of those who would be deactivated."""
        return version_of_people(user.pk for user in self.to_deactivate)

    def result(self) -> ImportResult:
        counts = Counter(plan.kind for plan in self.plans)
        return ImportResult(
            added=counts[RowKind.NEW],
            changed=counts[RowKind.CHANGED],
            unchanged=counts[RowKind.UNCHANGED],
            deactivated=None if self.missing is None else len(self.to_deactivate),
            remarks=self.remarks,
        )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a file, and what is wrong with any by itself."""

    wishes: Sequence[UserWish]
    faults: list[SheetFault]
    remarks: Remarks

    @classmethod
    def read(cls, data: bytes) -> _Rows:
        faults: list[SheetFault] = []
        remarks = Remarks()
        rows = read_sheet(data, COLUMNS, faults)
        wishes = read_user_rows(rows, class_group_spellings(), faults, remarks)
        return cls(wishes, faults, remarks)


def version_of_people(user_ids: Iterable[int]) -> str:
    """Return the version of a list of people, in whatever order."""
    return version_of(sorted(user_ids))


NO_OPTIONS = UserImportOptions()


def check_users(
    data: bytes, *, by: User | None = None, options: UserImportOptions = NO_OPTIONS
) -> UserCheck:
    """Return what `import_users` would do, with the faults that stop it.

    Raises:
        SheetRefused: the file cannot be read at all.
    """
    return _check(_Rows.read(data), by=by, options=options)


def import_users(
    data: bytes,
    *,
    by: User | None = None,
    dry_run: bool = False,
    options: UserImportOptions = NO_OPTIONS,
) -> UserCheck:
    """Create and change people as the file says: all of it, or nothing when a row is at fault.

    `by` is who imports in a page: without the superuser's flag they bring in and change nobody but
    students and teachers. A command may do all. Importing a file again changes nothing. Returned is
    what was done, or would be.

    Raises:
        SheetRefused: with every fault that was found.
        NotAsShown: others are missing than those who were seen; with the check of now.
    """
    rows = _Rows.read(data)
    # Hashing is slow on purpose, so it happens before the transaction, which others wait for.
    hashes = {} if dry_run or rows.faults else _hashes_of_new(rows.wishes)
    with transaction.atomic():
        check = _check(rows, by=by, options=options)
        if check.faults:
            raise SheetRefused(check.faults)
        if not dry_run:
            _write(check, hashes, by=by, options=options)
    return check


def _check(rows: _Rows, *, by: User | None, options: UserImportOptions) -> UserCheck:
    today = timezone.localdate()
    accounts = find_accounts(rows.wishes)
    plans = plan_rows(rows.wishes, accounts, reactivates=options.reactivates, today=today)
    faults = [*rows.faults, *_faults_beside(plans, accounts, rows.faults, by=by)]
    missing = None
    if options.deactivates_missing:
        missing = find_missing(rows.wishes, accounts.by_line.values(), by=by, today=today)
    for plan in plans:
        if plan.user is not None and plan.user.username != plan.wish.username:
            reason = taken_as(plan.wish.username, plan.user.username)
            rows.remarks.add(plan.wish.line, "username", reason)
    return UserCheck(plans, sorted(faults), missing, rows.remarks.told())


def _hashes_of_new(wishes: Sequence[UserWish]) -> dict[str, str]:
    with_password = [wish for wish in wishes if wish.password]
    user_by_line = find_accounts(with_password).by_line
    return {
        wish.username: make_password(wish.password)
        for wish in with_password
        if wish.line not in user_by_line
    }


def _write(
    check: UserCheck, hashes: dict[str, str], *, by: User | None, options: UserImportOptions
) -> None:
    require_as_shown(check, options.seen_missing, check.version_of_missing)
    names = (name for plan in check.plans for name in plan.wish.class_groups)
    groups = class_groups_by_name(names)
    _add([plan.wish for plan in check.plans if plan.user is None], groups, hashes, by=by)
    entries: list[AuditEntry] = []
    for plan in check.plans:
        if plan.user is not None and plan.changes:
            wanted = [groups[name] for name in plan.wish.class_groups]
            _change(plan.user, plan.wish, wanted, by=by, audit_into=entries)
    audit.write(entries)
    closed = [plan.user for plan in check.plans if plan.user is not None and plan.reactivates]
    people.reactivate_people(closed, by=by)
    people.deactivate_people(check.to_deactivate, by=by)
    result = check.result()
    if result.changes_anything:
        audit.record(AuditKind.PEOPLE_IMPORTED, by=by, details=result.counts())


def _add(
    wishes: Sequence[UserWish],
    groups: dict[str, ClassGroup],
    hashes: dict[str, str],
    *,
    by: User | None,
) -> None:
    # Somebody may have come in by one of the names since the file was looked through.
    taken = find_accounts(wishes)
    for wish in wishes:
        namesake = taken.by_line.get(wish.line) or taken.namesakes.get(wish.line)
        if namesake is not None:
            raise SheetRefused([SheetFault(wish.line, "username", name_taken_words(namesake))])
    new = [
        NewPerson(wish.username, wish.display_name, wish.roles, hashes.get(wish.username, ""))
        for wish in wishes
    ]
    users = people.create_people(new, by=by)
    begin_memberships(
        (user, [groups[name] for name in wish.class_groups])
        for user, wish in zip(users, wishes, strict=True)
    )


def _change(
    user: User,
    wish: UserWish,
    class_groups: list[ClassGroup],
    *,
    by: User | None,
    audit_into: list[AuditEntry],
) -> None:
    if wish.display_name and wish.display_name != user.display_name:
        people.rename_person(user, display_name=wish.display_name)
    if wish.roles and wish.roles != user.roles:
        people.set_roles(user, wish.roles, by=by, audit_into=audit_into)
    if class_groups:
        set_class_groups(user, class_groups, today=timezone.localdate())


# --- Faults ---------------------------------------------------------------------------------------


def _faults_beside(
    plans: Sequence[RowPlan],
    accounts: Accounts,
    earlier_faults: Sequence[SheetFault],
    *,
    by: User | None,
) -> list[SheetFault]:
    """Return what is wrong beside what is told already; a cell is not blamed twice."""
    blamed = {(fault.line, fault.column) for fault in earlier_faults}
    may_do_all = by is None or by.is_superuser
    superusers = "" if may_do_all else superuser_names()
    faults = _faults_of_namesakes(plans, accounts)
    for plan in plans:
        faults.extend(_faults_of_new(plan.wish) if plan.user is None else ())
        if not may_do_all:
            faults.extend(_faults_of_power(plan, superusers))
    return [fault for fault in faults if (fault.line, fault.column) not in blamed]


def _faults_of_new(wish: UserWish) -> list[SheetFault]:
    missing = [("display_name", wish.display_name), ("role", wish.roles)]
    reason = gettext("a new person needs this cell")
    return [SheetFault(wish.line, column, reason) for column, value in missing if not value]


def _faults_of_namesakes(plans: Sequence[RowPlan], accounts: Accounts) -> list[SheetFault]:
    """Rows whose name sign-in would take for somebody else's, or for the one of a row further up."""
    first: dict[int | str, UserWish] = {}
    faults: list[SheetFault] = []
    for plan in plans:
        wish = plan.wish
        name = sign_in_name(wish.username)
        earlier = first.setdefault(name if plan.user is None else plan.user.pk, wish)
        if wish.line in accounts.namesakes:
            reason = name_taken_words(accounts.namesakes[wish.line])
            faults.append(SheetFault(wish.line, "username", reason))
        elif earlier is not wish:
            reason = gettext(
                "%(username)s in line %(line)s is the same name, but for upper and lower case"
            ) % {"username": earlier.username, "line": earlier.line}
            faults.append(SheetFault(wish.line, "username", reason))
    return faults


def _faults_of_power(plan: RowPlan, superusers: str) -> list[SheetFault]:
    """Refuse what only a superuser may do: give roles beyond student and teacher, or touch who has them."""
    wish, user = plan.wish, plan.user
    held = user.roles if user is not None else frozenset()
    if (wish.roles - ORDINARY_ROLES) - held:
        reason = gettext("only a superuser may give this role: %(names)s")
        return [SheetFault(wish.line, "role", reason % {"names": superusers})]
    is_powerful = user is not None and not user.is_ordinary
    if is_powerful and any(change.column != "class_groups" for change in plan.changes):
        reason = gettext("only a superuser may change this person: %(names)s")
        return [SheetFault(wish.line, "username", reason % {"names": superusers})]
    return []
