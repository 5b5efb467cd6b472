"""The class groups of a person, joined and left on their page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import AuditEntry, User
from schedule.class_groups.writing import archive_class_groups
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.people import main, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ming() -> User:
    return UserFactory.create(username="ming", display_name="王小明", roles=[Role.STUDENT])


def join(client: Client, person: User, *groups: str) -> Any:
    names = ";".join(groups)
    return client.post(page_of(person, "class-groups/join/"), {"class_group": names})


def leave(client: Client, person: User, group: ClassGroup) -> Any:
    fields = {"class_group": group.code, "confirm": "1"}
    return client.post(page_of(person, "class-groups/leave/"), fields)


def days_of(person: User) -> set[tuple[str, dt.date | None, dt.date | None]]:
    rows = Membership.objects.filter(user=person)
    return set(rows.values_list("class_group__name", "from_date", "to_date"))


def test_first_class_group_reaches_back_and_a_further_one_begins_today(
    office: Client, ming: User
) -> None:
    today = timezone.localdate()
    for name in ("1班", "合唱团"):
        ClassGroupFactory.create(name=name)

    assert join(office, ming, "1班")["Location"] == page_of(ming)
    join(office, ming, "合唱团")

    assert days_of(ming) == {("1班", None, None), ("合唱团", today, None)}


def test_joining_ahead_begins_on_that_day_a_first_membership_too(
    office: Client, ming: User
) -> None:
    today = timezone.localdate()
    day = today + dt.timedelta(days=7)
    stays = MembershipFactory.create(user=ming, class_group=ClassGroupFactory.create(name="1班"))
    newcomer = UserFactory.create(username="new", roles=[Role.STUDENT])
    ClassGroupFactory.create(name="合唱团")

    for person in (ming, newcomer):
        path = page_of(person, "class-groups/join/")
        answer = office.post(path, {"class_group": "合唱团", "first_day": str(day)})
        said = main(office.get(answer["Location"])).text
        assert f"belongs to 合唱团 from {day} on." in said

    assert days_of(ming) == {("1班", stays.from_date, None), ("合唱团", day, None)}
    assert days_of(newcomer) == {("合唱团", day, None)}


def test_joining_ahead_lets_what_would_end_go_on_and_what_ends_before_end(
    office: Client, ming: User
) -> None:
    today = timezone.localdate()
    day, tomorrow = today + dt.timedelta(days=7), today + dt.timedelta(days=1)
    for name, last in (("1班", tomorrow), ("2班", day + dt.timedelta(days=9))):
        group = ClassGroupFactory.create(name=name)
        MembershipFactory.create(user=ming, class_group=group, from_date=None, to_date=last)

    path = page_of(ming, "class-groups/join/")
    office.post(path, {"class_group": "1班;2班", "first_day": str(day)})

    assert days_of(ming) == {("1班", None, tomorrow), ("1班", day, None), ("2班", None, None)}


def test_joining_in_the_past_is_refused_and_the_field_offers_today(
    office: Client, ming: User
) -> None:
    ClassGroupFactory.create(name="1班")
    today = timezone.localdate()
    field = main(office.get(page_of(ming))).one("input", name="first_day")
    yesterday = str(today - dt.timedelta(days=1))

    path = page_of(ming, "class-groups/join/")
    answer = office.post(path, {"class_group": "1班", "first_day": yesterday})

    assert field.attrs["value"] == str(today)
    assert answer.status_code == 422
    assert "Today is the earliest day" in main(answer).one("ul", "errors").text
    assert days_of(ming) == set()


def test_leaving_has_today_as_the_last_day_and_keeps_what_was(office: Client, ming: User) -> None:
    today = timezone.localdate()
    begun = today - dt.timedelta(days=40)
    group = ClassGroupFactory.create(name="1班")
    old = MembershipFactory.create(
        user=ming, class_group=group, from_date=begun, to_date=today - dt.timedelta(days=20)
    )
    stays = MembershipFactory.create(user=ming, class_group=ClassGroupFactory.create(name="2班"))
    MembershipFactory.create(user=ming, class_group=group, from_date=begun)

    assert leave(office, ming, group)["Location"] == page_of(ming)

    assert days_of(ming) == {
        ("1班", begun, old.to_date),
        ("1班", begun, today),
        ("2班", stays.from_date, None),
    }


def test_membership_that_has_not_begun_is_cancelled_and_what_is_before_it_stays(
    office: Client, ming: User
) -> None:
    today = timezone.localdate()
    day, last = today + dt.timedelta(days=6), today + dt.timedelta(days=2)
    group = ClassGroupFactory.create(name="1班")
    MembershipFactory.create(user=ming, class_group=group, from_date=None, to_date=last)
    MembershipFactory.create(user=ming, class_group=group, from_date=day)
    path = page_of(ming, "class-groups/leave/")
    forms = main(office.get(page_of(ming))).forms_to(path)
    (planned,) = (form for form in forms if "Cancel joining" in form.text)
    sent = {each.attrs["name"]: each.attrs["value"] for each in planned.all("input")}

    (asked,) = main(office.post(path, {**sent, "class_group": group.code})).forms_to(path)
    assert days_of(ming) == {("1班", None, last), ("1班", day, None)}
    sent = {each.attrs["name"]: each.attrs["value"] for each in asked.all("input")}
    answer = office.post(path, {**sent, "confirm": "1"})

    assert "Cancelled: 王小明 does not come to 1班." in main(office.get(answer["Location"])).text
    assert days_of(ming) == {("1班", None, last)}
    assert AuditEntry.objects.get().details["changes"] == f"1班 ({day}–) → –"


def test_leaving_what_one_is_not_in_is_nothing_to_be_found(
    office: Client, ming: User, class_group: ClassGroup
) -> None:
    assert leave(office, ming, class_group).status_code == 404
    path = page_of(ming, "class-groups/leave/")
    assert office.post(path, {"class_group": "\0"}).status_code == 404


def test_joining_twice_is_once(office: Client, ming: User) -> None:
    there = MembershipFactory.create(user=ming, from_date=None)

    join(office, ming, there.class_group.name, there.class_group.name)

    assert days_of(ming) == {(there.class_group.name, None, None)}


@pytest.mark.parametrize("name", ["去年", "没有", "", "\0", "x" * 5000])
def test_class_group_that_is_not_there_is_told_in_words(
    office: Client, ming: User, name: str
) -> None:
    ClassGroupFactory.create(name="去年", archived_at=timezone.now())

    answer = join(office, ming, name)

    assert answer.status_code == 422
    assert main(answer).all("ul", "errors")
    assert days_of(ming) == set()


def test_teacher_joins_as_class_teacher(office: Client, teacher: User) -> None:
    ClassGroupFactory.create(name="1班")

    join(office, teacher, "1班")

    assert Membership.objects.get(user=teacher).kind == MembershipKind.CLASS_TEACHER
    assert "Class teacher" in main(office.get(page_of(teacher))).text


def test_archived_class_group_can_still_be_left(office: Client, ming: User) -> None:
    over = ClassGroupFactory.create(archived_at=timezone.now())
    MembershipFactory.create(user=ming, class_group=over, from_date=None)

    leave(office, ming, over)

    assert days_of(ming) == {(over.name, None, timezone.localdate())}


def test_who_comes_and_leaves_is_in_the_audit_log(
    office: Client, planner: User, ming: User, class_group: ClassGroup
) -> None:
    join(office, ming, class_group.name)
    leave(office, ming, class_group)

    entries = AuditEntry.objects.order_by("pk")
    assert [(entry.actor, entry.person) for entry in entries] == [(planner, ming)] * 2
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    assert entries[1].details["changes"] == f"{class_group.name} → – · {tomorrow}"


def test_leaving_twice_is_said(office: Client, ming: User) -> None:
    there = MembershipFactory.create(user=ming, from_date=None)
    leave(office, ming, there.class_group)

    again = leave(office, ming, there.class_group)

    assert again.status_code == 409
    assert "Nothing was changed" in again.content.decode()


def test_page_of_before_ends_nothing(office: Client, ming: User) -> None:
    there = MembershipFactory.create(user=ming, from_date=None)
    form = main(office.get(page_of(ming))).forms_to(page_of(ming, "class-groups/leave/"))[0]
    fields = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
    MembershipFactory.create(user=ming)

    fields |= {"class_group": there.class_group.code, "confirm": "1"}
    answer = office.post(form.attrs["action"], fields)

    assert answer.status_code == 409
    assert Membership.objects.filter(user=ming, to_date=None).count() == 2


def test_class_teacher_leaves_as_one_and_stays_a_student(
    office: Client, ming: User, class_group: ClassGroup
) -> None:
    for kind in MembershipKind:
        MembershipFactory.create(user=ming, class_group=class_group, kind=kind)
    path = page_of(ming, "class-groups/leave/")

    fields = {"class_group": class_group.code, "kind": "class_teacher"}
    (form,) = main(office.post(path, fields)).forms_to(path)
    assert Membership.objects.filter(user=ming, to_date=None).count() == 2
    asked = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
    office.post(path, {**asked, "confirm": form.one("button").attrs["value"]})

    assert Membership.objects.get(user=ming, to_date=None).kind == MembershipKind.STUDENT


def test_class_group_archived_at_the_same_moment_takes_nobody(
    office: Client, ming: User, class_group: ClassGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def archive_first(text: str, own: Any) -> Any:
        archive_class_groups([class_group], at=timezone.now(), by=None)
        return [class_group], []

    monkeypatch.setattr("schedule.people.forms.class_groups_named", archive_first)

    answer = join(office, ming, class_group.name)

    assert answer.status_code == 409
    assert main(answer).all("ul", "errors")
    assert days_of(ming) == set()


def test_class_groups_are_no_power(
    office: Client, administrator: User, class_group: ClassGroup
) -> None:
    join(office, administrator, class_group.name)
    assert class_group.name in main(office.get(page_of(administrator))).text
    leave(office, administrator, class_group)

    assert days_of(administrator) == {(class_group.name, None, timezone.localdate())}


def test_page_of_a_person_whom_planners_may_not_change_offers_nothing_else(
    office: Client, administrator: User
) -> None:
    page = main(office.get(page_of(administrator)))

    (form,) = page.all("form")
    assert form.attrs["action"] == page_of(administrator, "class-groups/join/")
