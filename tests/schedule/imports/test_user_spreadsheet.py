from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, IdentityState, Role
from accounts.models import AuditEntry, ClassroomIdentity, User
from edu_platform.lib.spreadsheets.headings import headings_in
from edu_platform.lib.spreadsheets.rows import Column, SheetRefused
from schedule.enums import MembershipKind
from schedule.imports.lesson_rows import COLUMNS as LESSONS
from schedule.imports.lookups import class_groups_by_name
from schedule.imports.user_rows import COLUMNS as PEOPLE
from schedule.imports.user_spreadsheet import import_users
from schedule.models import ClassGroup, Membership
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory
from tests.support.commands import run, run_with
from tests.support.sheets import csv_of, xlsx_of

pytestmark = pytest.mark.django_db

HEAD = "username,display_name,role,class_groups,password"


def faults_of(*rows: str, by: User | None = None) -> list[tuple[int, str]]:
    with pytest.raises(SheetRefused) as refused:
        import_users(csv_of(HEAD, *rows), by=by)
    return [(fault.line, fault.column) for fault in refused.value.faults]


def counts_of(*rows: str, by: User | None = None) -> tuple[int, int, int]:
    result = import_users(csv_of(HEAD, *rows), by=by).result()
    return result.added, result.changed, result.unchanged


def open_groups(username: str) -> set[tuple[str, str, dt.date | None]]:
    memberships = Membership.objects.filter(user__username=username, to_date=None)
    return set(memberships.values_list("class_group__name", "kind", "from_date"))


@pytest.mark.both_databases("a command of the contract")
def test_command_brings_people_in(tmp_path: Path) -> None:
    data = csv_of(
        "用户名,姓名,角色,班级,密码",
        "ming,王小明,学生,三年级1班;合唱团,pass1234",
        "li,李老师,老师；巡课,三年级1班,",
        encoding="gb18030",
    )

    outcome = run_with("import_users", tmp_path, data)

    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines()[-1] == "added=2 changed=0 unchanged=0"
    ming, li = User.objects.get(username="ming"), User.objects.get(username="li")
    assert ming.display_name == "王小明"
    assert ming.roles == {Role.STUDENT}
    assert li.roles == {Role.TEACHER, Role.SUPERVISOR}
    assert open_groups("ming") == {
        ("三年级1班", MembershipKind.STUDENT, None),
        ("合唱团", MembershipKind.STUDENT, None),
    }
    assert open_groups("li") == {("三年级1班", MembershipKind.CLASS_TEACHER, None)}


def test_password_is_taken_for_new_people_and_needs_no_change() -> None:
    import_users(csv_of(HEAD, "ming,王小明,student,,pass  1234", "hong,刘小红,student,,"))

    ming, hong = User.objects.get(username="ming"), User.objects.get(username="hong")
    assert ming.check_password("pass  1234")
    assert not ming.must_change_password
    assert not hong.has_usable_password()


def test_password_of_somebody_who_is_there_stays() -> None:
    UserFactory.create(username="ming", display_name="王小明", password="old-one")

    assert counts_of("ming,,,,new-one") == (0, 0, 1)
    assert User.objects.get(username="ming").check_password("old-one")


def test_class_group_in_other_width_or_case_is_the_one_that_is_there() -> None:
    ClassGroupFactory.create(name="A1班")

    import_users(csv_of(HEAD, "ming,王小明,student,Ａ1班；a1班,", "hong,刘小红,student,2班;２班,"))

    assert set(ClassGroup.objects.values_list("name", flat=True)) == {"A1班", "2班"}
    assert Membership.objects.count() == 2


def test_username_that_is_too_long_in_usual_width_is_a_fault() -> None:
    assert faults_of(f"{'㌔' * 150},王小明,student,,") == [(2, "username")]


def test_xlsx_numbers_are_usernames_and_passwords() -> None:
    head = HEAD.split(",")

    import_users(xlsx_of(head, [1001, "王小明", "student", 301, 123456]))

    assert User.objects.get(username="1001").check_password("123456")
    assert open_groups("1001") == {("301", MembershipKind.STUDENT, None)}


@pytest.mark.both_databases("a command of the contract")
def test_second_run_changes_nothing_and_writes_nothing() -> None:
    data = csv_of(HEAD, "ming,王小明,student,1班;2班,x", "li,李老师,teacher,1班,")
    import_users(data)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        result = import_users(data).result()

    assert (result.added, result.changed, result.unchanged) == (0, 0, 2)
    assert _writes_in(queries) == []


