"""The class groups on a person's page in the administration."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(planner: User) -> Client:
    client = Client()
    client.force_login(planner)
    return client


@pytest.fixture
def ming() -> User:
    return UserFactory.create(username="ming", display_name="王小明", roles=[Role.STUDENT])


def page_of(person: User) -> str:
    return f"/admin/accounts/user/{person.pk}/change/"


def save(
    client: Client,
    person: User,
    *,
    joins: tuple[ClassGroup, ...] = (),
    leaves: tuple[Membership, ...] = (),
) -> Any:
    """Send the page as a browser does, with the rows that it shows."""
    page = client.get(page_of(person))
    formset = page.context["inline_admin_formsets"][0].formset
    fields: dict[str, Any] = {
        "username": person.username,
        "display_name": person.display_name,
        "email": "",
        "roles": [role.value for role in person.roles],
        "is_active": "on",
        "memberships-TOTAL_FORMS": len(formset.initial_forms) + len(joins),
        "memberships-INITIAL_FORMS": len(formset.initial_forms),
    }
    for number, form in enumerate(formset.initial_forms):
        fields[f"memberships-{number}-id"] = form.instance.pk
        if form.instance in leaves:
            fields[f"memberships-{number}-ends_today"] = "on"
    for number, class_group in enumerate(joins, start=len(formset.initial_forms)):
        fields[f"memberships-{number}-class_group"] = class_group.pk
    return client.post(page_of(person), fields)


def days_of(person: User) -> set[tuple[str, dt.date | None, dt.date | None]]:
    rows = Membership.objects.filter(user=person)
    return set(rows.values_list("class_group__name", "from_date", "to_date"))


def test_first_class_group_reaches_back_and_a_further_one_begins_today(
    staff: Client, ming: User
) -> None:
    today = timezone.localdate()
    first, further = ClassGroupFactory.create(name="1班"), ClassGroupFactory.create(name="合唱团")

    assert save(staff, ming, joins=(first,)).status_code == 302
    save(staff, ming, joins=(further,))

    assert days_of(ming) == {("1班", None, None), ("合唱团", today, None)}


def test_leaving_has_today_as_the_last_day_and_keeps_what_was(staff: Client, ming: User) -> None:
    today = timezone.localdate()
    begun = today - dt.timedelta(days=40)
    old = MembershipFactory.create(
        user=ming,
        class_group=ClassGroupFactory.create(name="去年"),
        from_date=begun,
        to_date=today - dt.timedelta(days=20),
    )
    left = MembershipFactory.create(user=ming, class_group=ClassGroupFactory.create(name="1班"))
    stays = MembershipFactory.create(user=ming, class_group=ClassGroupFactory.create(name="2班"))

    save(staff, ming, leaves=(left, old))

    assert days_of(ming) == {
        ("去年", begun, old.to_date),
        ("1班", left.from_date, today),
        ("2班", stays.from_date, None),
    }


def test_moving_to_another_class_group_is_one_form(staff: Client, ming: User) -> None:
    today = timezone.localdate()
    left = MembershipFactory.create(
        user=ming, class_group=ClassGroupFactory.create(name="1班"), from_date=None
    )

    save(staff, ming, joins=(ClassGroupFactory.create(name="2班"),), leaves=(left,))

    assert days_of(ming) == {("1班", None, today), ("2班", today, None)}


def test_joining_twice_is_once(staff: Client, ming: User) -> None:
    there = MembershipFactory.create(user=ming, from_date=None)

    save(staff, ming, joins=(there.class_group, there.class_group))

    assert days_of(ming) == {(there.class_group.name, None, None)}


def test_class_group_that_was_archived_meanwhile_is_not_joined(staff: Client, ming: User) -> None:
    over = ClassGroupFactory.create(archived_at=timezone.now())

    assert save(staff, ming, joins=(over,)).status_code == 200

    assert days_of(ming) == set()


def test_membership_in_an_archived_class_group_keeps_nobody_from_saving(
    staff: Client, ming: User
) -> None:
    there = MembershipFactory.create(
        user=ming, class_group=ClassGroupFactory.create(archived_at=timezone.now())
    )

    assert (
        save(staff, ming, joins=(ClassGroupFactory.create(),), leaves=(there,)).status_code == 302
    )

    there.refresh_from_db()
    assert there.to_date == timezone.localdate()


def test_teacher_joins_as_class_teacher(staff: Client, teacher: User) -> None:
    class_group = ClassGroupFactory.create(name="1班")

    save(staff, teacher, joins=(class_group,))

    assert Membership.objects.get(user=teacher).kind == MembershipKind.CLASS_TEACHER


def test_student_who_becomes_a_teacher_joins_as_class_teacher(staff: Client, ming: User) -> None:
    fields = {
        "username": "ming",
        "display_name": "王小明",
        "roles": ["teacher"],
        "is_active": "on",
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 0,
        "memberships-0-class_group": ClassGroupFactory.create().pk,
    }

    staff.post(page_of(ming), fields)

    assert Membership.objects.get().kind == MembershipKind.CLASS_TEACHER


def test_row_that_is_there_keeps_its_class_group(staff: Client, ming: User) -> None:
    there = MembershipFactory.create(user=ming)
    other = ClassGroupFactory.create()
    page = staff.get(page_of(ming)).context["inline_admin_formsets"][0].formset

    staff.post(
        page_of(ming),
        {
            "username": "ming",
            "display_name": "王小明",
            "roles": ["student"],
            "is_active": "on",
            "memberships-TOTAL_FORMS": len(page.forms),
            "memberships-INITIAL_FORMS": 1,
            "memberships-0-id": there.pk,
            "memberships-0-class_group": other.pk,
        },
    )

    assert Membership.objects.get().class_group == there.class_group


def test_page_of_a_person_whom_planners_may_not_change_only_shows(
    staff: Client, administrator: User
) -> None:
    there = MembershipFactory.create(user=administrator)

    page = staff.get(page_of(administrator)).content.decode()

    assert there.class_group.name in page
    assert 'name="memberships-0-ends_today"' not in page
    # Nor its heading, which Django makes of the field's name.
    assert "Ends today" not in page
    assert "column-ends_today" not in page
    assert staff.post(page_of(administrator), {}).status_code == 403


def test_class_groups_of_a_new_person_are_chosen_along(staff: Client) -> None:
    class_groups = [ClassGroupFactory.create(name=name) for name in ("1班", "合唱团")]
    fields: dict[str, Any] = {
        "username": "li",
        "display_name": "李小红",
        "roles": ["student"],
        "is_active": "on",
        "memberships-TOTAL_FORMS": 2,
        "memberships-INITIAL_FORMS": 0,
    }
    for number, class_group in enumerate(class_groups):
        fields[f"memberships-{number}-class_group"] = class_group.pk

    staff.post("/admin/accounts/user/add/", fields)

    assert days_of(User.objects.get(username="li")) == {("1班", None, None), ("合唱团", None, None)}


def test_class_groups_of_this_year_are_searched_from_the_page(staff: Client) -> None:
    ClassGroupFactory.create(name="三年级1班")
    ClassGroupFactory.create(name="三年级2班", archived_at=timezone.now())
    query = {"app_label": "schedule", "model_name": "membership", "field_name": "class_group"}

    found = staff.get("/admin/autocomplete/", {**query, "term": "三年级"}).json()["results"]

    assert [each["text"] for each in found] == ["三年级1班"]
