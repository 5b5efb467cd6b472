"""Start passwords: who may get one from whom, what giving one ends, and the sheet of them."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.enums import AuditKind, PasswordRefusal, PasswordState, Role
from accounts.models import AuditEntry, User
from accounts.services.people import set_roles
from accounts.services.start_passwords import (
    StartPassword,
    as_csv,
    as_xlsx,
    give_start_passwords,
    make_start_passwords,
    refusal_among_many,
    refusal_of_class_teacher,
    refusal_of_staff,
)
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def give(user: User, by: User | None = None) -> str:
    made = make_start_passwords([user])
    give_start_passwords(made, by=by)
    return made[0].password


class TestGiven:
    def test_opens_the_account_until_it_is_replaced(self, student: User):
        password = give(student)

        student.refresh_from_db()
        assert student.check_password(password)
        assert student.password_state == PasswordState.START

    def test_ends_where_the_person_is_signed_in(self, student: User):
        client = Client()
        client.force_login(student)
        assert client.get("/schedule/").status_code == 200

        give(student)

        assert client.get("/schedule/")["Location"].startswith("/accounts/login/")

    def test_is_in_the_audit_log_without_its_text(self, student: User, teacher: User):
        password = give(student, by=teacher)

        (entry,) = AuditEntry.objects.all()
        assert (entry.kind, entry.actor, entry.person) == (
            AuditKind.PASSWORD_RESET,
            teacher,
            student,
        )
        assert password not in str(vars(entry))


class TestJudgedOnceMore:
    def test_who_got_power_or_lost_the_account_while_it_was_made_gets_none(self, planner: User):
        pupil, promoted, chief, closed = UserFactory.create_batch(4, roles=[Role.STUDENT])
        made = make_start_passwords([chief, closed, promoted, pupil])
        set_roles(User.objects.get(pk=promoted.pk), [Role.STUDENT, Role.PLANNER], by=None)
        User.objects.filter(pk=chief.pk).update(is_superuser=True)
        User.objects.filter(pk=closed.pk).update(is_active=False)

        given, refused = give_start_passwords(made, by=planner, refusal=refusal_among_many)

        assert [entry.user for entry in given] == [pupil]
        assert refused == [
            (chief, PasswordRefusal.POWER),
            (closed, PasswordRefusal.DEACTIVATED),
            (promoted, PasswordRefusal.POWER),
        ]
        people = User.objects.filter(pk__in=[entry.user.pk for entry in made])
        assert [person for person in people if person.must_change_password] == [pupil]

    def test_who_was_deleted_meanwhile_is_left_out(self):
        person = UserFactory.create(roles=())
        made = make_start_passwords([person])
        User.objects.filter(pk=person.pk).delete()

        assert give_start_passwords(made, by=None) == ([], [])


@pytest.mark.parametrize(
    ("roles", "fields", "of_staff", "of_class_teacher"),
    [
        ([Role.STUDENT], {}, None, None),
        ([Role.TEACHER], {}, None, PasswordRefusal.NOT_ONLY_STUDENT),
        ([Role.STUDENT, Role.TEACHER], {}, None, PasswordRefusal.NOT_ONLY_STUDENT),
        ([], {}, None, PasswordRefusal.NOT_ONLY_STUDENT),
        (
            [Role.STUDENT, Role.SUPERVISOR],
            {},
            PasswordRefusal.POWER,
            PasswordRefusal.NOT_ONLY_STUDENT,
        ),
        (
            [Role.STUDENT],
            {"is_superuser": True},
            PasswordRefusal.POWER,
            PasswordRefusal.NOT_ONLY_STUDENT,
        ),
        (
            [Role.STUDENT],
            {"is_active": False},
            PasswordRefusal.DEACTIVATED,
            PasswordRefusal.DEACTIVATED,
        ),
    ],
)
def test_who_gets_one_from_whom(
    planner: User,
    roles: list[Role],
    fields: dict[str, bool],
    of_staff: PasswordRefusal | None,
    of_class_teacher: PasswordRefusal | None,
):
    person = UserFactory.create(roles=roles, **fields)

    assert refusal_of_staff(person, by=planner) == of_staff
    assert refusal_of_class_teacher(person) == of_class_teacher


def test_superuser_gives_one_to_everybody(superuser: User, planner: User):
    assert refusal_of_staff(planner, by=superuser) is None


def test_sheet_says_of_which_class_group_each_is_and_calculates_nothing():
    user = User(display_name="=1+1", username="ming")

    data = as_xlsx([("三年级1班", [StartPassword(user, "abc", "")])])

    (sheet,) = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    _head, row = sheet.iter_rows(values_only=True)
    assert row[:3] == ("'=1+1", "ming", "abc")
    assert row[4] == "三年级1班"


def test_cells_that_would_calculate_are_shown_as_text() -> None:
    user = User(display_name="=1+1", username="@ming")

    data = as_csv([StartPassword(user, "abc", "")]).decode("utf-8-sig")

    assert data.splitlines()[1].startswith("'=1+1,'@ming,abc,")


def test_table_says_where_to_sign_in(settings: Any) -> None:
    settings.PUBLIC_BASE_URL = "https://class.school.example"

    data = as_csv([StartPassword(User(display_name="王小明", username="ming"), "abc", "")])

    assert data.decode("utf-8-sig").splitlines()[1] == (
        "王小明,ming,abc,https://class.school.example/"
    )
