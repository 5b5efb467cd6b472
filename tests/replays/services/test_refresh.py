"""Somebody has the cloud asked, and is told what it said."""

from __future__ import annotations

import datetime as dt
import time
from types import SimpleNamespace

import pytest
import time_machine
from django.utils import timezone, translation
from tencentcloud.lcic.v20220817 import models

from classroom.client.rate_limits import Priority
from classroom.enums import Source
from classroom.snapshots import RoomSnapshot
from replays.enums import AnswerKind, ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay
from replays.services import refresh
from replays.services.files import save_files
from replays.services.polling import ask_for_missing
from replays.services.purge import purge_due
from replays.services.refresh import ask_now, ask_several
from replays.services.trash import trash_replays
from replays.wording import answer_text
from replays.wording.refresh import Answer
from schedule.enums import RecordMode
from schedule.models import Lesson, Room
from schedule.rooms.polling import poll_rooms
from tests.factories.schedule import LessonFactory, school_time
from tests.support.classes import ended_room, hold, known, make_room
from tests.support.cloud import LocalCloud

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

DAY = dt.timedelta(days=1)


@pytest.fixture
def room(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    return make_room(lesson)


@pytest.fixture
def held(lesson: Lesson, local_cloud: LocalCloud) -> Replay:
    """The replay of a class that was held and recorded; the recording was not asked for yet."""
    return Replay.objects.get(room=ended_room(lesson, local_cloud))


def asked(replay: Replay) -> list[tuple[object, ...]]:
    steps = replay.steps.filter(kind=ReplayEventKind.ASKED_BY_HAND).order_by("at", "pk")
    return list(steps.values_list("person__username", "source", "detail"))


def test_recording_that_is_there_is_found_and_told(held, teacher):
    answer = ask_now(held, person=teacher, at=timezone.now())

    held.refresh_from_db()
    assert answer == Answer(AnswerKind.FOUND, files=1, next_ask_at=held.due_at)
    assert (held.state, held.found_by) == (ReplayState.READY, Source.BY_HAND)
    assert asked(held) == [("teacher", Source.BY_HAND, AnswerKind.FOUND)]
    with translation.override("en"):
        assert answer_text(answer, timezone.now()) == "There is 1 file."


def test_recording_that_is_not_there_yet_is_asked_for_again_by_itself(room, local_cloud, teacher):
    local_cloud.set_recording(enabled=False)
    hold(local_cloud, room, recordings=0)
    poll_rooms(room.lesson.starts_at)
    replay = Replay.objects.get(room=room)

    answer = ask_now(replay, person=teacher, at=timezone.now())

    replay.refresh_from_db()
    assert answer == Answer(AnswerKind.NOTHING_YET, files=0, next_ask_at=replay.due_at)
    assert known(replay.due_at) > timezone.now()
    assert replay.asks == 1


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("start", AnswerKind.NOT_HELD),
        ("", AnswerKind.NOT_HELD),
        ("delete", AnswerKind.NO_SUCH_ROOM),
    ],
)
def test_class_that_is_not_over_or_gone_is_told(room, local_cloud, teacher, change, kind):
    if change == "delete":
        hold(local_cloud, room)
        poll_rooms(room.lesson.starts_at)
        local_cloud.delete_recordings(room.number)
    if change:
        local_cloud.change_room(room.number, change)
    replay = Replay.objects.get(room=room)

    assert ask_now(replay, person=teacher, at=timezone.now()).kind is kind


def test_recording_that_the_cloud_lists_no_more_is_not_told_as_there(held, local_cloud, teacher):
    ask_for_missing(timezone.now())
    local_cloud.delete_recordings(held.room.number)
    at = timezone.now()

    first = ask_now(held, person=teacher, at=at)
    with time_machine.travel(at + dt.timedelta(minutes=11)):
        second = ask_now(held, person=teacher, at=timezone.now())

    assert (first.kind, first.files, first.missing) == (AnswerKind.MISSING, 0, "1")
    assert (second.kind, second.files, second.missing) == (AnswerKind.GONE, 0, "")
    with translation.override("en"):
        said = answer_text(first, at)
    assert said.startswith(
        "This recording cannot be found any more. It may be a passing fault. "
        "Not listed any more: 1. The platform checks again at "
    )
    assert asked(held)[0][2] == AnswerKind.MISSING


