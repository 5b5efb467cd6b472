"""Saying something into a class, and ending one that runs over its end."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts.audit_words import details_in_words
from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from attendance.now.messages import SentAlready, say_into_class
from classroom.client.errors import CloudRejected, CloudUnavailable
from schedule.enums import CloudStatus, LessonState
from schedule.models import ClassGroup, Lesson, Room
from tests.cast import SignedIn
from tests.support.pages import Element, read
from tests.support.running_classes import BOARD, await_class, begin_class, look_into
from tests.support.threads import all_at_once
from tests.support.today import MINUTE, NOW, plan

pytestmark = pytest.mark.django_db

TEXT = "老师马上就到"


@pytest.fixture(autouse=True)
def _no_clicks_of_others(db: None) -> None:
    cache.clear()


def message(lesson: Lesson) -> str:
    return f"/schedule/lessons/{lesson.code}/message/"


def end(lesson: Lesson) -> str:
    return f"/schedule/lessons/{lesson.code}/end/"


def say(client: Client, lesson: Lesson, text: str = TEXT, **data: str) -> Any:
    return client.post(message(lesson), {"text": text, **data})


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_arguments: Any) -> None:
        raise error

    monkeypatch.setattr("attendance.now.messages.send_to_class", fail)
    monkeypatch.setattr("schedule.rooms.polling.poll_room", lambda *_arguments: None)


def rejected(code: str) -> CloudRejected:
    return CloudRejected("SendRoomNotificationMessage", code, "no")


def typed_in(answer: Any) -> str:
    return read(answer.content).one("textarea").text


def audited(kind: AuditKind) -> list[str]:
    return [
        details_in_words(entry) for entry in AuditEntry.objects.filter(kind=kind).order_by("pk")
    ]


class TestMessage:
    def test_it_is_shown_in_the_current_room_and_leads_back(
        self, office: Client, running: Lesson, sent: list[Any]
    ):
        begin_class(running, cloud_status=CloudStatus.ENDED, is_current=False, room_id=7)
        room = begin_class(running, generation=2)

        answer = say(office, running, "  老师\n马上就到 ", next="/schedule/now/?course=x")

        assert (answer.status_code, answer["Location"]) == (303, "/schedule/now/?course=x")
        assert sent == [(room.room_id, "老师 马上就到")]
        assert audited(AuditKind.CLASS_MESSAGED) == ["老师 马上就到"]
        assert say(office, running, "b", next="//elsewhere.example/")["Location"] == BOARD

    def test_browsers_send_ends_of_lines_as_two_characters_which_count_as_one(
        self, office: Client, running: Lesson, sent: list[Any]
    ):
        begin_class(running)

        assert say(office, running, "长" * 100 + "\r\n" + "长" * 99).status_code == 303
        assert [len(text) for _room, text in sent] == [200]

    def test_ready_sentences_are_sent_at_a_click(
        self, office: Client, running: Lesson, sent: list[Any]
    ):
        begin_class(running)
        buttons = read(office.get(message(running)).content).all("button", name="text")

        say(office, running, buttons[0].attrs["value"])

        assert [text for _room, text in sent] == [buttons[0].text]

    def test_double_click_sends_once(self, office: Client, running: Lesson, sent: list[Any]):
        begin_class(running)

        answers = [say(office, running) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert len(sent) == 1
        assert "not a second time" in office.get(BOARD).content.decode()

    @pytest.mark.django_db(transaction=True)
    def test_double_click_sends_once_also_what_was_sent_some_time_before(
        self, planner: User, running: Lesson, sent: list[Any]
    ):
        def send(_click: int) -> bool:
            try:
                say_into_class(running, TEXT, by=planner)
            except SentAlready:
                return False
            return True

        begin_class(running)
        for minute in range(6):
            with time_machine.travel(NOW + minute * MINUTE, tick=False):
                assert sum(all_at_once(send, range(4))) == 1

        assert len(sent) == 6

    @pytest.mark.parametrize("text", ["", "   ", "\u200b\u2060 \u3164", "长" * 201, "a\0b"])
    def test_empty_and_long_texts_are_refused(
        self, office: Client, running: Lesson, sent: list[Any], text: str
    ):
        begin_class(running)

        assert say(office, running, text).status_code == 422
        assert sent == []

    def test_refused_words_are_said_and_nothing_typed_is_lost(
        self, office: Client, running: Lesson, monkeypatch: pytest.MonkeyPatch
    ):
        begin_class(running)
        refuse(monkeypatch, rejected("InvalidParameter.Content"))

        for _ in range(2):  # trying again is no double click
            answer = say(office, running)
            assert answer.status_code == 422
            assert "does not allow some of these words" in answer.content.decode()
            assert typed_in(answer) == TEXT
        assert audited(AuditKind.CLASS_MESSAGED) == []

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ("not begun", "Nobody has begun the class yet."),
            ("no room", "Nobody has begun the class yet."),
            ("over", "The class is over by now."),
            ("cancelled", "The lesson was cancelled: there is no class."),
        ],
    )
    def test_class_that_does_not_run_is_said(
        self, office: Client, running: Lesson, sent: list[Any], change: str, words: str
    ):
        if change == "not begun":
            await_class(running)
        elif change != "no room":
            begin_class(running)
        if change == "over":
            Room.objects.update(cloud_status=CloudStatus.ENDED)
        if change == "cancelled":
            Lesson.objects.update(state=LessonState.CANCELLED)

        answer = say(office, running)

        assert (answer.status_code, sent) == (409, [])
        assert words in answer.content.decode()
        assert typed_in(answer) == TEXT
        page = office.get(message(running)).content.decode()
        assert words in page
        assert "<textarea" not in page, "there is nobody to read it"

    def test_class_that_the_cloud_has_ended_is_an_answer(
        self, office: Client, running: Lesson, monkeypatch: pytest.MonkeyPatch
    ):
        begin_class(running)
        refuse(monkeypatch, rejected("FailedOperation.ClassEnded"))

        answer = say(office, running)

        assert answer.status_code == 409
        assert "The class is over by now." in answer.content.decode()

    def test_silence_is_said_and_nothing_is_sent_twice_by_itself(
        self, office: Client, running: Lesson, monkeypatch: pytest.MonkeyPatch
    ):
        begin_class(running)
        refuse(monkeypatch, CloudUnavailable("x", "silent", outcome_is_known=False))

        answer = say(office, running)

        assert answer.status_code == 503
        assert "whether the message was shown is not known" in answer.content.decode()
        assert typed_in(answer) == TEXT
        assert audited(AuditKind.CLASS_MESSAGED) == [f"{TEXT} (?)"]
        refuse(monkeypatch, CloudUnavailable("x", "busy", outcome_is_known=True))
        answer = say(office, running)
        assert "nothing was sent" in answer.content.decode()

    def test_supervisors_may_and_others_find_nothing(
        self,
        signed_in: SignedIn,
        running: Lesson,
        sent: list[Any],
        supervisor: User,
        teacher: User,
        outsider: User,
    ):
        begin_class(running)

        assert say(signed_in(supervisor), running).status_code == 303
        for user in (teacher, outsider):
            assert say(signed_in(user), running).status_code == 404
            assert signed_in(user).get(message(running)).status_code == 404
        assert len(sent) == 1


class TestEnd:
    @pytest.fixture
    def over(self, group: ClassGroup, teacher: User) -> Lesson:
        """Make a lesson that ended 5 minutes ago by its plan."""
        return plan("语文课", -50, class_groups=[group], teacher=teacher)

    @pytest.fixture
    def ended(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Return the rooms that the cloud has ended."""
        rooms: list[int] = []

        def look(room: Room, _priority: Any) -> None:
            Room.objects.filter(pk=room.pk).update(cloud_status=CloudStatus.ENDED)

        monkeypatch.setattr(
            "attendance.now.ending.end_room", lambda room_id, _priority: rooms.append(room_id)
        )
        monkeypatch.setattr("schedule.rooms.polling.poll_room", look)
        return rooms

    def page(self, client: Client, lesson: Lesson) -> Element:
        return read(client.get(end(lesson)).content).one("main")

    def test_it_asks_with_the_number_of_people_inside(
        self, office: Client, over: Lesson, pupils: list[User], teacher: User
    ):
        look_into(begin_class(over), *pupils, teaching=teacher)

        page = self.page(office, over)

        assert "4 people are inside (as of 10:00)." in page.text
        assert page.one("form").one("button").text == "End the class now"

    def test_it_ends_once_and_a_class_that_is_over_is_an_answer(
        self, office: Client, over: Lesson, ended: list[int]
    ):
        room = begin_class(over)

        answers = [office.post(end(over)) for _ in range(2)]

        assert [(answer.status_code, answer["Location"]) for answer in answers] == [
            (303, BOARD)
        ] * 2
        assert ended == [room.room_id]
        assert len(audited(AuditKind.CLASS_ENDED)) == 1
        assert "The class had ended already." in office.get(BOARD).content.decode()

    def test_class_within_its_time_is_left_to_its_teacher(
        self, office: Client, running: Lesson, ended: list[int]
    ):
        begin_class(running)

        assert "goes on until 10:35" in self.page(office, running).text
        assert self.page(office, running).all("form") == []
        assert office.post(end(running)).status_code == 409
        assert ended == []

    def test_silence_is_said(self, office: Client, over: Lesson, monkeypatch: pytest.MonkeyPatch):
        begin_class(over)

        def fail(*_arguments: Any) -> None:
            raise CloudUnavailable("EndRoom", "silent", outcome_is_known=False)

        monkeypatch.setattr("attendance.now.ending.end_room", fail)

        answer = office.post(end(over))

        assert answer.status_code == 503
        assert "the board shows in a moment" in answer.content.decode()
        assert audited(AuditKind.CLASS_ENDED) == ["(?)"]

    def test_staff_alone_may(
        self,
        signed_in: SignedIn,
        over: Lesson,
        ended: list[int],
        supervisor: User,
        teacher: User,
        outsider: User,
    ):
        begin_class(over)

        for user in (supervisor, teacher, outsider):
            assert signed_in(user).post(end(over)).status_code == 404
            assert signed_in(user).get(end(over)).status_code == 404
        assert ended == []
