"""The button of a family link: browsers that are counted, and class teachers who hear of the first."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice, User
from schedule.families.page import opening
from schedule.models import ClassGroup, FamilyLink
from tests.factories.schedule import MembershipFactory
from tests.support.families import FamilyOf, make_family, phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def class_teacher(group: ClassGroup) -> User:
    return MembershipFactory.create(
        class_group=group, kind="class_teacher", user__display_name="沈老师"
    ).user


def test_browsers_are_counted_and_one_that_presses_again_is_not(family: FamilyOf):
    mother = family.has_opened()
    mother.post(family.page)
    family.has_opened()

    link = FamilyLink.objects.get()
    assert link.browser_count == 2
    assert link.first_used_at is not None
    assert link.used_on == timezone.localdate()


def test_link_that_very_many_open_within_an_hour_opens_no_more_for_a_while(
    family: FamilyOf, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(opening, "OPENINGS_AT_MOST", 2)
    first, _second = family.has_opened(), family.has_opened()

    refused = phone().post(family.page)

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert FamilyLink.objects.get().browser_count == 2
    assert "林小满" in first.get(family.page).content.decode()
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1)):
        family.has_opened()


def test_later_day_of_use_is_kept_and_costs_one_write_a_day(family: FamilyOf):
    browser = family.has_opened()
    with time_machine.travel(timezone.now() + dt.timedelta(days=3)):
        browser.get(family.page)
        assert FamilyLink.objects.get().used_on == timezone.localdate()
        with CaptureQueriesContext(connection) as captured:
            browser.get(family.page)
    assert not [query for query in captured if query["sql"].startswith("UPDATE")]


def test_class_teacher_hears_of_the_first_use_once(
    family: FamilyOf, child: User, class_teacher: User
):
    family.has_opened()
    family.has_opened()

    notice = Notice.objects.get()
    assert notice.user == class_teacher
    assert notice.arguments == {"label": "妈妈", "children": ["林小满"]}
    assert notice.address == f"/people/{child.code}/family-links/"


def test_class_teacher_hears_of_their_own_children_alone(
    child: User, sibling: User, class_teacher: User
):
    make_family(sibling, child).has_opened()

    assert Notice.objects.get(user=class_teacher).arguments["children"] == ["林小满"]


def test_looking_at_the_button_tells_nobody(family: FamilyOf, class_teacher: User):
    phone().get(family.page)

    assert not Notice.objects.filter(user=class_teacher).exists()
