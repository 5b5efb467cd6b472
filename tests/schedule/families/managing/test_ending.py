"""The question before a family link ends that is in use: what ends with it, and for whom it says so."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.families.links import end_link
from schedule.feeds.writing import make_token
from schedule.models import FamilyAddress, FamilyLink
from tests.cast import SignedIn
from tests.support.families import link_of
from tests.support.pages import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(student: User, classmate: User, planner: User) -> FamilyLink:
    link, at = link_of(student, classmate, by=planner), timezone.now()
    FamilyLink.objects.filter(pk=link.pk).update(first_used_at=at, browser_count=2)
    FamilyAddress.objects.create(link=link, email="ma@example.com", language="en", confirmed_at=at)
    child = link.children.get(person=student)
    make_token(student, at=at, family_child=child)
    return link


def test_asks_first_and_says_what_ends(office: Client, address: str, used: FamilyLink):
    end = f"{address}{used.code}/end/"

    asked = office.post(end)

    said = main(asked).text
    assert "in 2 browsers, where the page of 王小明, 陈小雨 " in said
    assert "1 calendar " in said
    assert "mailed to ma@example.com" in said
    assert main(asked).link("Back") == address
    used.refresh_from_db()
    assert used.is_open
    assert office.post(end, {"confirm": "1"})["Location"] == address
    used.refresh_from_db()
    assert not used.is_open


def test_what_does_not_hang_on_it_is_not_named(office: Client, address: str, used: FamilyLink):
    FamilyAddress.objects.update(email="")
    used.children.get(person__display_name="王小明").calendar_feed.delete()

    said = main(office.post(f"{address}{used.code}/end/")).text

    assert "calendar" not in said
    assert "mailed" not in said


def test_a_class_teacher_is_not_told_the_address(
    address: str, used: FamilyLink, class_teacher: User, signed_in: SignedIn
):
    said = main(signed_in(class_teacher, "en").post(f"{address}{used.code}/end/")).text

    assert "mailed to the family" in said
    assert "ma@example.com" not in said


def test_one_that_has_ended_meanwhile_is_not_asked_about(
    office: Client, address: str, used: FamilyLink, planner: User
):
    end_link(used, by=planner, at=timezone.now())

    answer = office.post(f"{address}{used.code}/end/")

    assert answer["Location"] == address
    assert "already" in main(office.get(address)).text


def test_unused_ones_end_at_one_press(office: Client, address: str, student: User, planner: User):
    link = link_of(student, by=planner)

    assert office.post(f"{address}{link.code}/end/")["Location"] == address

    link.refresh_from_db()
    assert not link.is_open
