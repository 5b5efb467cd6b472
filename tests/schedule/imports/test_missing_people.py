"""Students who are missing in a file: deactivated when somebody chooses so, within the file's class groups."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from edu_platform.lib.versions import NotAsShown
from schedule.imports.user_plans import RosterStayReason
from schedule.imports.user_spreadsheet import (
    UserImportOptions,
    check_users,
    import_users,
)
from schedule.models import ClassGroup
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory, MembershipFactory
from tests.support.commands import run_with
from tests.support.sheets import csv_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("a command of the contract")]

HEAD = "username,display_name,role,class_groups"
ROW = "student,王小明,student,三年级1班"
FILE = csv_of(HEAD, ROW)
MISSING = UserImportOptions(deactivates_missing=True)


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


def member(class_group: ClassGroup, username: str, **fields: Any) -> User:
    membership = {name: fields.pop(name) for name in ("kind", "to_date") if name in fields}
    user = UserFactory.create(username=username, display_name=f"名{username}", **fields)
    MembershipFactory.create(user=user, class_group=class_group, **membership)
    return user


def judged(by: User | None = None) -> dict[str, RosterStayReason | None]:
    check = check_users(FILE, by=by, options=MISSING)
    return {each.user.username: each.stays for each in check.missing or ()}


@pytest.fixture
def left(class_group: ClassGroup, student: User) -> User:
    """A student of the class group who is not in the file."""
    return member(class_group, "left")


class TestWhoIsMissing:
    def test_is_a_student_of_a_class_group_in_the_file_who_is_not_in_it(
        self, left: User, outsider: User
    ):
        assert judged() == {"left": None}

    def test_is_nobody_unless_somebody_asks(self, left: User):
        assert check_users(FILE).missing is None
        import_users(FILE)
        left.refresh_from_db()
        assert left.is_active

    def test_is_no_class_teacher_and_nobody_who_left_or_is_deactivated(
        self, student: User, class_group: ClassGroup
    ):
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        member(class_group, "li", roles=[Role.TEACHER], kind="class_teacher")
        member(class_group, "gone", to_date=yesterday)
        member(class_group, "closed", is_active=False)

        assert judged() == {}

    def test_is_not_who_stands_in_it_in_other_letters(self, student: User, class_group: ClassGroup):
        member(class_group, "hong")
        file = csv_of(HEAD, ROW, "HONG,名hong,student,三年级1班")

        assert check_users(file, options=MISSING).missing == []

    def test_stays_with_another_role_or_in_another_class_group(
        self, student: User, class_group: ClassGroup, other_class_group: ClassGroup
    ):
        member(class_group, "boss", roles=[Role.STUDENT, Role.PLANNER])
        member(class_group, "sup", roles=[Role.STUDENT, Role.SUPERVISOR])
        member(class_group, "root", is_superuser=True)
        both = member(class_group, "both")
        MembershipFactory.create(user=both, class_group=other_class_group)
        teaching = member(class_group, "teaching", roles=[Role.STUDENT, Role.TEACHER])
        LessonFactory.create(teacher=teaching, class_groups=[other_class_group])
        member(class_group, "idle", roles=[Role.STUDENT, Role.TEACHER])

        assert judged() == {
            "boss": RosterStayReason.POWER,
            "sup": RosterStayReason.POWER,
            "root": RosterStayReason.POWER,
            "both": RosterStayReason.ELSEWHERE,
            "teaching": RosterStayReason.TEACHES,
            "idle": None,
        }

    def test_is_deactivated_when_the_other_class_group_is_archived(self, left: User):
        old = ClassGroupFactory.create(archived_at=timezone.now())
        MembershipFactory.create(user=left, class_group=old)

        assert judged() == {"left": None}

    def test_is_never_who_imports(self, left: User):
        assert judged(by=left) == {"left": RosterStayReason.ONESELF}

    def test_costs_as_many_queries_as_one(self, left: User, class_group: ClassGroup):
        def queries() -> int:
            with CaptureQueriesContext(connection) as counted:
                judged()
            return len(counted)

        of_one = queries()
        for number in range(40):
            member(class_group, f"m{number}")

        assert queries() == of_one


class TestDeactivating:
    def test_is_audited_in_the_name_of_who_imports(self, left: User, planner: User):
        result = import_users(FILE, by=planner, options=MISSING).result()

        left.refresh_from_db()
        assert not left.is_active
        assert result.deactivated == 1
        (entry,) = AuditEntry.objects.filter(kind=AuditKind.PERSON_DEACTIVATED)
        assert (entry.actor, entry.person) == (planner, left)

    def test_again_changes_nothing(self, left: User):
        import_users(FILE, options=MISSING)

        again = import_users(FILE, options=MISSING).result()

        assert str(again) == "added=0 changed=0 unchanged=1 deactivated=0"

    def test_is_refused_when_others_are_missing_than_were_seen(
        self, left: User, class_group: ClassGroup
    ):
        data = csv_of(HEAD, ROW, "new,新同学,student,三年级1班")
        seen = UserImportOptions(
            deactivates_missing=True, known=check_users(data, options=MISSING).version
        )
        member(class_group, "later")

        with pytest.raises(NotAsShown):
            import_users(data, options=seen)

        left.refresh_from_db()
        assert left.is_active
        assert not User.objects.filter(username="new").exists()

    def test_who_moves_within_the_file_stays(self, left: User, other_class_group: ClassGroup):
        file = csv_of(HEAD, ROW, "left,名left,student,三年级2班")

        assert import_users(file, options=MISSING).result().deactivated == 0


class TestReactivating:
    @pytest.fixture
    def closed(self, student: User) -> User:
        student.is_active = False
        student.save()
        return student

    def test_is_not_done_silently(self, closed: User):
        check = import_users(FILE)

        closed.refresh_from_db()
        assert not closed.is_active
        assert [plan.stays_deactivated for plan in check.plans] == [True]
        assert str(check.result()) == "added=0 changed=0 unchanged=1"

    def test_is_a_change_that_somebody_chose(self, closed: User, planner: User):
        options = UserImportOptions(reactivates=True)

        first = import_users(FILE, by=planner, options=options).result()
        second = import_users(FILE, by=planner, options=options).result()

        closed.refresh_from_db()
        assert closed.is_active
        assert (first.changed, second.changed) == (1, 0)
        (entry,) = AuditEntry.objects.filter(kind=AuditKind.PERSON_REACTIVATED)
        assert (entry.actor, entry.person) == (planner, closed)

    def test_of_who_has_power_is_a_superuser_s(self, planner: User, supervisor: User):
        supervisor.is_active = False
        supervisor.save()
        file = csv_of(HEAD, "supervisor,,,")

        check = check_users(file, by=planner, options=UserImportOptions(reactivates=True))

        assert [(fault.line, fault.column) for fault in check.faults] == [(2, "username")]


class TestCommand:
    def test_dry_run_lists_them_before_the_counts(self, left: User, tmp_path: Path):
        outcome = run_with("import_users", tmp_path, FILE, "--deactivate-missing", "--dry-run")

        assert outcome.stdout.splitlines() == [
            "deactivate left 名left",
            "added=0 changed=0 unchanged=1 deactivated=1",
        ]
        left.refresh_from_db()
        assert left.is_active

    def test_says_who_stays_and_why(self, left: User, tmp_path: Path, supervisor: User):
        left.role_grants.create(role=Role.SUPERVISOR)

        outcome = run_with("import_users", tmp_path, FILE, "--deactivate-missing")

        assert outcome.stdout.splitlines() == [
            "keep left 名left: has another role than student or teacher",
            "added=0 changed=0 unchanged=1 deactivated=0",
        ]

    def test_deactivates_and_activates_again(self, left: User, tmp_path: Path):
        gone = run_with("import_users", tmp_path, FILE, "--deactivate-missing")
        file = csv_of(HEAD, ROW, "left,,,三年级1班")
        stays = run_with("import_users", tmp_path, file)
        back = run_with("import_users", tmp_path, file, "--reactivate")

        assert gone.stdout.splitlines()[-1] == "added=0 changed=0 unchanged=1 deactivated=1"
        assert stays.stdout.splitlines() == [
            "closed left 名left: the account is deactivated, and stays so",
            "added=0 changed=0 unchanged=2",
        ]
        assert back.stdout.splitlines() == ["added=0 changed=1 unchanged=1"]
        left.refresh_from_db()
        assert left.is_active

    def test_file_at_fault_deactivates_nobody(self, left: User, tmp_path: Path):
        outcome = run_with(
            "import_users", tmp_path, csv_of(HEAD, ROW, "x,,student,"), "--deactivate-missing"
        )

        assert (outcome.code, outcome.stdout, outcome.faults) == (1, "", ["3:display_name"])
        left.refresh_from_db()
        assert left.is_active
