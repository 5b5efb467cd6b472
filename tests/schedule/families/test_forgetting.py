"""Family links in time: ended ones are deleted, unused ones end."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.families.forgetting import ENDED_KEPT_FOR, UNUSED_WORK_FOR
from schedule.families.links import end_link, make_link
from schedule.families.slips.printing import print_slips
from schedule.models import ClassGroup, FamilyAddress, FamilyChild, FamilyLink, FamilySlips
from schedule.tasks import forget_family_links

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def link_of(child: User, by: User, at: dt.datetime) -> FamilyLink:
    return make_link([child], label="母亲", by=by, at=at)[0]


def test_links_that_ended_long_ago_are_deleted(student: User, planner: User):
    at = timezone.now()
    old, fresh, still_open = (link_of(student, planner, at) for _number in range(3))
    end_link(old, by=planner, at=at - ENDED_KEPT_FOR - DAY)
    end_link(fresh, by=planner, at=at - ENDED_KEPT_FOR + DAY)

    forget_family_links()

    assert set(FamilyLink.objects.all()) == {fresh, still_open}
    assert FamilyChild.objects.count() == 2


def test_links_that_nobody_has_used_for_long_end(student: User, planner: User):
    long_ago = timezone.now() - UNUSED_WORK_FOR - DAY
    unused, used = (link_of(student, planner, long_ago) for _number in range(2))
    fresh = link_of(student, planner, long_ago + 2 * DAY)
    FamilyLink.objects.filter(pk=used.pk).update(first_used_at=long_ago)
    FamilyAddress.objects.create(link=unused, email="ma@example.com", language="zh-hans")

    forget_family_links()

    assert set(FamilyLink.objects.open()) == {used, fresh}
    unused.refresh_from_db()
    assert unused.ended_by is None
    assert not FamilyAddress.objects.exists()


def test_a_print_goes_with_the_last_of_its_links(
    student: User, planner: User, class_group: ClassGroup
):
    at = timezone.now()
    long_ago = at - ENDED_KEPT_FOR - 2 * DAY
    print_slips([class_group], by=planner, at=long_ago)
    (second,) = print_slips([class_group], by=planner, at=long_ago + DAY)
    FamilyLink.objects.filter(slips=second).update(first_used_at=at)

    forget_family_links()

    assert set(FamilySlips.objects.all()) == {second}
