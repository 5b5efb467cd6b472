"""Actions of the demo school's people on replays: delete them, share them, set their retention."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from edu_platform.demo.roster import DEMO_CLASS_GROUP, DEMO_TEACHER, SECOND_GRADE_1
from replays.enums import ReplayState
from replays.models import Replay, ReplayEvent, ReplayFile, Retention, Share
from replays.services.notifications import notify_people
from replays.services.purge import purge_due
from replays.services.shares import share
from replays.services.trash import IN_TRASH_FOR, trash_replays
from schedule.models import ClassGroup

FOUND_AFTER_CLASS = dt.timedelta(minutes=6)
TRASHED_AGO = dt.timedelta(days=3)
# Long enough that nothing of the demo's own past is over.
KEPT_DAYS = 365
SHARED_DAYS = 7


def throw_away(room_number: int, *, is_over: bool, at: dt.datetime) -> None:
    """Move a replay to the trash some days ago; or so long ago that the cloud has deleted it."""
    replay = Replay.objects.get(room_number=room_number)
    _find_earlier(replay)
    trashed_at = at - (IN_TRASH_FOR if is_over else dt.timedelta()) - TRASHED_AGO
    trash_replays([replay], person=User.objects.get(username=DEMO_TEACHER), at=trashed_at)
    if is_over:
        purge_due(at)


def _find_earlier(replay: Replay) -> None:
    """Have it found soon after its class: its import today is later than what becomes of it."""
    found_at = replay.planned_end + FOUND_AFTER_CLASS
    ReplayEvent.objects.filter(replay=replay).update(at=found_at)
    ReplayFile.objects.filter(replay=replay).update(first_seen_at=found_at)
    Replay.objects.filter(pk=replay.pk).update(found_at=found_at, state_since=found_at)


def add_replay_actions(*, at: dt.datetime) -> None:
    """Share one replay, choose for how long one class group's are kept, and tell of what is news.

    Safe to repeat.
    """
    group = ClassGroup.objects.filter(name=SECOND_GRADE_1, archived_at=None).first()
    if group is not None:
        Retention.objects.get_or_create(class_group=group, defaults={"days": KEPT_DAYS})
    _share_one(at)
    notify_people(at)


def _share_one(at: dt.datetime) -> None:
    teacher = User.objects.get(username=DEMO_TEACHER)
    if Share.objects.not_ended(at=at).filter(created_by=teacher).exists():
        return
    playable = Replay.objects.filter(
        state=ReplayState.READY, teacher=teacher, lesson__class_groups__name=DEMO_CLASS_GROUP
    )
    replay = playable.exclude(files__url="").order_by("-listed_at", "-pk").first()
    if replay is not None:
        share(replay, person=teacher, days=SHARED_DAYS, password="", may_download=False, at=at)
