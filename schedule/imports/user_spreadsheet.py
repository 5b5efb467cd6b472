"""People from a spreadsheet."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django.utils.translation import gettext

from accounts.enums import AuditKind, Role
from accounts.erasing.earlier_usernames import days_erased, new_person_question
from accounts.models import RoleGrant, User
from accounts.names import name_taken_words
from accounts.services import audit, leaving, people
from accounts.services.people import NewPerson
from edu_platform.lib.batches import in_batches
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.progress import Phase, counted, report
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import (
    Remarks,
    SheetFault,
    SheetRefused,
    SheetRemark,
    refuse_file,
)
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.class_groups.memberships import begin_memberships, set_class_groups_of_people
from schedule.enums import ImportTopic, RowKind
from schedule.imports.lookups import class_groups_by_name, known_class_groups
from schedule.imports.made_names import MadeNames
from schedule.imports.names import taken_as
from schedule.imports.new_names import NewName, names_made
from schedule.imports.people_states import people_as_they_are
from schedule.imports.records import FileSource, record_file, record_people
from schedule.imports.results import ImportResult
from schedule.imports.roster_power import faults_of_power, power_in_rows
from schedule.imports.user_faults import faults_beside
from schedule.imports.user_plans import (
    MissingPerson,
    RowPlan,
    find_accounts,
    find_missing,
    plan_rows,
    swapped_names,
)
from schedule.imports.user_rows import COLUMNS, UserWish, read_user_rows
from schedule.lessons.named import class_group_spellings
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import ClassGroup

# A person has so many with their role, class group and entries of the log, for the bar.
ROWS_A_PERSON = 4


@dataclass(frozen=True, slots=True)
class UserImportOptions:
    """Says what is done beside the rows, each because somebody chose it."""

    # Accounts of people in the file that are deactivated become active again.
    reactivates: bool = False
    # Students of the file's class groups who are missing in it are deactivated.
    deactivates_missing: bool = False
    # The version of what somebody has looked through: who is missing, and what is new; empty: any.
    known: str = ""


@dataclass(frozen=True, slots=True)
class UserCheck:
    """The changes that an import would make; none when there are faults."""

    plans: Sequence[RowPlan]
    faults: Sequence[SheetFault]
    # None: nobody asked who is missing.
    missing: Sequence[MissingPerson] | None = None
    remarks: Sequence[SheetRemark] = ()
    # Class groups that are not there yet.
    new_class_groups: Sequence[str] = ()
    # By line: on which day somebody was erased who had the username of a new person.
    erased_days: Mapping[int, dt.date] = field(default_factory=dict)
    # Once it is done: under this it stands in the history of imports.
    file_code: str = ""

    @property
    def to_deactivate(self) -> list[User]:
        return [person.user for person in self.missing or () if person.stays is None]

    @property
    def version_of_missing(self) -> str:
        """Return the version of the list of those who would be deactivated."""
        return version_of_people(user.pk for user in self.to_deactivate)

    @property
    def new_names(self) -> list[NewName]:
        """Return everybody and all class groups that would be made."""
        new = [plan.wish for plan in self.plans if plan.user is None]
        people = [User(username=wish.username, display_name=wish.display_name) for wish in new]
        return names_made(MadeNames(), people, self.new_class_groups)

    @property
    def swapped(self) -> list[tuple[int, User]]:
        """Return the lines that give somebody the name of another one in the file, and who that is."""
        return list(swapped_names(self.plans))

    @property
    def version(self) -> str:
        """Return the version of what a page lists of it and asks to be confirmed, and of the power that it is about."""
        missing = "" if self.missing is None else self.version_of_missing
        swapped = [(line, other.pk) for line, other in self.swapped]
        erased = sorted(self.erased_days)
        return version_of(missing, self.new_names, swapped, erased, power_in_rows(self.plans))

    def result(self) -> ImportResult:
        counts = Counter(plan.kind for plan in self.plans)
        return ImportResult(
            added=counts[RowKind.NEW],
            changed=counts[RowKind.CHANGED],
            unchanged=counts[RowKind.UNCHANGED],
            deactivated=None if self.missing is None else len(self.to_deactivate),
            remarks=self.remarks,
            new_names=self.new_names,
            file_code=self.file_code,
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
    file_name: str = "",
    write_in: WriteIn = own_transaction,
) -> UserCheck:
    """Create and change people as the file says: all of it, or nothing when a row is at fault.

    `by` is who imports in a page, in whose power it lies which roles they give. A command may do all. Importing a
    file again changes nothing. Returned is what was done, or would be.

    Raises:
        SheetRefused: with every fault that was found.
        NotAsShown: others are missing or new than were shown; with the check of now.
    """
    source = FileSource(file_name, by)
    rows = _Rows.read(data)
    hashes: dict[str, str] = {}

    def attempt() -> UserCheck:
        check = _check(rows, by=by, options=options)
        if check.faults:
            raise SheetRefused(check.faults)
        if not dry_run:
            require_as_shown(check, options.known, check.version)
            _hash_passwords(check, hashes)
            code = _write(check, hashes, source=source, options=options, write_in=write_in)
            check = dataclasses.replace(check, file_code=code)
        return check

    try:
        return trying_again(attempt)
    except ChangedMeanwhile as err:
        reason = gettext("people were changed meanwhile: import the file again")
        raise refuse_file(reason) from err


def _check(rows: _Rows, *, by: User | None, options: UserImportOptions) -> UserCheck:
    today = timezone.localdate()
    report(Phase.COMPARING, 0, len(rows.wishes))
    accounts = find_accounts(rows.wishes)
    names = list(dict.fromkeys(name for wish in rows.wishes for name in wish.class_groups))
    groups = known_class_groups(names)
    plans = plan_rows(rows.wishes, accounts, groups, reactivates=options.reactivates, today=today)
    faults = [*rows.faults, *faults_beside(plans, accounts, rows.faults, by=by)]
    missing = None
    if options.deactivates_missing:
        missing = find_missing(rows.wishes, accounts.by_line.values(), by=by, today=today)
    for plan in plans:
        if plan.user is not None and plan.user.username != plan.wish.username:
            reason = taken_as(plan.wish.username, plan.user.username)
            rows.remarks.add(plan.wish.line, "username", reason)
    for line, other in swapped_names(plans):
        reason = gettext("this is the name of %(person)s until now: are lines shifted?")
        rows.remarks.add(line, "display_name", reason % {"person": other})
    erased_days = _erased_days(plans)
    for line, day in erased_days.items():
        rows.remarks.add(line, "username", new_person_question(day))
    report(Phase.COMPARING, len(rows.wishes), len(rows.wishes))
    new_groups = [name for name in names if name not in groups]
    return UserCheck(
        plans, sorted(faults), missing, rows.remarks.told(), new_groups, erased_days=erased_days
    )


def _erased_days(plans: Sequence[RowPlan]) -> dict[int, dt.date]:
    new = [plan.wish for plan in plans if plan.user is None]
    days = days_erased(wish.username for wish in new)
    return {wish.line: days[wish.username] for wish in new if wish.username in days}


def _hash_passwords(check: UserCheck, hashes: dict[str, str]) -> None:
    """Hash the passwords of new people, by username, as far as they are not hashed yet; slow on purpose."""
    wishes = [plan.wish for plan in check.plans if plan.user is None and plan.wish.password]
    for wish in counted(wishes, Phase.PASSWORDS, len(wishes)):
        if wish.username not in hashes:
            hashes[wish.username] = make_password(wish.password)


# --- Writing --------------------------------------------------------------------------------------


def _write(
    check: UserCheck,
    hashes: Mapping[str, str],
    *,
    source: FileSource,
    options: UserImportOptions,
    write_in: WriteIn,
) -> str:
    """Do what the check says, and return the code of the import in the history; empty where nothing changed.

    Raises:
        ChangedMeanwhile: somebody is another one by now, or other people are missing.
        SheetRefused: somebody came in by one of the names, or who imports is no superuser any more.
    """
    result, by = check.result(), source.by
    units = result.added + result.changed + (result.deactivated or 0)
    with write_in(units, rows_a_unit=ROWS_A_PERSON) as noted:
        names = (name for plan in check.plans for name in plan.wish.class_groups)
        groups, made = class_groups_by_name(names)
        _require_as_checked(check, by=by, options=options)
        changing = [plan.user for plan in check.plans if plan.user and plan.changes]
        there = [person.pk for person in (*changing, *check.to_deactivate)]
        before = people_as_they_are(there)
        new = [plan.wish for plan in check.plans if plan.user is None]
        added = _add(new, groups, hashes, by=by)
        _change(check.plans, groups, by=by)
        leaving.deactivate_people(check.to_deactivate, by=by)
        if result.changes_anything:
            audit.record(AuditKind.PEOPLE_IMPORTED, by=by, details=result.counts())
            made_names = MadeNames(class_groups=made)
            file = record_file(ImportTopic.PEOPLE, source, result.counts(), made=made_names)
            after = people_as_they_are([*there, *(person.pk for person in added)])
            record_people(file, before, after)
            result.file_code = file.code
        noted.update(result.kept())
    return result.file_code


def _require_as_checked(check: UserCheck, *, by: User | None, options: UserImportOptions) -> None:
    """Lock who changes, and look whether people are as they were when the file was checked."""
    wishes = [plan.wish for plan in check.plans]
    changing = sorted(plan.user.pk for plan in check.plans if plan.user and plan.changes)
    for keys in in_batches(changing):
        rows = User.objects.get_queryset().filter(pk__in=keys).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))
    if by is not None:
        # The rights of now: those of the beginning may be minutes old.
        by.refresh_from_db(fields=["is_superuser", "is_active"])
        roles = RoleGrant.objects.filter(user=by).values_list("role", flat=True)
        by.set_known_roles(map(Role, roles))
    if faults := faults_of_power(check.plans, by=by):
        raise SheetRefused(faults)
    accounts = find_accounts(wishes)
    for wish in (plan.wish for plan in check.plans if plan.user is None):
        namesake = accounts.by_line.get(wish.line) or accounts.namesakes.get(wish.line)
        if namesake is not None:
            raise SheetRefused([SheetFault(wish.line, "username", name_taken_words(namesake))])
    for plan in check.plans:
        now = accounts.by_line.get(plan.wish.line)
        if (plan.user and _shape(plan.user)) != (now and _shape(now)):
            raise ChangedMeanwhile
    if options.deactivates_missing:
        today = timezone.localdate()
        missing = find_missing(wishes, accounts.by_line.values(), by=by, today=today)
        now_missing = dataclasses.replace(check, missing=missing)
        if now_missing.version_of_missing != check.version_of_missing:
            raise ChangedMeanwhile


def _shape(user: User) -> tuple[object, ...]:
    power = (user.roles, user.is_superuser)
    return user.pk, user.username, user.display_name, power, user.is_active


def _add(
    wishes: Sequence[UserWish],
    groups: Mapping[str, ClassGroup],
    hashes: Mapping[str, str],
    *,
    by: User | None,
) -> list[User]:
    new = [
        NewPerson(wish.username, wish.display_name, wish.roles, hashes.get(wish.username, ""))
        for wish in wishes
    ]
    users = people.create_people(new, by=by)
    begin_memberships(
        (user, [groups[name] for name in wish.class_groups])
        for user, wish in zip(users, wishes, strict=True)
    )
    return users


def _change(plans: Sequence[RowPlan], groups: Mapping[str, ClassGroup], *, by: User | None) -> None:
    """Change who is there, each kind of change for all of them by few statements."""
    changing = [(plan.user, plan.wish) for plan in plans if plan.user is not None and plan.changes]
    people.rename_people(
        [
            (user, wish.display_name)
            for user, wish in changing
            if wish.display_name and wish.display_name != user.display_name
        ]
    )
    other_roles = [
        (user, wish.roles) for user, wish in changing if wish.roles and wish.roles != user.roles
    ]
    people.set_roles_of_people(other_roles, by=by)
    set_class_groups_of_people(
        [
            (user, [groups[name] for name in wish.class_groups])
            for user, wish in changing
            if wish.class_groups
        ],
        today=timezone.localdate(),
    )
    closed = [plan.user for plan in plans if plan.user is not None and plan.reactivates]
    leaving.reactivate_people(closed, by=by)