def test_empty_cells_change_nothing() -> None:
    import_users(csv_of(HEAD, "ming,王小明,student,1班,"))

    assert counts_of("ming,,,,") == (0, 0, 1)
    assert open_groups("ming") == {("1班", MembershipKind.STUDENT, None)}


def test_columns_that_may_be_absent_change_nothing() -> None:
    import_users(csv_of(HEAD, "ming,王小明,student,1班,"))

    result = import_users(csv_of("username,display_name,role", "ming,王大明,student")).result()

    assert result.changed == 1
    assert User.objects.get(username="ming").display_name == "王大明"
    assert open_groups("ming") == {("1班", MembershipKind.STUDENT, None)}


def test_roles_are_the_exact_new_set() -> None:
    UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER, Role.SUPERVISOR])

    assert counts_of("li,,teacher;student,,") == (0, 1, 0)
    assert User.objects.get(username="li").roles == {Role.TEACHER, Role.STUDENT}


def test_class_groups_are_the_exact_new_list_with_dates() -> None:
    with time_machine.travel("2026-09-01T08:00:00+08:00", tick=False):
        import_users(csv_of(HEAD, "ming,王小明,student,1班;合唱团,"))
    with time_machine.travel("2026-10-08T08:00:00+08:00", tick=False):
        assert counts_of("ming,,,2班;合唱团,") == (0, 1, 0)
        assert counts_of("ming,,,2班;合唱团,") == (0, 0, 1)

    rows = Membership.objects.values_list("class_group__name", "from_date", "to_date")
    day = dt.date(2026, 10, 8)
    assert set(rows) == {("1班", None, day), ("合唱团", None, None), ("2班", day, None)}


def test_archived_class_group_is_not_filled_again() -> None:
    old = ClassGroupFactory.create(name="1班", archived_at=timezone.now())

    import_users(csv_of(HEAD, "ming,王小明,student,1班,"))

    assert Membership.objects.get().class_group != old
    assert ClassGroup.objects.filter(name="1班").count() == 2


def test_new_name_is_carried_to_the_cloud() -> None:
    user = UserFactory.create(username="ming", display_name="王小明")
    ClassroomIdentity.objects.create(
        user=user, sdk_app_id=1, classroom_user_id="u1", state=IdentityState.REGISTERED
    )

    import_users(csv_of(HEAD, "ming,王大明,,,"))

    assert ClassroomIdentity.objects.get().state == IdentityState.STALE


BAD_ROWS: list[tuple[list[str], list[tuple[int, str]]]] = [
    (["ming,,student,,"], [(2, "display_name")]),
    (["ming,王小明,,,"], [(2, "role")]),
    (["ming,王小明,校长,,"], [(2, "role")]),
    ([",王小明,student,,"], [(2, "username")]),
    (["m ing,王小明,student,,"], [(2, "username")]),
    ([f"{'m' * 151},王小明,student,,"], [(2, "username")]),
    ([f"ming,{'王' * 65},student,,"], [(2, "display_name")]),
    ([f"ming,王小明,student,{'班' * 65},"], [(2, "class_groups")]),
    ([f"ming,王小明,student,,{'x' * 129}"], [(2, "password")]),
    (["ming,,校长,,"], [(2, "display_name"), (2, "role")]),
    (["ming,王小明,student,,,more"], [(2, "row")]),
    (["ming,王小明,student,,", "", "ming,王小明,student,,"], [(4, "username")]),
    (
        ["a,A,student,,", "b,B,x,,,y", "c,,,,"],
        [(3, "role"), (3, "row"), (4, "display_name"), (4, "role")],
    ),
]


def test_any_bad_row_imports_nothing() -> None:
    good = "good,好,student,好班,"

    assert [(rows, faults_of(*rows, good)) for rows, _faults in BAD_ROWS] == BAD_ROWS
    assert not User.objects.exists()
    assert not ClassGroup.objects.exists()


