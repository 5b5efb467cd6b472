"""Links of the demo school that need no account."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from edu_platform.demo.open_lessons import move_lessons
from edu_platform.demo.people import keep_people
from edu_platform.demo.timetable import Rosters
from edu_platform.demo.visitors import visitor_links
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
