"""The board of the classes of this hour, read as a table of tiles."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from attendance.enums import INSIDE_AS_GUEST, AlarmKind
from attendance.models import Alarm
from schedule.enums import CloudStatus, LessonState, RecordMode
from schedule.models import ClassGroup, Lesson, ManualRecording, Room, RoomPolling
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.guests import guest_of
from tests.support.pages import read
from tests.support.running_classes import (
    BOARD,
    ago,
    await_class,
    begin_class,
    board_of,
    look_into,
    raise_alarm,
    states_of,
    tiles_of,
)
from tests.support.today import MINUTE, NOW, plan

pytestmark = pytest.mark.django_db


def group_of(name: str) -> list[ClassGroup]:
    return [ClassGroupFactory.create(name=name)]


def test_tile_says_state_teacher_head_count_recording_and_lateness(
    office: Client, running: Lesson, pupils: list[User], teacher: User
):
    look_into(begin_class(running, late_min=3), *pupils[:2], teaching=teacher)

    tile = tiles_of(board_of(office))["三年级1班"]

    assert states_of(tile) == [
        *("● Running", "✓ Teacher there", "◉ Recorded by plan", "◔ Began 3 minutes late")
    ]
    people = tile.one("details", "now-people")
    assert people.one("b", "now-count").text == "2/3"
    assert people.one("summary").one("span").text == "2 of 3 students are inside"
    missing = people.one("ul", "now-missing")
    assert missing.text == "陈小刚"
    assert missing.link("陈小刚") == f"/people/{pupils[2].code}/"
    assert "语文课 · 李老师 09:50–10:35" in tile.text
    assert "is-as-usual" in tile.classes
    assert people.all("span", "now-guests") == []


def test_guests_are_named_and_count_nowhere(
    office: Client, running: Lesson, pupils: list[User], teacher: User
):
    names = {"guest-1": "客人<b>甲</b>", "guest-2": "", "guest-3": "客人<b>甲</b>"}
    for user_id, name in names.items():
        guest_of(running, name, user_id)
    presence = look_into(begin_class(running), *pupils[:2], teaching=teacher)
    presence.members += [[user_id, INSIDE_AS_GUEST, ""] for user_id in names]
    presence.save()

    people = tiles_of(board_of(office))["三年级1班"].one("details", "now-people")

    assert people.one("b", "now-count").text == "2/3"
    # Beside the count, also while the tile is closed.
    assert people.one("summary").one("span", "now-guests").text == "+3 guests"
    assert "Guests: Guest (name deleted), 客人<b>甲</b>, 客人<b>甲</b>" in people.text
    assert "further" not in people.text


def test_supervisors_see_names_without_links_and_enter(
    signed_in: SignedIn, supervisor: User, running: Lesson, pupils: list[User]
):
    look_into(begin_class(running))

    tile = tiles_of(board_of(signed_in(supervisor, "en")))["三年级1班"]

    missing = tile.one("ul", "now-missing")
    assert (len(missing.all("li")), missing.all("a")) == (3, [])
    assert [form.one("button").text for form in tile.all("form")] == ["Enter the class"]
    assert tile.link("Message…").startswith(f"/schedule/lessons/{running.code}/message/")


@pytest.mark.both_databases("moments in texts, and a join that may be missing")
def test_worst_comes_first(office: Client, teacher: User, planner: User):
    def lesson(name: str, minutes: int = -10) -> Lesson:
        return plan("课", minutes, class_groups=group_of(name))

    begin_class(lesson("1 fine"))
    await_class(lesson("2 to come", 3))
    begin_class(lesson("3 over", -50))
    away = lesson("4 no teacher")
    look_into(begin_class(away))
    await_class(lesson("5 overdue"))
    taken = lesson("6 taken")
    begin_class(taken)
    raise_alarm(taken, AlarmKind.EMPTY, taken_by=planner, taken_at=NOW, note="rings them up")
    alarm = lesson("7 alarm")
    begin_class(alarm)
    raise_alarm(alarm, AlarmKind.NOT_RECORDED, raised_at=ago(2))
    lesson("8 without a room")

    tiles = tiles_of(board_of(office))

    assert list(tiles) == [
        *("7 alarm", "5 overdue", "8 without a room", "4 no teacher"),
        *("6 taken", "3 over", "1 fine", "2 to come"),
    ]
    assert states_of(tiles["5 overdue"])[0] == "◌ Should have begun 10 minutes ago"
    assert states_of(tiles["3 over"])[-1] == "↦ 5 minutes over its end"
    assert states_of(tiles["2 to come"])[0] == "→ Begins at 10:03"
    assert "The class is not recorded since 09:58" in tiles["7 alarm"].text
    code = Alarm.objects.get(lesson=alarm).code
    assert len(tiles["7 alarm"].forms_to(f"/schedule/alarms/{code}/take/")) == 1
    assert "孙教务 looks after it. rings them up" in tiles["6 taken"].text
    assert (
        tiles["4 no teacher"].link("Find a substitute…").startswith("/schedule/absences/?lesson=")
    )
    assert tiles["3 over"].link("End the class…").endswith("/end/?next=/schedule/now/")


def test_alarm_of_an_account_that_was_closed_since_may_be_taken(
    office: Client, running: Lesson, administrator: User
):
    begin_class(running)
    alarm = raise_alarm(running, AlarmKind.EMPTY, taken_by=administrator, taken_at=NOW)
    User.objects.filter(pk=administrator.pk).update(is_active=False)

    tile = board_of(office).one("li", "now-tile")

    assert len(tile.forms_to(f"/schedule/alarms/{alarm.code}/take/")) == 1
    assert administrator.display_name not in tile.text


def test_only_classes_that_may_be_held_now_have_tiles(office: Client):
    begin_class(plan("课", -100, class_groups=group_of("runs on")))
    ended = plan("课", -10, class_groups=group_of("ended early"))
    begin_class(ended, cloud_status=CloudStatus.ENDED)
    cancelled = plan("课", -10, class_groups=group_of("cancelled"))
    begin_class(cancelled)
    Lesson.objects.filter(pk=cancelled.pk).update(state=LessonState.CANCELLED)
    plan("课", -10, class_groups=group_of("draft"), is_draft=True)
    await_class(plan("课", -100, class_groups=group_of("never begun")))
    plan("课", 60, class_groups=group_of("later"))
    again = plan("课", -10, class_groups=group_of("opened again"))
    begin_class(again, cloud_status=CloudStatus.ENDED, is_current=False)

    assert list(tiles_of(board_of(office))) == ["opened again", "runs on"]


@pytest.mark.parametrize(
    ("mode", "recording", "words"),
    [
        (RecordMode.NONE, None, "○ Not recorded, by plan"),
        (RecordMode.MANUAL, None, "○ By hand: not recorded"),
        (RecordMode.MANUAL, {}, "◌ By hand: asked for at 09:57"),
        (RecordMode.MANUAL, {"started_at": NOW}, "◉ Recorded by hand since 10:00"),
        (RecordMode.MANUAL, {"started_at": NOW, "stopped_at": NOW}, "○ By hand: not recorded"),
    ],
)
def test_recording_is_said(
    office: Client, running: Lesson, planner: User, mode: RecordMode, recording: Any, words: str
):
    room = begin_class(running)
    Lesson.objects.filter(pk=running.pk).update(record_mode=mode)
    if recording is not None:
        ManualRecording.objects.create(
            room=room, asked_at=ago(3), started_by=planner, task_id="t", **recording
        )

    assert words in states_of(tiles_of(board_of(office))["三年级1班"])


def test_refused_recording_is_said(office: Client, running: Lesson):
    begin_class(running, recording_refused=True)

    states = states_of(tiles_of(board_of(office))["三年级1班"])

    assert "! Not recorded: the classroom service refuses it" in states


def test_empty_hour_says_what_comes_next(office: Client):
    assert "No class is held now, and none is planned." in board_of(office).text
    plan("课", 90)
    assert "The next one begins at 11:30." in board_of(office).text


def test_silence_of_the_cloud_is_one_line(office: Client, running: Lesson):
    room = begin_class(running, asked_at=ago(1))
    polling = RoomPolling.objects.create(room=room, unreachable_since=ago(1))

    assert "as of 09:59" in board_of(office).text
    answering = begin_class(plan("数学课", -10, class_groups=group_of("一年级1班")))
    assert "does not answer" not in board_of(office).text
    Room.objects.filter(pk=answering.pk).update(asked_at=ago(1))
    assert "as of 09:59" in board_of(office).text
    RoomPolling.objects.filter(pk=polling.pk).update(unreachable_since=NOW - MINUTE / 2)
    assert "does not answer" not in board_of(office).text


def test_filters_are_those_of_today(office: Client, running: Lesson):
    begin_class(running)
    begin_class(plan("数学课", -10, class_groups=group_of("一年级1班")))

    for query, names in {
        "": ["一年级1班", "三年级1班"],
        "?teacher=teacher": ["三年级1班"],
        "?class_group=一年级1班": ["一年级1班"],
        "?grade=三年级": ["三年级1班"],
        "?course=数学课": ["一年级1班"],
        "?course=nonsense": ["一年级1班", "三年级1班"],
        "?course=数学课&grade=三年级": [],
    }.items():
        assert list(tiles_of(board_of(office, query))) == names, query
    assert office.get(f"{BOARD}?teacher=nobody").status_code == 404


def test_outsiders_find_nothing(signed_in: SignedIn, teacher: User, student: User):
    assert [signed_in(user).get(BOARD).status_code for user in (teacher, student)] == [404, 404]


class TestFollowing:
    def ask(self, client: Client, answer: Any) -> Any:
        return client.get(BOARD, headers={"X-Page-Version": answer["X-Page-Version"]})

    def test_it_asks_every_two_seconds_while_there_are_classes(
        self, office: Client, running: Lesson
    ):
        live = read(office.get(BOARD).content).one("div", id="live")
        assert live.attrs["data-every-s"] == "2"
        Lesson.objects.all().update(state=LessonState.CANCELLED)
        live = read(office.get(BOARD).content).one("div", id="live")
        assert live.attrs["data-every-s"] == "60"

    def test_news_of_people_alarms_and_recordings_are_seen(
        self, office: Client, running: Lesson, pupils: list[User], planner: User
    ):
        room = begin_class(running)
        page = office.get(BOARD)
        assert self.ask(office, page).status_code == 204

        def joins() -> None:
            look_into(room, *pupils)

        def alarms() -> None:
            raise_alarm(running, AlarmKind.TEACHER_MISSING)

        def records() -> None:
            ManualRecording.objects.create(room=room, asked_at=NOW, started_by=planner)

        for change in (joins, alarms, records):
            change()
            news = self.ask(office, page)
            assert news.status_code == 200, change
            assert b"<html" not in news.content
            page = news

    def test_lateness_goes_on_by_the_minute(self, office: Client, running: Lesson):
        await_class(running)

        live = read(office.get(BOARD).content).one("div", id="live")

        assert live.attrs["data-in-s"] == "60"


@pytest.mark.both_databases("one statement for a class and all that is shown of it")
def test_many_classes_cost_as_many_queries_as_one(
    office: Client, teacher: User, django_assert_num_queries: Any
):
    def fill(count: int) -> None:
        for number in range(count):
            (group,) = group_of(f"{count}-{number}班")
            MembershipFactory.create(user=UserFactory.create(), class_group=group)
            lesson = plan(f"课{number}", -10, class_groups=[group])
            look_into(
                begin_class(lesson), *(membership.user for membership in group.memberships.all())
            )
            raise_alarm(lesson, AlarmKind.TEACHER_MISSING)

    fill(1)
    page = office.get(BOARD)
    with django_assert_num_queries(12):
        office.get(BOARD)
    # Session and person, then settings and classes.
    with django_assert_num_queries(4):
        answer = office.get(BOARD, headers={"X-Page-Version": page["X-Page-Version"]})
    assert answer.status_code == 204
    fill(49)
    page = office.get(BOARD)
    with django_assert_num_queries(12):
        office.get(BOARD)
    with django_assert_num_queries(4):
        answer = office.get(BOARD, headers={"X-Page-Version": page["X-Page-Version"]})
    assert answer.status_code == 204


def test_note_that_looks_like_the_place_of_a_token_is_shown_as_it_is(
    office: Client, running: Lesson, planner: User
):
    note = "csrf-token-of-the-page"
    begin_class(running)
    raise_alarm(running, AlarmKind.EMPTY, taken_by=planner, taken_at=NOW, note=note)

    assert note in board_of(office).text


def test_texts_of_people_are_escaped(office: Client, group: ClassGroup, teacher: User):
    lesson = plan("<b>课</b>", -10, class_groups=[group])
    begin_class(lesson)
    raise_alarm(lesson, AlarmKind.EMPTY, taken_by=teacher, taken_at=NOW, note="<i>x")

    text = office.get(BOARD).content.decode()

    assert "&lt;b&gt;课" in text
    assert "<i>" not in text
