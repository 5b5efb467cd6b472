"""Links of the demo school that need no account."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.demo.open_lessons import COMING_TITLE, move_lessons
from edu_platform.demo.people import keep_people
from edu_platform.demo.roster import DEMO_CLASS_GROUP, PLANNER, STUDENTS, username_of
from edu_platform.demo.timetable import Rosters
from edu_platform.demo.visitors import visitor_links
from schedule.families.links import LINKS_A_CHILD, make_link
from schedule.guests.writing import GUESTS_AT_MOST, invite_guest
from schedule.lessons.delete import delete_lessons
from schedule.models import FamilyLink, Guest, Lesson
from tests.support.demo_school import MONDAY_MORNING

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]


def test_each_start_makes_links_anew_by_which_the_school_opens() -> None:
    with time_machine.travel(MONDAY_MORNING, tick=False):
        move_lessons(Rosters(keep_people(today=timezone.localdate())), at=timezone.now())
        first, second = (visitor_links(at=timezone.now()) for _start in range(2))

        assert [link.role for link in first] == [
            "family of two students",
            "guest of the next class",
        ]
        for old, new in zip(first, second, strict=True):
            assert Client().get(urlsplit(old.address).path).status_code == 404
            assert Client().get(urlsplit(new.address).path).status_code == 200
        family, guest = (urlsplit(link.address).path for link in second)
        browser = Client()
        browser.post(family)
        assert "张子涵" in browser.get(family).content.decode()
        assert "作家陆川" in Client().get(guest).content.decode()
    assert (FamilyLink.objects.count(), Guest.objects.count()) == (1, 1)


def test_guest_is_left_out_where_no_open_lesson_is_to_come() -> None:
    with time_machine.travel(MONDAY_MORNING, tick=False):
        at = timezone.now()
        move_lessons(Rosters(keep_people(today=timezone.localdate())), at=at)
        delete_lessons(list(Lesson.objects.filter(starts_at__gt=at)), at=at)

        assert [link.role for link in visitor_links(at=at)] == ["family of two students"]


def test_start_goes_on_where_people_who_tried_the_demo_left_no_room_for_links() -> None:
    with time_machine.travel(MONDAY_MORNING, tick=False):
        at = timezone.now()
        people = keep_people(today=timezone.localdate())
        move_lessons(Rosters(people), at=at)
        child, planner = people[username_of(STUDENTS[DEMO_CLASS_GROUP][0])], people[PLANNER]
        User.objects.filter(pk=child.pk).update(username=child.username.upper())
        for number in range(LINKS_A_CHILD):
            make_link([child], label=f"{number}", by=planner, at=at)
        for number in range(GUESTS_AT_MOST):
            invite_guest(Lesson.objects.get(title=COMING_TITLE), f"{number}", by=planner, at=at)

        assert visitor_links(at=at) == []