def test_command_tells_faults_line_by_line(tmp_path: Path, settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    data = csv_of("username,display_name,role", "ming,王小明,boss;king", "hong,,student")

    outcome = run_with("import_users", tmp_path, data)

    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.splitlines() == [
        "2:role: there is no role boss",
        "2:role: there is no role king",
        "3:display_name: a new person needs this cell",
    ]


@pytest.mark.both_databases("a command of the contract")
@pytest.mark.parametrize("row", ["WANG,王大明,student,,", "Ｗang,王大明,student,,"])
def test_name_of_somebody_else_in_another_casing_is_refused_and_they_are_named(
    tmp_path: Path, settings: Any, row: str
) -> None:
    settings.LANGUAGE_CODE = "en"
    UserFactory.create(username="wang", display_name="王小明")

    outcome = run_with("import_users", tmp_path, csv_of(HEAD, "li,李小红,student,,", row))

    assert outcome.code == 1
    assert outcome.stderr.splitlines() == [
        "3:username: 王小明 (wang) has this username already, but for upper and lower case."
    ]
    assert not User.objects.filter(username="li").exists()


def test_names_of_a_file_that_differ_in_casing_are_refused(tmp_path: Path, settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    rows = [
        "wang,王小明,student,,",
        "li,李小红,,,",
        "Wang,王大明,student,,",
        "WANG,王中明,student,,",
    ]

    outcome = run_with("import_users", tmp_path, csv_of(HEAD, *rows))

    assert outcome.stderr.splitlines() == [
        "3:role: a new person needs this cell",
        "4:username: wang in line 2 is the same name, but for upper and lower case",
        "5:username: wang in line 2 is the same name, but for upper and lower case",
    ]


@pytest.mark.both_databases("a command of the contract")
def test_name_that_somebody_takes_while_the_file_is_taken_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def meanwhile(names: Iterable[str]) -> tuple[dict[str, ClassGroup], list[ClassGroup]]:
        UserFactory.create(username="WANG")
        return class_groups_by_name(names)

    monkeypatch.setattr("schedule.imports.user_spreadsheet.class_groups_by_name", meanwhile)

    assert faults_of("li,李小红,student,,", "wang,王小明,student,,") == [(3, "username")]
    assert not User.objects.filter(username="li").exists()


def test_people_who_came_in_with_one_name_before_are_imported_again(tmp_path: Path) -> None:
    UserFactory.create(username="wang", display_name="王小明")
    other = UserFactory.create(username="other", display_name="王大明")
    User.objects.filter(pk=other.pk).update(
        username="WANG", sign_in_name="wang", shares_sign_in_name=True
    )

    assert counts_of("wang,王小明,student,,", "WANG,王二明,student,,") == (0, 1, 1)


def test_missing_column_is_a_fault_of_the_head(tmp_path: Path) -> None:
    outcome = run_with("import_users", tmp_path, csv_of("username,display_name", "ming,王小明"))

    assert (outcome.code, outcome.faults) == (1, ["1:role"])


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_unreadable_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    outcome = run("import_users", tmp_path / name)

    assert (outcome.code, outcome.faults, outcome.stdout) == (1, ["1:file"], "")


def test_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])
    data = csv_of(HEAD, "ming,王小明,student,1班,x", "li,李大师,,,")

    outcome = run_with("import_users", tmp_path, data, "--dry-run")

    assert outcome.stdout.splitlines()[-1] == "added=1 changed=1 unchanged=0"
    assert User.objects.get().display_name == "李老师"
    assert not ClassGroup.objects.exists()


def test_planner_brings_in_students_and_teachers_only(planner: User) -> None:
    assert counts_of("ming,王小明,student;teacher,,", by=planner) == (1, 0, 0)
    assert faults_of("boss,新主任,administrator,,", by=planner) == [(2, "role")]
    assert faults_of("ming,,student;supervisor,,", by=planner) == [(2, "role")]


def test_who_may_give_a_role_or_change_a_person_is_named(planner: User, superuser: User) -> None:
    with pytest.raises(SheetRefused) as refused:
        import_users(csv_of(HEAD, "boss,主任,planner,,", "superuser,新名,,,"), by=planner)

    assert [fault.reason for fault in refused.value.faults] == [
        "只有管理员可以授予该角色",
        "只有超级用户可以修改此人：郑校长",
    ]


def test_administrators_appoint_supervisors_and_planners(administrator: User) -> None:
    rows = "sup,巡视,supervisor,,", "plan,教务,planner;teacher,,"

    assert counts_of(*rows, by=administrator) == (2, 0, 0)
    assert counts_of("sup,,planner,,", "plan,,teacher,,", by=administrator) == (0, 2, 0)
    assert faults_of("sup,,administrator,,", by=administrator) == [(2, "role")]
    # Not for themselves, and not of each other.
    assert faults_of("administrator,,planner,,", by=administrator) == [(2, "username")]
    assert User.objects.get(username="sup").roles == {Role.PLANNER}


