"""Due work of replays: asked for, told of, moved to the trash, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import SchoolSettings
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, Retention, WatchQuestion
from replays.services.notifications import notify_people
from replays.services.planning import expect_missing
from replays.services.polling import ask_for_missing
from replays.services.purge import purge_due
from replays.services.retention import end_due_replays
from replays.services.trash import trash_replays
from replays.services.watch_records import ask_who_watched
from schedule.models import Lesson
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory
from tests.support.cloud import LocalCloud
from tests.support.duework.case import HOUR, DueCase
from tests.support.duework.schedule import two_lessons, two_rooms

DAY = 24 * HOUR


def now(replay: Replay) -> Replay:
    return Replay.objects.get(pk=replay.pk)


def is_row(odd: Replay, pk: int, *_more: Any, **_options: Any) -> bool:
    return odd.pk == pk


def is_replay(odd: Replay, replay: Replay, *_more: Any, **_options: Any) -> bool:
    return odd.pk == replay.pk


def two_to_be_asked_for(cloud: LocalCloud) -> tuple[Replay, Replay]:
    """Return replays of classes that are over, and were not recorded; the later, asked for first, is the odd one."""
    cloud.set_recording(enabled=False)
    rooms = two_rooms()
    for room in rooms:
        cloud.change_room(room.number, "start")
        cloud.change_room(room.number, "end")
    Replay.objects.update(due_at=timezone.now())
    sound, odd = (Replay.objects.get(room=room) for room in rooms)
    return odd, sound


def two_not_held(_cloud: LocalCloud) -> tuple[Replay, Replay]:
    """Return replays of classes for which there was no room, and of which that is not noted yet."""
    lessons = two_lessons(starts_at=timezone.now() - 2 * DAY)
    Replay.objects.update(state=ReplayState.EXPECTED, reason=ReplayReason.TO_COME)
    odd, sound = Replay.objects.filter(lesson__in=lessons).order_by("pk")
    return odd, sound


def two_to_be_purged(_cloud: LocalCloud) -> tuple[Replay, Replay]:
    odd, sound = (
        ReplayFactory.create(lesson=room.lesson, room=room, state=ReplayState.FAILED)
        for room in two_rooms()
    )
    trash_replays([odd, sound], person=None, at=timezone.now() - 31 * DAY)
    return odd, sound


def two_ready(_cloud: LocalCloud | None = None, **columns: Any) -> tuple[Replay, Replay]:
    """Return replays of classes of two hours ago, unless told otherwise."""
    group = ClassGroupFactory.create()
    Retention.objects.create(class_group=group, days=30)
    lessons = (
        LessonFactory.create(class_groups=[group], starts_at=timezone.now() - hours * HOUR)
        for hours in (3, 4)
    )
    odd, sound = (ReplayFactory.create(lesson=lesson, **columns) for lesson in lessons)
    return odd, sound


def two_soon_over(_cloud: LocalCloud) -> tuple[Replay, Replay]:
    return two_ready(made_at=timezone.now() - 25 * DAY)


def two_warned(_cloud: LocalCloud) -> tuple[Replay, Replay]:
    at = timezone.now()
    return two_ready(made_at=at - 40 * DAY, expiry_told_at=at - 8 * DAY)


def has_among(odd: Replay, replays: Sequence[Replay], *_more: Any, **_options: Any) -> bool:
    return odd.pk in {replay.pk for replay in replays}


def two_without_replay(_cloud: LocalCloud) -> tuple[Lesson, Lesson]:
    lessons = two_lessons()
    Replay.objects.all().delete()
    return lessons


def two_that_were_opened(_cloud: LocalCloud) -> tuple[WatchQuestion, WatchQuestion]:
    SchoolSettings.objects.update_or_create(pk=1, defaults={"keeps_watch_records": True})
    replays = (ReplayFactory.create(room=room, lesson=room.lesson) for room in two_rooms())
    at = timezone.now()
    odd, sound = (
        WatchQuestion.objects.create(
            file=ReplayFileFactory.create(replay=replay, url=""), opened_at=at, due_at=at
        )
        for replay in replays
    )
    return odd, sound


CASES = (
    DueCase(
        "replays to be asked for",
        make=two_to_be_asked_for,
        breaks="replays.services.polling.ask",
        is_about=lambda odd, number, **_options: odd.room_number == number,
        run=lambda: ask_for_missing(timezone.now()),
        is_done=lambda replay: now(replay).asked_at is not None,
    ),
    DueCase(
        "replays of classes that were not held",
        make=two_not_held,
        breaks="replays.services.polling.bring_up_to_date",
        is_about=is_row,
        run=lambda: ask_for_missing(timezone.now()),
        is_done=lambda replay: now(replay).state != ReplayState.EXPECTED,
    ),
    DueCase(
        "replays to be deleted for good, of which one spoils the call for all",
        make=two_to_be_purged,
        breaks="classroom.client.records.delete_records",
        is_about=lambda odd, numbers, _urgency: odd.room_number in numbers,
        run=lambda: purge_due(timezone.now()),
        is_done=lambda replay: now(replay).purged_at is not None,
    ),
    DueCase(
        "replays to be deleted for good, of which one cannot be saved",
        make=two_to_be_purged,
        breaks="replays.services.purge._save_gone",
        is_about=is_row,
        run=lambda: purge_due(timezone.now()),
        is_done=lambda replay: now(replay).purged_at is not None,
    ),
    DueCase(
        "replays to be told of",
        make=two_ready,
        breaks="replays.services.notifications._notify",
        is_about=has_among,
        run=lambda: notify_people(timezone.now()),
        is_done=lambda replay: now(replay).ready_told_at is not None,
    ),
    DueCase(
        "replays whose end is near",
        make=two_soon_over,
        breaks="replays.services.retention.words_about",
        is_about=is_replay,
        run=lambda: end_due_replays(timezone.now()),
        is_done=lambda replay: now(replay).expiry_told_at is not None,
    ),
    DueCase(
        "replays whose time is over",
        make=two_warned,
        breaks="replays.services.retention.trash_replays",
        is_about=has_among,
        run=lambda: end_due_replays(timezone.now()),
        is_done=lambda replay: now(replay).deleted_at is not None,
    ),
    DueCase(
        "signalling replays that were opened",
        make=two_that_were_opened,
        breaks="replays.services.watch_records.watch_records",
        is_about=lambda odd, number, *_more: odd.file.replay.room_number == number,
        run=lambda: ask_who_watched(timezone.now()),
        is_done=lambda question: WatchQuestion.objects.filter(
            pk=question.pk, answered_until__isnull=False
        ).exists(),
    ),
    DueCase(
        "lessons without a replay",
        make=two_without_replay,
        breaks="replays.services.planning.set_facts",
        is_about=lambda odd, replay, **_options: replay.lesson_id == odd.pk,
        run=expect_missing,
        is_done=lambda lesson: Replay.objects.filter(lesson=lesson).exists(),
    ),
)
