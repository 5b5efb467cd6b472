"""Plans of an import of people, row by row; and whose account each row means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.enums import Role
from accounts.hooks import former_student_note_makers
from accounts.models import User
from schedule.enums import RowKind
from schedule.imports.previews import Preview, PreviewRow
from schedule.imports.user_previews import preview_users
from schedule.imports.user_spreadsheet import UserImportOptions, check_users, import_users
from schedule.models import Membership
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.commands import run_with
from tests.support.sheets import csv_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("what the import compares")]

HEAD = "username,display_name,role,class_groups"


def preview_of(*rows: str, options: UserImportOptions | None = None) -> Preview:
    """As it comes back from where it is kept."""
    chosen = options or UserImportOptions()
    with translation.override("en"):
        check = check_users(csv_of(HEAD, *rows), options=chosen)
        headings = {name: name for name in HEAD.split(",")}
        kept = Preview.of(preview_users(check, check.faults, headings, chosen).packed())
    assert kept is not None
    return kept


def told(row: PreviewRow) -> list[tuple[str, str, str]]:
    return [(cell.column, cell.before, cell.after) for cell in row.cells]


class TestPreview:
    @time_machine.travel("2026-12-01T02:00:00Z", tick=False)
    def test_says_what_comes_of_a_move_that_was_entered_ahead(self):
        groups = {name: ClassGroupFactory.create(name=name) for name in ("1班", "2班")}
        day = dt.date(2026, 12, 7)
        for username in ("ming", "hong"):
            user = UserFactory.create(username=username, roles=[Role.STUDENT])
            MembershipFactory.create(
                user=user,
                class_group=groups["1班"],
                from_date=None,
                to_date=day - dt.timedelta(days=1),
            )
            MembershipFactory.create(user=user, class_group=groups["2班"], from_date=day)

        stays, goes = preview_of("ming,,,1班", "hong,,,2班").rows

        before = "1班 (until 2026-12-06)；2班 (from 2026-12-07)"
        assert told(stays) == [("class_groups", before, "1班")]
        assert stays.note == "The move to 2班 from 2026-12-07 on is cancelled."
        assert told(goes) == [("class_groups", before, "2班")]
        assert goes.note == "The move to 2班 from 2026-12-07 on happens today."

    def test_says_what_ends_with_the_role_of_a_student(self):
        import_users(
            csv_of(HEAD, "ming,王小明,student,", "hong,刘小红,student,", "li,李老师,teacher,")
        )
        heard: list[int] = []

        def note_of(keys: Collection[int]) -> dict[int, str]:
            heard.extend(keys)
            return dict.fromkeys(keys, "1 link ends.")

        with former_student_note_makers.only(note_of):
            leaves, stays, never_was = preview_of(
                "ming,,teacher,", "hong,,student;teacher,", "li,,assistant,"
            ).rows

        assert (leaves.note, stays.note, never_was.note) == ("1 link ends.", "", "")
        assert User.objects.get(pk=heard[0]).username == "ming"
        assert len(heard) == 1

    def test_says_of_each_row_what_happens(self):
        import_users(csv_of(HEAD, "ming,王小明,student,1班", "hong,刘小红,student,1班"))

        preview = preview_of("ming,王大明,,2班;1班", "hong,刘小红,student,1班", "new,新,学生,")

        assert [(row.line, row.kind, row.names[1]) for row in preview.rows] == [
            (2, RowKind.CHANGED, "王大明"),
            (3, RowKind.UNCHANGED, "刘小红"),
            (4, RowKind.NEW, "新"),
        ]
        assert told(preview.rows[0]) == [
            ("display_name", "王小明", "王大明"),
            ("class_groups", "1班", "1班；2班"),
        ]

    def test_says_which_role_and_class_groups_a_new_person_gets(self):
        student, teacher = preview_of("new,新,学生,2班;1班", "li,李,老师,1班").rows

        assert told(student) == [("role", "", "Student"), ("class_groups", "", "1班；2班")]
        assert told(teacher) == [
            ("role", "", "Teacher"),
            ("class_groups", "", "1班 (class teacher)"),
        ]

    def test_says_what_becomes_of_roles_and_who_is_class_teacher_then(self):
        import_users(csv_of(HEAD, "li,李小红,student,1班"))

        (row,) = preview_of("li,,teacher,1班").rows

        assert told(row) == [
            ("role", "Student", "Teacher"),
            ("class_groups", "1班", "1班 (class teacher)"),
        ]

    def test_says_that_an_account_is_deactivated_and_stays_so(self, student: User):
        User.objects.get_queryset().filter(pk=student.pk).update(is_active=False)

        (stays,) = preview_of("student,,,").rows
        (comes,) = preview_of("student,,,", options=UserImportOptions(reactivates=True)).rows

        assert (stays.kind, bool(stays.note)) == (RowKind.UNCHANGED, True)
        assert (comes.kind, bool(comes.note)) == (RowKind.CHANGED, False)
        assert told(comes) == [("account", "deactivated", "active")]

    def test_has_the_faults_beside_the_rows_in_order(self):
        preview = preview_of("a,A,student,", "b,,x,,more", ",C,student,")

        assert [(row.line, row.kind, len(row.cells)) for row in preview.rows] == [
            (2, RowKind.NEW, 1),
            (3, RowKind.FAULTY, 3),
            (4, RowKind.FAULTY, 1),
        ]
        assert {cell.column for cell in preview.rows[1].cells} == {"display_name", "role", "row"}

    def test_holds_no_password(self):
        check = check_users(csv_of(f"{HEAD},password", "ming,王小明,student,,secret99"))
        headings = dict.fromkeys(HEAD.split(","), "")

        preview = preview_users(check, (), headings, UserImportOptions())

        assert "secret99" not in str(preview.rows.packed_rows)

    def test_of_a_class_group_left_today_is_what_the_import_does(self):
        with time_machine.travel("2026-09-01T08:00:00+08:00", tick=False):
            import_users(csv_of(HEAD, "ming,王小明,student,1班"))
        with time_machine.travel("2026-10-08T08:00:00+08:00", tick=False):
            (before,) = preview_of("ming,,,2班").rows
            import_users(csv_of(HEAD, "ming,,,2班"))
            (after,) = preview_of("ming,,,2班").rows

        assert (before.kind, after.kind) == (RowKind.CHANGED, RowKind.UNCHANGED)
        assert told(before) == [("class_groups", "1班", "2班")]

    def test_writes_nothing_and_asks_no_more_of_many_rows(self):
        rows = [f"s{number},学生{number},student,{number // 10}班" for number in range(40)]
        import_users(csv_of(HEAD, *rows[:20]))

        def queries(*some: str) -> list[str]:
            with CaptureQueriesContext(connection) as counted:
                preview_of(*some)
            return [query["sql"] for query in counted.captured_queries]

        of_one, of_many = queries(rows[0], rows[39]), queries(*rows)

        assert len(of_many) == len(of_one)
        assert all(query.startswith("SELECT") for query in of_many)


class TestWhoseAccount:
    def test_same_person_in_other_letters_is_no_second_one(self):
        UserFactory.create(username="wang", display_name="王小明")

        result = import_users(csv_of(HEAD, "WANG,王小明,student,1班")).result()
        second = import_users(csv_of(HEAD, "Ｗang,王小明,,1班")).result()

        assert (result.added, result.changed, second.unchanged) == (0, 1, 1)
        assert User.objects.get().username == "wang"

    def test_row_without_a_name_means_whoever_signs_in_so(self):
        UserFactory.create(username="wang", display_name="王小明")

        assert import_users(csv_of(HEAD, "WANG,,student;teacher,")).result().changed == 1
        assert User.objects.get().roles == {Role.STUDENT, Role.TEACHER}

    def test_one_account_twice_in_a_file_is_a_fault(self):
        UserFactory.create(username="wang", display_name="王小明")

        preview = preview_of("wang,王小明,,", "WANG,王小明,,")

        assert [row.kind for row in preview.rows] == [RowKind.UNCHANGED, RowKind.FAULTY]

    def test_letters_that_mean_two_people_mean_neither(self):
        UserFactory.create(username="wang", display_name="王小明")
        other = UserFactory.create(username="other", display_name="王小明")
        User.objects.get_queryset().filter(pk=other.pk).update(
            username="WANG", sign_in_name="wang", shares_sign_in_name=True
        )

        (row,) = preview_of("Wang,王小明,,").rows

        assert row.kind == RowKind.FAULTY


def test_second_run_of_a_school_s_file_changes_nothing(tmp_path: Path):
    """With everything at once: other letters, Chinese words in GB18030, several class groups, who is missing."""
    UserFactory.create(username="Hong", display_name="刘小红")
    file = csv_of(
        "学号,姓名,角色,班级,密码",
        "ming,王小明,学生,三年级1班；合唱团,pass1234",
        "HONG,刘小红,学生,三年级1班,",
        "li,李老师,老师；巡课,三年级1班,",
        encoding="gb18030",
    )
    gone = UserFactory.create(username="gone")
    import_users(csv_of(HEAD, "gone,,,三年级1班"))

    first = run_with("import_users", tmp_path, file, "--deactivate-missing")
    memberships = list(Membership.objects.order_by("pk").values())
    second = run_with("import_users", tmp_path, file, "--deactivate-missing")

    assert first.stdout.splitlines() == [
        f"deactivate gone {gone.display_name}",
        "新班级：合唱团",
        "新人员：李老师 (li)",
        "新人员：王小明 (ming)",
        "added=2 changed=1 unchanged=0 deactivated=1",
    ]
    assert second.stdout.splitlines() == ["added=0 changed=0 unchanged=3 deactivated=0"]
    assert list(Membership.objects.order_by("pk").values()) == memberships


def test_membership_of_a_day_to_come_is_ended_once():
    """It ends on its own first day, which is no change the second time."""
    import_users(csv_of(HEAD, "ming,王小明,student,1班"))
    tomorrow = dt.date(2099, 1, 1)
    Membership.objects.update(from_date=tomorrow)

    results = [import_users(csv_of(HEAD, "ming,,,2班")).result() for _ in range(2)]

    assert [result.changed for result in results] == [1, 0]
