"""Courseware of classes whose room, document or lesson changes on the way, and answers that are lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from classroom.client import documents
from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from courseware.enums import BindTrouble, CoursewareState
from courseware.models import Binding, Courseware
from courseware.services.binding import bind, reorder, unbind
from courseware.services.binding_sync import sync_bindings
from courseware.services.deletion import finish_deletions
from courseware.services.transcoding import transcode_again
from schedule.enums import CloudStatus, RoomReason
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.models import Lesson, Room
from schedule.rooms.making import ensure_room
from tests.factories.schedule import LessonFactory
from tests.support.binding import at_lesson, bound_in
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _quick_cloud_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch, read_timeout_s=5.0)


@pytest.fixture
def lost_answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """BindDocumentToRoom works, and nobody hears of it, until the returned function is called."""
    ask = documents.bind_document

    def ask_and_hear_nothing(*args: Any, **kwargs: Any) -> None:
        ask(*args, **kwargs)
        raise CloudUnavailable("BindDocumentToRoom", "read timed out", outcome_is_known=False)

    monkeypatch.setattr(documents, "bind_document", ask_and_hear_nothing)
    return lambda: monkeypatch.setattr(documents, "bind_document", ask)


def bind_all(lesson: Lesson, ready: list[Courseware]) -> None:
    for courseware in ready:
        bind(courseware=courseware, lesson=lesson)


def sync_all() -> None:
    Binding.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    sync_bindings(timezone.now())


def ids_in(cloud: LocalCloud, room: Room) -> list[str]:
    return [document_id for document_id, _type in bound_in(cloud, room)]


def ids_of(ready: list[Courseware]) -> list[str]:
    return [courseware.document_id for courseware in ready]


class TestOrder:
    def test_is_the_chosen_one_whichever_is_ready_first(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        Courseware.objects.filter(pk=ready[0].pk).update(state=CoursewareState.TRANSCODING)
        bind_all(lesson, ready)
        sync_bindings(timezone.now())

        Courseware.objects.update(state=CoursewareState.READY)
        sync_bindings(timezone.now())

        assert ids_in(local_cloud, room) == ids_of(ready)
        assert set(Binding.objects.values_list("due_at", flat=True)) == {None}

    def test_running_class_gets_what_is_late_at_its_end(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        Courseware.objects.filter(pk=ready[0].pk).update(state=CoursewareState.TRANSCODING)
        bind_all(lesson, ready)
        sync_bindings(timezone.now())

        Room.objects.update(cloud_status=CloudStatus.RUNNING)
        Courseware.objects.update(state=CoursewareState.READY)
        sync_bindings(timezone.now())

        assert ids_in(local_cloud, room) == ids_of([*ready[1:], ready[0]])
        assert local_cloud.calls(action="UnbindDocumentFromRoom") == []

    def test_is_kept_when_the_middle_gets_another_document(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        bind_all(lesson, ready[:2])
        sync_bindings(timezone.now())

        new_id = ready[2].document_id
        ready[2].delete()
        Courseware.objects.filter(pk=ready[0].pk).update(document_id=new_id)
        sync_bindings(timezone.now())

        assert ids_in(local_cloud, room) == [new_id, ready[1].document_id]

    def test_what_stood_right_is_not_told_again(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        bind_all(lesson, ready)
        sync_bindings(timezone.now())

        reorder(lesson, [each.code for each in (ready[0], ready[2], ready[1])])
        sync_bindings(timezone.now())
        sync_bindings(timezone.now())

        assert len(local_cloud.calls(action="BindDocumentToRoom")) == 3 + 2


class TestLostAnswers:
    def test_what_may_be_there_is_taken_out(
        self,
        lesson: Lesson,
        room: Room,
        ready: list[Courseware],
        local_cloud: LocalCloud,
        lost_answers: Callable[[], None],
    ):
        binding = bind(courseware=ready[0], lesson=lesson)
        sync_bindings(timezone.now())
        before = ids_in(local_cloud, room)

        unbind(binding, at=timezone.now())
        sync_bindings(timezone.now())

        assert (before, ids_in(local_cloud, room)) == ([ready[0].document_id], [])
        assert Binding.objects.count() == 0

    def test_order_is_right_in_the_end(
        self,
        lesson: Lesson,
        room: Room,
        ready: list[Courseware],
        local_cloud: LocalCloud,
        lost_answers: Callable[[], None],
    ):
        bind_all(lesson, ready)
        sync_bindings(timezone.now())

        lost_answers()
        sync_bindings(timezone.now())  # the first waits, the others come
        sync_all()

        assert ids_in(local_cloud, room) == ids_of(ready)

    def test_running_class_is_not_disturbed(
        self,
        lesson: Lesson,
        room: Room,
        ready: list[Courseware],
        local_cloud: LocalCloud,
        lost_answers: Callable[[], None],
    ):
        binding = bind(courseware=ready[0], lesson=lesson)
        Room.objects.update(cloud_status=CloudStatus.RUNNING)
        sync_bindings(timezone.now())

        lost_answers()
        sync_all()

        binding.refresh_from_db()
        assert ids_in(local_cloud, room) == [ready[0].document_id]
        assert local_cloud.calls(action="UnbindDocumentFromRoom") == []
        assert (binding.due_at, binding.trouble) == (None, "")

    def test_refusal_leaves_nothing_to_take_out(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        local_cloud.switch(
            "BindDocumentToRoom", "fail", code="LimitExceeded.ClassDocumentLimit", times=1
        )
        binding = bind(courseware=ready[0], lesson=lesson)
        sync_bindings(timezone.now())

        unbind(binding, at=timezone.now())

        assert Binding.objects.count() == 0


class TestChanges:
    def test_document_is_replaced_while_the_class_runs(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        bind_all(lesson, ready[:2])
        sync_bindings(timezone.now())
        Room.objects.update(cloud_status=CloudStatus.RUNNING)

        new_id = ready[2].document_id
        ready[2].delete()
        Courseware.objects.filter(pk=ready[0].pk).update(document_id=new_id)
        sync_bindings(timezone.now())

        assert ids_in(local_cloud, room) == [ready[1].document_id, new_id]

    def test_document_of_before_is_deleted_when_its_successor_is_there(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        bind(courseware=ready[0], lesson=lesson)
        sync_bindings(timezone.now())
        old_id, new_id = ids_of(ready[:2])
        transcode_again(ready[0], at=timezone.now())
        finish_deletions(timezone.now())
        meanwhile = ids_in(local_cloud, room)

        ready[1].delete()
        Courseware.objects.filter(pk=ready[0].pk).update(
            state=CoursewareState.READY, document_id=new_id
        )
        sync_bindings(timezone.now())
        finish_deletions(timezone.now())

        assert (meanwhile, ids_in(local_cloud, room)) == ([old_id], [new_id])
        assert documents.describe_document(old_id, Priority.BACKGROUND) is None

    def test_cancelled_lesson_that_takes_place_after_all_has_it_in_its_new_room(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        bind_all(lesson, ready)
        sync_bindings(timezone.now())
        cancel_lesson(lesson, reason="", at=timezone.now())
        sync_bindings(timezone.now())

        restore_lesson(lesson)
        new = ensure_room(
            lesson, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now()
        )
        sync_bindings(timezone.now())

        assert new.room_id != room.room_id
        assert ids_in(local_cloud, new) == ids_of(ready)

    def test_moved_lesson_keeps_it(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        bind_all(lesson, ready)
        sync_bindings(timezone.now())

        later = dt.timedelta(hours=3)
        plan = plan_of(lesson)
        moved = dataclasses.replace(
            plan, starts_at=plan.starts_at + later, ends_at=plan.ends_at + later
        )
        change_lesson(lesson, moved)
        sync_bindings(timezone.now())

        assert ids_in(local_cloud, room) == ids_of(ready)
        assert len(local_cloud.calls(action="BindDocumentToRoom")) == len(ready)

    def test_deleted_courseware_leaves_though_nobody_told(
        self, lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
    ):
        bind_all(lesson, ready[:2])
        sync_bindings(timezone.now())

        Courseware.objects.filter(pk=ready[0].pk).update(deleted_at=timezone.now())
        sync_bindings(timezone.now())

        assert ids_in(local_cloud, room) == [ready[1].document_id]
        assert at_lesson(lesson, ready[0]).bound_document_id == ""


def test_odd_row_does_not_hold_up_the_others(
    lesson: Lesson,
    room: Room,
    ready: list[Courseware],
    local_cloud: LocalCloud,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    ask = documents.bind_document

    def stumble_over_the_first(room_id: int, document_id: str, **choices: Any) -> None:
        if document_id == ready[0].document_id:
            raise ValueError("nobody thought of this")
        ask(room_id, document_id, **choices)

    monkeypatch.setattr(documents, "bind_document", stumble_over_the_first)
    bind_all(lesson, ready)

    at = timezone.now()
    sync_bindings(at)

    odd = at_lesson(lesson, ready[0])
    assert ids_in(local_cloud, room) == ids_of(ready[1:])
    assert odd.due_at is not None
    assert odd.due_at > at + dt.timedelta(seconds=20)
    assert (odd.trouble, odd.last_error) == (
        BindTrouble.FAULT,
        "ValueError: nobody thought of this",
    )
    assert [each.exc_info is not None for each in caplog.records if each.levelname == "ERROR"] == [
        True
    ]


@pytest.mark.parametrize("odd_ones", [1, 3])
def test_lesson_for_which_the_cloud_falls_silent_holds_up_no_other(
    lesson: Lesson,
    room: Room,
    ready: list[Courseware],
    local_cloud: LocalCloud,
    monkeypatch: pytest.MonkeyPatch,
    odd_ones: int,
):
    """Its turn is the first each time, since it is the next one."""
    later = LessonFactory.create(starts_at=lesson.starts_at + DAY, teacher=lesson.teacher)
    other = ensure_room(
        later, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now()
    )
    bind_all(lesson, ready[:odd_ones])
    bind_all(later, ready)
    ask, asked = documents.bind_document, []

    def fall_silent(room_id: int, document_id: str, **choices: Any) -> None:
        asked.append(room_id)
        if room_id == room.number:
            raise CloudUnavailable("BindDocumentToRoom", "no answer", outcome_is_known=False)
        ask(room_id, document_id, **choices)

    monkeypatch.setattr(documents, "bind_document", fall_silent)
    at = timezone.now()

    sync_bindings(at)
    bindings = Binding.objects.filter(lesson=lesson)
    waiting = bindings.filter(due_at__gt=at + dt.timedelta(seconds=20)).count()
    Binding.objects.filter(lesson=later).update(is_shown_at_once=True, due_at=at)
    bindings.update(due_at=at)
    asked_before = len(asked)
    sync_bindings(timezone.now())

    assert ids_in(local_cloud, other) == ids_of(ready)
    assert asked[: 1 + len(ready)] == [room.number] + [other.number] * len(ready)
    assert waiting == odd_ones
    assert set(bindings.values_list("trouble", flat=True)) == {BindTrouble.SILENT}
    assert asked[asked_before] == other.number


def test_cloud_that_is_silent_for_all_is_left_alone_for_this_run(
    lesson: Lesson, ready: list[Courseware], monkeypatch: pytest.MonkeyPatch
):
    for day in range(1, 6):
        later = LessonFactory.create(starts_at=lesson.starts_at + day * DAY, teacher=lesson.teacher)
        ensure_room(later, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now())
        bind_all(later, ready)
    asked = []

    def say_nothing(room_id: int, _document_id: str, **_choices: Any) -> None:
        asked.append(room_id)
        raise CloudUnavailable("BindDocumentToRoom", "no answer", outcome_is_known=False)

    monkeypatch.setattr(documents, "bind_document", say_nothing)

    sync_bindings(timezone.now())

    assert len(asked) == len(set(asked)) == 3