def test_file_that_is_missing_beside_others_is_told_too(held, local_cloud, teacher):
    ask_for_missing(timezone.now())
    held.files.create(
        number=2,
        url="https://1.vod2.myqcloud.com/f1.mp4",
        source=Source.POLL,
        first_seen_at=timezone.now(),
    )

    answer = ask_now(held, person=teacher, at=timezone.now())

    assert (answer.kind, answer.files, answer.missing) == (AnswerKind.FOUND, 1, "2")
    with translation.override("en"):
        said = answer_text(answer, timezone.now())
    assert said.startswith("There is 1 file. Not listed any more: 2. The platform checks again at ")


def test_what_we_conclude_is_not_told_as_the_cloud_s_answer(local_cloud, teacher):
    lesson = LessonFactory.create(record_mode=RecordMode.NONE, teacher=teacher)
    room = make_room(lesson)
    hold(local_cloud, room, recordings=0)
    poll_rooms(lesson.starts_at)

    answer = ask_now(Replay.objects.get(room=room), person=teacher, at=timezone.now())

    with translation.override("en"):
        said = answer_text(answer, timezone.now())
    assert (answer.kind, said) == (
        AnswerKind.NONE,
        "There is no recording, and none is expected: the replay's page says why.",
    )


def test_class_that_was_taken_for_never_held_is_found_all_the_same(room, local_cloud, teacher):
    replay = Replay.objects.get(room=room)
    Replay.objects.filter(pk=replay.pk).update(
        state=ReplayState.NONE, reason=ReplayReason.NEVER_HELD, due_at=None
    )
    hold(local_cloud, room)

    assert ask_now(replay, person=teacher, at=timezone.now()).kind is AnswerKind.FOUND
    replay.refresh_from_db()
    assert replay.state == ReplayState.READY


def test_class_that_nobody_started_is_told_as_such(room, local_cloud, teacher):
    replay = Replay.objects.get(room=room)

    with time_machine.travel(replay.planned_end + dt.timedelta(minutes=1)):
        answer = ask_now(replay, person=teacher, at=timezone.now())

    with translation.override("en"):
        said = answer_text(answer, replay.planned_end)
    assert (answer.kind, said) == (
        AnswerKind.NOT_STARTED,
        "Nobody has started the class.",
    )
    assert asked(replay) == [("teacher", Source.BY_HAND, AnswerKind.NOT_STARTED)]


def test_lesson_without_a_room_asks_nobody(lesson, local_cloud, teacher):
    replay = Replay.objects.get(lesson=lesson)

    answer = ask_now(replay, person=teacher, at=timezone.now())

    assert (answer, asked(replay)) == (Answer(AnswerKind.NO_ROOM), [])
    assert local_cloud.calls() == []


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("http500", {}, AnswerKind.SILENT),
        ("garble", {}, AnswerKind.SILENT),
        ("fail", {"code": "UnauthorizedOperation"}, AnswerKind.REFUSED),
    ],
)
def test_cloud_that_does_not_tell_is_asked_again_later(
    held, local_cloud, teacher, kind, options, said
):
    local_cloud.switch("DescribeRecord", kind, **options)
    at = timezone.now()

    answer = ask_now(held, person=teacher, at=at)

    held.refresh_from_db()
    assert answer == Answer(said, files=0, next_ask_at=held.due_at)
    assert (held.state, held.unreachable_since) == (ReplayState.PROCESSING, at)
    assert asked(held) == [("teacher", Source.BY_HAND, said)]


def test_one_that_was_given_up_is_found_all_the_same(held, local_cloud, teacher):
    Replay.objects.filter(pk=held.pk).update(
        state=ReplayState.FAILED, reason=ReplayReason.GIVEN_UP, due_at=None
    )

    assert ask_now(held, person=teacher, at=timezone.now()).kind is AnswerKind.FOUND

    held.refresh_from_db()
    assert held.state == ReplayState.READY


def test_silence_about_one_that_is_not_waited_for_starts_no_chase(held, local_cloud, teacher):
    Replay.objects.filter(pk=held.pk).update(
        state=ReplayState.FAILED, reason=ReplayReason.GIVEN_UP, due_at=None
    )
    local_cloud.switch("*", "http500")
    held.refresh_from_db()

    answer = ask_now(held, person=teacher, at=timezone.now())

    held.refresh_from_db()
    assert (answer.kind, held.due_at, held.unreachable_since) == (AnswerKind.SILENT, None, None)