def test_planner_does_not_change_staff(planner: User, superuser: User) -> None:
    rows = ("superuser,新名,,,", "planner,,student,,", "planner,新名,,,")

    assert [faults_of(row, by=planner) for row in rows] == [[(2, "username")]] * 3
    assert counts_of("planner,孙教务,planner,,", by=planner) == (0, 0, 1)


def test_superuser_may_bring_in_everybody(superuser: User) -> None:
    assert counts_of("boss,新主任,administrator;planner,,", by=superuser) == (1, 0, 0)


@pytest.mark.both_databases("a command of the contract")
def test_many_people_take_a_bounded_number_of_queries() -> None:
    # More than SQLite takes values in a statement, in as many class groups as a school has.
    rows = [f"s{number},学生{number},student,{number // 24}班," for number in range(1020)]

    with CaptureQueriesContext(connection) as first:
        import_users(csv_of(HEAD, *rows[:40]))
    with CaptureQueriesContext(connection) as second:
        import_users(csv_of(HEAD, *rows[40:80]))
    import_users(csv_of(HEAD, *rows))
    with CaptureQueriesContext(connection) as again:
        import_users(csv_of(HEAD, *rows))

    assert max(len(first), len(second)) < 40 * 15
    assert len(again) < 60
    assert _writes_in(again) == []


def _writes_in(queries: CaptureQueriesContext) -> list[str]:
    verbs = ("INSERT", "UPDATE", "DELETE")
    return [query["sql"] for query in queries.captured_queries if query["sql"].startswith(verbs)]


def test_lists_have_the_headings_that_schools_give_them() -> None:
    heads = (
        "账号,姓名,身份,班",
        "学号,学员,角色,所在班级",
        "工号,教师姓名,人员类别,班级名称",
        "Account,Full name,Roles,Class",
    )
    for number, head in enumerate(heads):
        import_users(csv_of(head, f"ming{number},王小明,学员,三年级1班"))

        assert User.objects.get(username=f"ming{number}").display_name == "王小明", head
        assert open_groups(f"ming{number}") == {("三年级1班", MembershipKind.STUDENT, None)}


def test_two_headings_that_mean_the_same_are_told_with_both() -> None:
    with pytest.raises(SheetRefused, match=r"1:username: .*学号.*账号"):
        import_users(csv_of("学号,账号,姓名,角色", "1,ming,王小明,学生"))


@pytest.mark.parametrize("columns", [PEOPLE, LESSONS], ids=["people", "lessons"])
def test_no_heading_means_two_columns(columns: tuple[Column, ...]) -> None:
    for column in columns:
        for name in column.names:
            assert headings_in([name], columns) == {column.name: name}


class TestAuditLog:
    def test_tells_of_the_import_and_of_each_person_whose_power_it_changed(self, superuser: User):
        ming = UserFactory.create(username="ming", display_name="王小明", roles=[Role.STUDENT])
        UserFactory.create(username="hong", display_name="李小红", roles=[Role.STUDENT])
        rows = ["ming,,teacher,,", "hong,李大红,,,", "li,李老师,teacher,,"]

        import_users(csv_of(HEAD, *rows), by=superuser)

        told = AuditEntry.objects.order_by("pk")
        assert [(entry.kind, entry.actor, entry.person, entry.details) for entry in told] == [
            (
                AuditKind.PERSON_CREATED,
                superuser,
                User.objects.get(username="li"),
                {"roles": ["teacher"]},
            ),
            (
                AuditKind.ROLES_CHANGED,
                superuser,
                ming,
                {"before": ["student"], "after": ["teacher"]},
            ),
            (
                AuditKind.PEOPLE_IMPORTED,
                superuser,
                None,
                {"added": 1, "changed": 2, "unchanged": 0},
            ),
        ]

    def test_tells_nothing_of_a_check_or_of_a_refused_file(self, superuser: User):
        import_users(csv_of(HEAD, "li,李老师,teacher,,"), by=superuser, dry_run=True)
        with pytest.raises(SheetRefused):
            import_users(csv_of(HEAD, "li,李老师,nobody,,"), by=superuser)

        assert not AuditEntry.objects.exists()

    def test_is_written_together(self, superuser: User):
        rows = [f"s{number},学生{number},student,," for number in range(40)]

        with CaptureQueriesContext(connection) as queries:
            import_users(csv_of(HEAD, *rows), by=superuser)

        written = [sql for sql in _writes_in(queries) if "accounts_auditentry" in sql]
        assert len(written) == 2
        assert AuditEntry.objects.count() == 41
