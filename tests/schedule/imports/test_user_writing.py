"""Files of people are worked out before anything is written, and anew where somebody has changed in between."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, RoleGrant, User
from accounts.services.people import rename_person, set_roles
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.progress import Phase, reporting_to
from edu_platform.lib.spreadsheets.rows import SheetRefused
from edu_platform.lib.versions import NotAsShown
from schedule.enums import MembershipKind
from schedule.imports import user_spreadsheet
from schedule.imports.user_spreadsheet import UserImportOptions, check_users, import_users
from schedule.lessons.trying_again import TRIES
from schedule.models import ClassGroup, Membership
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.schedule.imports.meanwhile import after
from tests.support.erasing import erased, under_way
from tests.support.sheets import csv_of
from tests.support.transactions import reading_alone

pytestmark = pytest.mark.django_db

HEAD = "username,display_name,role,class_groups,password"


def take(*rows: str, write_in: WriteIn = own_transaction, **options: Any) -> tuple[int, int, int]:
    result = import_users(csv_of(HEAD, *rows), write_in=write_in, **options).result()
    return result.added, result.changed, result.unchanged


def test_check_takes_no_transaction_from_anybody():
    UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])

    with reading_alone():
        check_users(csv_of(HEAD, "li,李大师,,,", "ming,王小明,student,1班,x"))


def test_name_that_is_taken_before_the_file_is_written_is_told():
    def come_in() -> None:
        UserFactory.create(username="MING", display_name="王大明")

    with pytest.raises(SheetRefused) as refused:
        take("ming,王小明,student,,", write_in=after(come_in))
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(2, "username")]


def test_who_is_given_power_before_the_file_is_written_is_not_touched(planner: User):
    ming = UserFactory.create(username="ming", display_name="王小明", roles=[Role.STUDENT])

    def appoint() -> None:
        set_roles(ming, [Role.STUDENT, Role.ADMINISTRATOR], by=None)

    with pytest.raises(SheetRefused) as refused:
        take("ming,,teacher,,", by=planner, write_in=after(appoint))
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(2, "username")]
    assert RoleGrant.objects.filter(user=ming).count() == 2


@pytest.mark.parametrize("row", ["{0},欧阳明月,,,", "{0},,student,,", "{0},,,1班,"])
def test_who_is_erased_comes_back_by_no_file(row: str):
    person = erased(UserFactory.create(display_name="欧阳明月", roles=[Role.STUDENT])).person

    with pytest.raises(SheetRefused) as refused:
        take(row.format(person.username))

    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(2, "username")]


def test_who_is_erased_meanwhile_is_not_touched():
    ming = UserFactory.create(username="ming", display_name="王小明", roles=[Role.STUDENT])

    with pytest.raises(SheetRefused):
        take("ming,王大明,,,", write_in=after(lambda: under_way(ming)))

    assert User.objects.get(pk=ming.pk).display_name == "王小明"


@pytest.mark.parametrize(
    ("lost", "refused_too"), [("is_superuser", []), ("is_active", [(4, "role")])]
)
def test_who_is_no_superuser_any_more_gives_no_power(lost: str, refused_too: list[Any]):
    boss = UserFactory.create(roles=[Role.PLANNER], is_superuser=True)
    UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.ADMINISTRATOR])

    def lose_it() -> None:
        User.objects.filter(pk=boss.pk).update(**{lost: False})

    rows = "li,李老师,administrator,,", "zhao,赵大师,,,", "ming,王小明,student,,"
    with pytest.raises(SheetRefused) as refused:
        take(*rows, by=boss, write_in=after(lose_it))
    faults = [(fault.line, fault.column) for fault in refused.value.faults]
    assert faults == [(2, "role"), (3, "username"), *refused_too]
    assert not User.objects.filter(username__in=["li", "ming"]).exists()
    # What is looked at from now on is looked at with the rights of now.
    assert check_users(csv_of(HEAD, *rows), by=boss).faults == list(refused.value.faults)


def test_others_who_are_missing_by_then_are_not_deactivated():
    left = MembershipFactory.create(user__username="left", class_group__name="1班")
    data = csv_of(HEAD, "ming,王小明,student,1班,")
    options = UserImportOptions(deactivates_missing=True)
    known = check_users(data, options=options).version

    def join() -> None:
        MembershipFactory.create(user__username="late", class_group=left.class_group)

    known_options = UserImportOptions(deactivates_missing=True, known=known)
    with pytest.raises(NotAsShown):
        import_users(data, options=known_options, write_in=after(join))
    assert not User.objects.filter(is_active=False).exists()
    assert not User.objects.filter(username="ming").exists()


def test_passwords_are_hashed_once_however_often_it_is_tried(monkeypatch: pytest.MonkeyPatch):
    hashed: list[str] = []

    def make_password(password: str) -> str:
        hashed.append(password)
        return "hash"

    monkeypatch.setattr(user_spreadsheet, "make_password", make_password)
    li = UserFactory.create(username="li", display_name="李老师")

    counts = take(
        *("ming,王小明,student,,secret", "li,李大师,,,"),
        write_in=after(lambda: rename_person(li, display_name="李小师")),
    )

    assert (counts, hashed) == ((1, 1, 0), ["secret"])
    assert User.objects.get(username="li").display_name == "李大师"


def test_file_at_fault_has_no_password_hashed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(user_spreadsheet, "make_password", None)

    with pytest.raises(SheetRefused):
        take("ming,王小明,,,secret")


def test_people_who_do_not_stay_as_they_are_have_the_file_imported_again():
    li = UserFactory.create(username="li", display_name="李老师")
    names = iter("一二三")

    def rename() -> None:
        rename_person(li, display_name=next(names))

    with pytest.raises(SheetRefused) as refused:
        take("li,李大师,,,", write_in=after(*[rename] * TRIES))
    assert [fault.column for fault in refused.value.faults] == ["file"]


def test_statements_hardly_grow_with_those_who_change():
    """Each becomes another person in another class, and a teacher of it."""

    def statements(first: int, count: int) -> int:
        usernames = [f"ming{number}" for number in range(first, first + count)]
        for username in usernames:
            MembershipFactory.create(user__username=username)
        rows = [f"{username},新名,teacher,{first}班," for username in usernames]
        with CaptureQueriesContext(connection) as counted:
            assert take(*rows) == (0, count, 0)
        return sum("SAVEPOINT" not in query["sql"] for query in counted.captured_queries)

    assert statements(0, 2) == statements(100, 30)
    assert set(User.objects.values_list("display_name", flat=True)) == {"新名"}
    begun = Membership.objects.filter(to_date=None)
    assert begun.filter(kind=MembershipKind.CLASS_TEACHER).count() == begun.count() == 32
    assert AuditEntry.objects.filter(kind=AuditKind.ROLES_CHANGED).count() == 32
    assert ClassGroup.objects.filter(name__in=["0班", "100班"]).count() == 2


def test_says_how_far_it_is():
    seen: list[Any] = []

    with reporting_to(lambda *progress: seen.append(progress)):
        take("ming,王小明,student,1班,x", "li,李老师,teacher,,x")

    phases = list(dict.fromkeys(phase for phase, _done, _total in seen))
    assert phases == [Phase.READING, Phase.COMPARING, Phase.PASSWORDS, Phase.WRITING]
    assert seen[-1] == (Phase.WRITING, 2, 2)
