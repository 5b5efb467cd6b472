from __future__ import annotations

from typing import Any

from django.utils import timezone
from factory.declarations import LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from classroom.enums import Source
from edu_platform.lib.statements import Statement
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile, ReplayPurge
from replays.search.search_box import folded, title_grams
from tests.factories.schedule import UnplannedLessonFactory

REASON = {
    ReplayState.EXPECTED: ReplayReason.TO_COME,
    ReplayState.RECORDING: ReplayReason.RUNNING,
    ReplayState.PROCESSING: ReplayReason.ENDED,
    ReplayState.READY: ReplayReason.FOUND,
    ReplayState.NONE: ReplayReason.NOT_RECORDED,
    ReplayState.FAILED: ReplayReason.GIVEN_UP,
    ReplayState.DELETED: ReplayReason.VANISHED,
}
# What lists are sorted and searched by: set here as the services would.
OF_LISTS = ("list_rank", "title_folded", "title_grams")


class ReplayFactory(DjangoModelFactory[Replay]):
    """A replay in the given state, ready by default; what lists need follows its lesson.

    A lesson that is waiting for a room has one replay already: that one is brought into the state. Of one in
    the trash, `purge` may have columns of its deletion.
    """

    class Meta:
        model = Replay

    lesson = SubFactory(UnplannedLessonFactory)
    room = None
    state = ReplayState.READY

    @classmethod
    def _create(cls, model_class: type[Replay], *args: Any, **fields: Any) -> Replay:
        lesson, room, state = fields["lesson"], fields["room"], fields["state"]
        fields.setdefault("reason", REASON[ReplayState(state)])
        purge = fields.pop("purge", {} if fields["reason"] == ReplayReason.TRASHED else None)
        if lesson is not None:
            fields.setdefault("title", lesson.title)
            fields.setdefault("room_type", lesson.room_type)
            fields.setdefault("teacher", lesson.teacher)
            fields.setdefault("planned_start", lesson.starts_at)
            fields.setdefault("planned_end", lesson.ends_at)
        if room is not None:
            fields.setdefault("room_number", room.room_id)
        fields.setdefault("listed_at", fields.get("made_at") or fields["planned_start"])
        replay = _existing(lesson, room) or Replay()
        for name, value in fields.items():
            setattr(replay, name, value)
        replay.list_rank = int(replay.is_settled)
        replay.title_folded, replay.title_grams = folded(replay.title), title_grams(replay.title)
        is_new = replay.pk is None
        replay.save(update_fields=None if is_new else [*fields, *OF_LISTS])
        if purge is not None:
            ReplayPurge.objects.create(replay=replay, **purge)
        return replay


def _existing(lesson: Any, room: Any) -> Replay | None:
    if room is not None:
        return _OF_ROOM.first(room_id=room.pk)
    return _WAITING.first(lesson_id=lesson.pk)


# As replays.services.planning finds them.
_OF_ROOM = Statement(lambda room_id: Replay.objects.filter(room=room_id))
_WAITING = Statement(lambda lesson_id: Replay.objects.filter(lesson=lesson_id, room=None))


class ReplayFileFactory(DjangoModelFactory[ReplayFile]):
    """A file that the cloud has, of 45 minutes and one MiB."""

    class Meta:
        model = ReplayFile

    replay = SubFactory(ReplayFactory)
    number = Sequence(lambda number: number + 1)
    url = Sequence(lambda number: f"https://1252463788.vod2.myqcloud.com/secret{number}/f0.mp4")
    video_id = Sequence(lambda number: f"139779794644{number}")
    file_format = "mp4"
    duration_s = 2700
    size_bytes = 1024 * 1024
    source = Source.CALLBACK
    first_seen_at = LazyFunction(timezone.now)
