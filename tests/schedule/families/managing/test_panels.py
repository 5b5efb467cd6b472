"""Family links on the pages of a person and of a class group, from which they are reached."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.families.links import end_link
from schedule.models import ClassGroup, FamilyLink
from tests.cast import SignedIn
from tests.factories.schedule import MembershipFactory
from tests.support.families import link_of
from tests.support.pages import main

pytestmark = pytest.mark.django_db


def test_leads_from_the_page_of_the_child(
    office: Client, address: str, student: User, teacher: User, planner: User
):
    end_link(link_of(student, by=planner), by=planner, at=timezone.now())
    assert "None yet" in main(office.get(f"/people/{student.code}/")).text
    link_of(student, by=planner)

    page = main(office.get(f"/people/{student.code}/"))

    assert "1 link works, used 0" in page.text
    assert page.link("Show and make family links") == address
    assert not main(office.get(f"/people/{teacher.code}/")).all("section", id="family")


def test_leads_from_each_student_of_the_class_group(
    office: Client,
    address: str,
    student: User,
    classmate: User,
    class_teacher: User,
    class_group: ClassGroup,
    signed_in: SignedIn,
):
    FamilyLink.objects.filter(pk=link_of(student, by=class_teacher).pk).update(
        first_used_at=timezone.now()
    )
    link_of(student, by=class_teacher)
    pages = {
        f"/schedule/class-groups/{class_group.code}/": signed_in(class_teacher, "en"),
        f"/class-groups/{class_group.code}/": office,
    }

    for path, client in pages.items():
        page = main(client.get(path))
        assert page.link("2, used 1") == address
        assert page.link("0") == f"/people/{classmate.code}/family-links/"


def test_counting_costs_the_class_teacher_one_query(
    class_teacher: User, class_group: ClassGroup, student: User, signed_in: SignedIn
):
    client, path = signed_in(class_teacher), f"/schedule/class-groups/{class_group.code}/"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    link_of(student, by=class_teacher)
    one = queries()
    for _number in range(5):
        member = MembershipFactory.create(class_group=class_group)
        link_of(member.user, by=class_teacher)

    assert queries() == one
