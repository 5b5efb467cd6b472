"""Today's tiles of now show what the board shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ClassroomIdentity, User
from attendance.enums import INSIDE_AS_GUEST, AlarmKind, MemberRole
from attendance.now import today
from attendance.now.today import notes_of_now
from attendance.presence.reading import people_inside
from schedule.models import ClassGroup, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.pages import Element
from tests.support.running_classes import begin_class, look_into, raise_alarm
from tests.support.today import DAY, NOW, page_of, plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(today, "open_board", lambda: None)


def tile_of(client: Client) -> Element:
    (tile,) = page_of(client).all("li", "tile")
    return tile


def test_head_count_teacher_and_alarms_stand_on_the_tile(
    office: Client, running: Lesson, pupils: list[User], teacher: User
):
    room = begin_class(running)
    look_into(room, *pupils[:2], teaching=teacher)

    tile = tile_of(office)
    texts = [part.text for part in tile.one("span", "day-count").all("span")]
    assert texts == ["2/3", "2 of 3 students are inside"]
    assert "is-as-usual" in tile.classes

    look_into(room, *pupils[:2])
    raise_alarm(running, AlarmKind.NOT_RECORDED)

    tile = tile_of(office)
    assert "needs-look" in tile.classes
    assert "! No teacher" in tile.text
    assert "! The class is not recorded" in tile.text


def test_page_hears_of_news(office: Client, running: Lesson, pupils: list[User]):
    room = begin_class(running)
    look_into(room)
    page = office.get("/schedule/today/")
    headers = {"X-Page-Version": page["X-Page-Version"]}
    assert office.get("/schedule/today/", headers=headers).status_code == 204

    look_into(room, pupils[0])

    assert office.get("/schedule/today/", headers=headers).status_code == 200


@pytest.mark.both_databases("members and moments in texts")
def test_count_is_that_of_the_board(
    running: Lesson, pupils: list[User], teacher: User, group: ClassGroup
):
    second = ClassGroupFactory.create()
    running.class_groups.add(second)
    left = UserFactory.create(is_active=False)
    in_both, teaching_too, known_before, past = pupils[0], teacher, UserFactory.create(), left
    uninvited = UserFactory.create()
    for user in (in_both, teaching_too, known_before, past):
        MembershipFactory.create(user=user, class_group=second)
    gone = UserFactory.create()
    MembershipFactory.create(user=gone, class_group=second, to_date=timezone.localdate(NOW) - DAY)
    look = look_into(begin_class(running), in_both, pupils[1], known_before, uninvited, gone, left)
    look.members.append([f"cloud-{pupils[2].username}", MemberRole.SUPERVISOR, "looks in"])
    look.members.append(["guest", INSIDE_AS_GUEST, ""])
    look.save()
    ClassroomIdentity.objects.filter(user=known_before).update(
        classroom_user_id="new", earlier_user_ids=[f"cloud-{known_before.username}"]
    )

    note = notes_of_now([running.pk], NOW)[running.pk]
    people = people_inside([running.pk], NOW)[running.pk]

    assert note.head_count == f"{people.inside}/{people.expected}" == "3/4"


def test_it_costs_one_query_whatever_runs_and_none_where_nothing_does(
    office: Client, pupils: list[User], group: ClassGroup, django_assert_num_queries: Any
):
    def followed(count: int) -> None:
        page = office.get("/schedule/today/")
        headers = {"X-Page-Version": page["X-Page-Version"]}
        with django_assert_num_queries(count):
            assert office.get("/schedule/today/", headers=headers).status_code == 204

    plan("课", 60, class_groups=[group])
    followed(4)
    for number in range(3):
        lesson = plan("课", -number - 1, class_groups=[ClassGroupFactory.create()])
        look_into(begin_class(lesson))
        followed(5)


def test_today_leads_to_the_board(office: Client):
    assert f'href="{reverse("attendance:now")}"' in office.get("/schedule/today/").content.decode()
