"""Courseware on its way into the rooms of classes, out of them, and into the right order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from classroom.client import documents
from classroom.client.rate_limits import Priority
from courseware.enums import BindTrouble, CoursewareState, Release
from courseware.models import Binding, Courseware
from courseware.services.binding import bind, change_binding, reorder, unbind
from courseware.services.binding_sync import sync_bindings
from schedule.enums import CloudStatus, RoomReason, RoomType
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.models import Lesson, Room
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.making import ensure_room
from schedule.rooms.replacement import replace_room
from schedule.rooms.sync import sync_rooms
from tests.factories.courseware import CoursewareFactory
from tests.support.binding import at_lesson, bound_in, in_cloud
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.lessons import changed

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _quick_cloud_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch, read_timeout_s=5.0)


def test_ready_courseware_is_bound_in_order(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    for number, courseware in enumerate(ready):
        bind(courseware=courseware, lesson=lesson, is_shown_at_once=number == 1)

    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == [
        (ready[0].document_id, 0),
        (ready[1].document_id, 1),
        (ready[2].document_id, 0),
    ]
    assert set(Binding.objects.values_list("due_at", flat=True)) == {None}


def test_nothing_is_told_twice(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    bind(courseware=ready[0], lesson=lesson)
    for _ in range(2):
        sync_bindings(timezone.now())

    assert len(local_cloud.calls(action="BindDocumentToRoom")) == 1


def test_unready_waits_and_comes_when_it_is_ready(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    Courseware.objects.filter(pk=ready[0].pk).update(state=CoursewareState.TRANSCODING)
    bind(courseware=ready[0], lesson=lesson)
    sync_bindings(timezone.now())
    waiting = bound_in(local_cloud, room)

    Courseware.objects.filter(pk=ready[0].pk).update(state=CoursewareState.READY)
    sync_bindings(timezone.now())

    assert waiting == []
    assert bound_in(local_cloud, room) == [(ready[0].document_id, 0)]


def test_room_that_is_made_later_gets_what_waits(
    lesson: Lesson, teacher: User, local_cloud: LocalCloud
):
    courseware = in_cloud(teacher, "a.png")
    bind(courseware=courseware, lesson=lesson)
    sync_bindings(timezone.now())

    room = ensure_room(
        lesson, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now()
    )
    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == [(courseware.document_id, 0)]


def test_draft_stays_unbound(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    Lesson.objects.filter(pk=lesson.pk).update(state="draft")
    bind(courseware=ready[0], lesson=lesson)

    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == []


def test_taken_out_leaves_the_room_and_then_the_table(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    binding = bind(courseware=ready[0], lesson=lesson)
    sync_bindings(timezone.now())
    binding.refresh_from_db()

    unbind(binding, at=timezone.now())
    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == []
    assert Binding.objects.count() == 0


def test_new_order_is_carried_before_the_class(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    for courseware in ready:
        bind(courseware=courseware, lesson=lesson)
    sync_bindings(timezone.now())

    reorder(lesson, [ready[0].code, ready[2].code])
    sync_bindings(timezone.now())

    expected = [ready[0].document_id, ready[2].document_id, ready[1].document_id]
    assert [document for document, _type in bound_in(local_cloud, room)] == expected


def test_running_class_keeps_its_order_on_the_board(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    for courseware in ready:
        bind(courseware=courseware, lesson=lesson)
    sync_bindings(timezone.now())
    Room.objects.update(cloud_status=CloudStatus.RUNNING)

    reorder(lesson, [ready[2].code])
    sync_bindings(timezone.now())

    assert local_cloud.calls(action="UnbindDocumentFromRoom") == []
    assert set(Binding.objects.values_list("due_at", flat=True)) == {None}


def test_shown_at_once_is_changed_in_place(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    first = bind(courseware=ready[0], lesson=lesson)
    bind(courseware=ready[1], lesson=lesson)
    sync_bindings(timezone.now())

    change_binding(first, is_shown_at_once=True, release=Release.NEVER, at=timezone.now())
    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == [
        (ready[0].document_id, 1),
        (ready[1].document_id, 0),
    ]


def test_another_room_gets_everything_and_the_old_one_keeps_its(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    for courseware in ready[:2]:
        bind(courseware=courseware, lesson=lesson)
    sync_bindings(timezone.now())

    replace_room(room, RoomReason.FROZEN)
    new = ensure_room(
        lesson, priority=Priority.BACKGROUND, reason=RoomReason.FROZEN, at=timezone.now()
    )
    sync_bindings(timezone.now())

    expected = [(each.document_id, 0) for each in ready[:2]]
    assert new.room_id != room.room_id
    assert bound_in(local_cloud, new) == bound_in(local_cloud, room) == expected


def test_room_that_the_cloud_refuses_to_change_leaves_its_courseware_to_the_next(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    for courseware in ready[:2]:
        bind(courseware=courseware, lesson=lesson)
    sync_bindings(timezone.now())
    change_lesson(lesson, changed(lesson, room_type=RoomType.ROUND_TABLE))

    sync_rooms(timezone.now())
    make_rooms_ahead(timezone.now())
    sync_rooms(timezone.now())
    sync_bindings(timezone.now())

    new = Room.objects.current().get(lesson=lesson)
    assert [found["RoomId"] for found in local_cloud.rooms()] == [new.room_id] != [room.room_id]
    assert bound_in(local_cloud, new) == [(each.document_id, 0) for each in ready[:2]]


def test_another_document_takes_the_place_of_the_first(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    bind(courseware=ready[0], lesson=lesson)
    sync_bindings(timezone.now())

    new_id = ready[1].document_id
    ready[1].delete()
    Courseware.objects.filter(pk=ready[0].pk).update(document_id=new_id)
    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == [(new_id, 0)]


def test_cancelled_lesson_gives_everything_back(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    binding = bind(courseware=ready[0], lesson=lesson)
    sync_bindings(timezone.now())

    cancel_lesson(lesson, reason="", at=timezone.now())
    sync_bindings(timezone.now())

    binding.refresh_from_db()
    assert bound_in(local_cloud, room) == []
    assert (binding.bound_room, binding.due_at) == (None, None)


def test_full_class_says_so_and_takes_it_when_there_is_a_place(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    first = bind(courseware=ready[0], lesson=lesson)
    sync_bindings(timezone.now())
    first.refresh_from_db()
    local_cloud.switch(
        "BindDocumentToRoom", "fail", code="LimitExceeded.ClassDocumentLimit", times=1
    )
    second = bind(courseware=ready[1], lesson=lesson)
    sync_bindings(timezone.now())
    second.refresh_from_db()
    refused = (second.trouble, second.due_at is not None, bound_in(local_cloud, room))

    unbind(first, at=timezone.now())
    sync_bindings(timezone.now())
    sync_bindings(timezone.now())

    second.refresh_from_db()
    assert refused == (BindTrouble.LIMIT, True, [(ready[0].document_id, 0)])
    assert bound_in(local_cloud, room) == [(ready[1].document_id, 0)]
    assert second.trouble == ""


def test_what_is_taken_out_goes_first_and_makes_room(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    first, second = (bind(courseware=each, lesson=lesson) for each in ready[:2])
    sync_bindings(timezone.now())
    done = local_cloud.calls()[-1]["n"]
    for binding in (first, second):
        binding.refresh_from_db()

    change_binding(first, is_shown_at_once=True, release=Release.NEVER, at=timezone.now())
    unbind(second, at=timezone.now())
    sync_bindings(timezone.now())

    actions = [call["action"] for call in local_cloud.calls(done)]
    assert actions == ["UnbindDocumentFromRoom", "BindDocumentToRoom"]


@pytest.mark.parametrize(("ended_minutes_ago", "is_bound"), [(119, True), (121, False)])
def test_what_is_ready_late_comes_into_a_class_that_overruns_by_two_hours_at_most(
    lesson: Lesson,
    room: Room,
    ready: list[Courseware],
    local_cloud: LocalCloud,
    ended_minutes_ago: int,
    is_bound: bool,
):
    Courseware.objects.filter(pk=ready[0].pk).update(state=CoursewareState.TRANSCODING)
    bind(courseware=ready[0], lesson=lesson)
    sync_bindings(timezone.now())

    Courseware.objects.filter(pk=ready[0].pk).update(state=CoursewareState.READY)
    with time_machine.travel(lesson.ends_at + ended_minutes_ago * MINUTE):
        sync_bindings(timezone.now())

    assert bool(bound_in(local_cloud, room)) is is_bound


def test_silent_cloud_is_asked_three_times_and_then_ever_later(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    local_cloud.switch("BindDocumentToRoom", "rate_limit")
    binding = bind(courseware=ready[0], lesson=lesson)
    waits = []
    for _ in range(9):
        at = timezone.now()
        Binding.objects.update(due_at=at)
        with time_machine.travel(at, tick=False):
            sync_bindings(at)
        binding.refresh_from_db()
        assert binding.due_at is not None
        waits.append((binding.due_at - at).total_seconds())

    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert binding.trouble == BindTrouble.SILENT
    assert len(local_cloud.calls(action="BindDocumentToRoom")) == 9 * 3


def test_refusal_does_not_stop_the_others(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    local_cloud.switch("BindDocumentToRoom", "fail", code="OperationDenied", times=1)
    for courseware in ready[:2]:
        bind(courseware=courseware, lesson=lesson)

    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == [(ready[1].document_id, 0)]
    assert at_lesson(lesson, ready[0]).trouble == BindTrouble.REFUSED


def test_document_that_vanished_is_looked_for(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    documents.delete_document(ready[0].document_id, Priority.BACKGROUND)
    bind(courseware=ready[0], lesson=lesson)

    sync_bindings(timezone.now())

    ready[0].refresh_from_db()
    assert ready[0].due_at is not None


def test_removal_that_is_always_refused_is_given_up(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    binding = bind(courseware=ready[0], lesson=lesson)
    sync_bindings(timezone.now())
    binding.refresh_from_db()
    local_cloud.switch("UnbindDocumentFromRoom", "fail", code="OperationDenied")
    unbind(binding, at=timezone.now())

    for _ in range(8):
        Binding.objects.update(due_at=timezone.now())
        sync_bindings(timezone.now())

    assert Binding.objects.count() == 0


def test_lesson_that_somebody_else_carries_is_left_to_them(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    held = bind(courseware=ready[0], lesson=lesson)
    soon = timezone.now() + dt.timedelta(minutes=1)
    Binding.objects.filter(pk=held.pk).update(lease_token="theirs", leased_until=soon)
    bind(courseware=ready[1], lesson=lesson)

    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == []
    assert set(Binding.objects.values_list("lease_token", flat=True)) == {"theirs", ""}


def test_claim_of_a_killed_worker_runs_out(
    lesson: Lesson, room: Room, ready: list[Courseware], local_cloud: LocalCloud
):
    held = bind(courseware=ready[0], lesson=lesson)
    past = timezone.now() - dt.timedelta(seconds=1)
    Binding.objects.filter(pk=held.pk).update(lease_token="theirs", leased_until=past)

    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == [(ready[0].document_id, 0)]


def test_change_during_the_call_is_carried_by_the_next_run(
    lesson: Lesson,
    room: Room,
    ready: list[Courseware],
    local_cloud: LocalCloud,
    monkeypatch: pytest.MonkeyPatch,
):
    binding = bind(courseware=ready[0], lesson=lesson)
    ask = documents.bind_document

    def bind_and_be_overtaken(*args: Any, **kwargs: Any) -> None:
        ask(*args, **kwargs)
        change_binding(binding, is_shown_at_once=True, release="never", at=timezone.now())

    with monkeypatch.context() as patch:
        patch.setattr(documents, "bind_document", bind_and_be_overtaken)
        sync_bindings(timezone.now())
    sync_bindings(timezone.now())

    assert bound_in(local_cloud, room) == [(ready[0].document_id, 1)]


def test_without_a_cloud_nothing_happens(lesson: Lesson, settings: Any):
    settings.LCIC_SDK_APP_ID = 0
    binding = bind(courseware=CoursewareFactory.create(), lesson=lesson)
    due = binding.due_at

    sync_bindings(timezone.now())

    binding.refresh_from_db()
    assert binding.due_at == due