def test_deleted_replay_asks_nobody(held, local_cloud, teacher):
    ask_for_missing(timezone.now())
    trash_replays([held], person=teacher, at=timezone.now() - 31 * DAY)
    purge_due(timezone.now())
    before = len(local_cloud.calls())

    assert ask_now(held, person=teacher, at=timezone.now()) == Answer(AnswerKind.DELETED)
    assert len(local_cloud.calls()) == before


def test_replay_in_the_trash_is_asked_for(held, teacher):
    trash_replays([held], person=teacher, at=timezone.now())

    answer = ask_now(held, person=teacher, at=timezone.now())

    held.refresh_from_db()
    assert (answer.kind, answer.files) == (AnswerKind.FOUND, 1)
    assert held.reason == ReplayReason.TRASHED


def test_asked_again_and_again_the_trail_stays_short(held, teacher):
    for minutes in range(6):
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=minutes)):
            ask_now(held, person=teacher, at=timezone.now())

    assert len(asked(held)) == 3


@pytest.mark.parametrize(
    "field", [{"VideoId": "v\0\ud800"}, {"FileFormat": "mp\0"}, {"RecordUrl": "\0/\ud800/f0.mp4"}]
)
def test_text_that_no_database_takes_is_found_all_the_same(
    held, planner, signed_in, monkeypatch, field
):
    info = {"RecordUrl": "https://1.vod2.myqcloud.com/f0.mp4"} | field
    answer = SimpleNamespace(RecordInfo=[models.CustomRecordInfo()])
    answer.RecordInfo[0]._deserialize(info)
    monkeypatch.setattr("classroom.client.records.read", lambda *_args: answer)

    signed_in(planner).post(f"/replays/{held.code}/ask/")

    held.refresh_from_db()
    assert (held.state, asked(held)[0][2]) == (ReplayState.READY, AnswerKind.FOUND)


@pytest.fixture
def broken(held: Replay, monkeypatch) -> Replay:
    """One whose answer cannot be saved, for a fault of ours."""

    def fail(replay, *args, **kwargs):
        if replay.pk == held.pk:
            raise ZeroDivisionError("whatever it is")
        return save_files(replay, *args, **kwargs)

    monkeypatch.setattr(refresh, "save_files", fail)
    return held


def test_fault_of_ours_is_told_as_one(broken, teacher, caplog):
    at = timezone.now()

    answer = ask_now(broken, person=teacher, at=at)

    broken.refresh_from_db()
    assert answer == Answer(AnswerKind.FAULT, files=0, next_ask_at=broken.due_at)
    assert asked(broken) == [("teacher", Source.BY_HAND, AnswerKind.FAULT)]
    assert (broken.unreachable_since, broken.is_held_up_by_fault) == (at, True)
    assert broken.due_at > at
    assert "ZeroDivisionError" in caplog.text
    with translation.override("en"):
        assert answer_text(answer, at).startswith(
            "The result could not be saved because of an error"
        )


def test_fault_with_one_of_several_holds_up_no_other(broken, teacher, local_cloud):
    lesson = LessonFactory.create(
        teacher=teacher, starts_at=school_time(2, 8), ends_at=school_time(2, 8, 45)
    )
    whole = Replay.objects.get(room=ended_room(lesson, local_cloud))

    answers = ask_several([broken, whole], person=teacher)

    assert answers == [(broken, AnswerKind.FAULT), (whole, AnswerKind.FOUND)]


@pytest.mark.parametrize(
    ("priority", "sizes"), [(Priority.INTERACTIVE, 1), (Priority.BACKGROUND, 4)]
)
def test_nobody_waits_for_the_sizes_of_all_files(monkeypatch, priority, sizes):
    asked_for = []

    def size_of(url):
        asked_for.append(url)
        time.sleep(0.1)
        return 7

    monkeypatch.setattr("classroom.snapshots.SIZES_INTERACTIVE_S", 0.05)
    monkeypatch.setattr("classroom.client.file_sizes.size_of", size_of)
    snapshot = RoomSnapshot(300_000_001, priority=priority, source=Source.BY_HAND)

    told = [snapshot.size_of(f"https://1.vod2.myqcloud.com/{number}.mp4") for number in range(4)]

    assert (len(asked_for), told) == (sizes, [7] * sizes + [None] * (4 - sizes))
