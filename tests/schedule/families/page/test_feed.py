"""The calendar that follows a child by an address of the family's own."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.feeds.writing import make_token
from schedule.models import CalendarFeed, FamilyLink, Lesson
from tests.factories.schedule import LessonFactory, MembershipFactory
from tests.support.families import FamilyOf, make_family, phone

pytestmark = pytest.mark.django_db
ADDRESS = re.compile(r'value="https?://[^"]*(/schedule/feeds/[^"]+\.ics)"')


@pytest.fixture
def lesson(child: User) -> Lesson:
    group = child.memberships.get().class_group
    return LessonFactory.create(class_groups=[group], course__name="语文")


@pytest.fixture
def browser(family: FamilyOf) -> Client:
    return family.has_opened()


def new_address(browser: Client, family: FamilyOf, child: User) -> str:
    answer = browser.post(f"{family.page}feed/", {"child": child.code})
    (address,) = ADDRESS.findall(answer.content.decode())
    return str(address)


def test_button_makes_an_address_that_is_shown_once(
    browser: Client, family: FamilyOf, child: User, lesson: Lesson
):
    address = new_address(browser, family, child)

    calendar = Client().get(address).content.decode()
    assert "SUMMARY:语文" in calendar
    page = browser.get(f"{family.page}feed/").content.decode()
    assert address not in page
    assert CalendarFeed.objects.get().family_child == family.link.children.get()


def test_events_lead_to_no_page_that_a_family_cannot_open(
    browser: Client, family: FamilyOf, child: User, lesson: Lesson
):
    calendar = Client().get(new_address(browser, family, child)).content.decode()

    assert "URL:" not in calendar
    assert "/schedule/lessons/" not in calendar.replace("\r\n ", "")
    own = Client().get(f"/schedule/feeds/{make_token(child, at=timezone.now())}.ics")
    assert f"/schedule/lessons/{lesson.code}/" in own.content.decode().replace("\r\n ", "")


def test_it_stands_beside_the_childs_own_and_those_of_other_families(
    browser: Client, family: FamilyOf, child: User
):
    make_token(child, at=timezone.now())
    father = make_family(child, label="爸爸")
    addresses = [
        new_address(browser, family, child),
        new_address(father.has_opened(), father, child),
    ]

    assert CalendarFeed.objects.count() == 3
    assert [Client().get(address).status_code for address in addresses] == [200, 200]


def test_new_address_takes_the_place_of_the_old_one(browser: Client, family: FamilyOf, child: User):
    old, new = (new_address(browser, family, child) for _time in range(2))

    assert [Client().get(address).status_code for address in (old, new)] == [404, 200]


def test_family_ends_its_own_feed_and_no_other(browser: Client, family: FamilyOf, child: User):
    address = new_address(browser, family, child)
    make_token(child, at=timezone.now())

    answer = browser.post(f"{family.page}feed/", {"revoke": "1"})

    assert (answer.status_code, answer["Location"]) == (
        303,
        f"{family.page}feed/?child={child.code}",
    )
    assert Client().get(address).status_code == 404
    assert CalendarFeed.objects.get().family_child is None


def test_it_ends_with_its_link(browser: Client, family: FamilyOf, child: User):
    address = new_address(browser, family, child)
    FamilyLink.objects.update(ended_at=timezone.now())

    assert Client().get(address).status_code == 404


def test_it_ends_with_the_child_who_leaves(browser: Client, family: FamilyOf, child: User):
    address = new_address(browser, family, child)
    User.objects.filter(pk=child.pk).update(is_active=False)

    assert Client().get(address).status_code == 404


def test_browser_that_has_not_opened_the_link_is_led_to_its_button(family: FamilyOf):
    for method in ("get", "post"):
        answer = getattr(phone(), method)(f"{family.page}feed/")
        assert (answer.status_code, answer["Location"]) == (303, family.page)
    assert not CalendarFeed.objects.exists()


def test_child_of_others_gets_none(browser: Client, family: FamilyOf):
    other = MembershipFactory.create().user

    assert browser.post(f"{family.page}feed/", {"child": other.code}).status_code == 404
    assert not CalendarFeed.objects.exists()
