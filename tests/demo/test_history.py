"""The demo school's past: made in the local cloud, and found as a real school's would be."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Notice
from edu_platform.demo.history import NEWS_SLOTS
from edu_platform.demo.past_weeks import OLD_SLOTS
from edu_platform.demo.replay_actions import TRASHED_AGO
from edu_platform.demo.roster import DEMO_TEACHER, SECOND_GRADE_1
from edu_platform.management.commands import seed_demo
from replays.enums import ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayEvent, ReplayFile, ReplayQuerySet, Retention, Share
from replays.services.trash import IN_TRASH_FOR
from schedule.enums import RecordMode
from schedule.models import ImportedFile, Lesson, Room
from tests.support.classes import known
from tests.support.cloud import LocalCloud
from tests.support.demo_school import leave_out_the_past
from tests.support.replays import purge_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]

# Before the first lesson of the week is over: only earlier weeks have a past.
MINUTE = dt.timedelta(minutes=1)
# The last one of these lies before the winter holidays, and before all that was recorded.
WEEKS_OF_SCHOOL = 3
MONDAY_MORNING = dt.datetime(2026, 3, 2, 8, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def monday(
    settings, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalCloud]:
    # The courseware takes longest, and has tests of its own; the cloud has another day.
    monkeypatch.setattr(seed_demo, "add_courseware", lambda *, at: None)
    monkeypatch.setattr(seed_demo, "begin_classes", lambda *, at: None)
    leave_out_the_past(monkeypatch, weeks=WEEKS_OF_SCHOOL)
    settings.REPLAY_HOSTS = [local_cloud.url.removeprefix("http://")]
    with time_machine.travel(MONDAY_MORNING):
        yield local_cloud


def seed() -> tuple[list[str], str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    call_command("seed_demo", stdout=stdout, stderr=stderr)
    return stdout.getvalue().splitlines(), stderr.getvalue()


def past_recorded() -> ReplayQuerySet:
    past = Replay.objects.filter(planned_end__lt=MONDAY_MORNING)
    return past.exclude(lesson__record_mode=RecordMode.NONE)


def past_standings() -> Counter[tuple[str, str]]:
    return Counter(past_recorded().values_list("state", "reason"))


def test_past_is_made_once_and_stays(monday: LocalCloud) -> None:
    """At the first start, at a second one, on the next day, and a week later."""
    seed()
    past_has_replays_in_all_states_that_it_can_have()
    replays_of_other_kinds_are_what_the_cloud_says(monday)
    class_that_was_recorded_twice_has_two_files_that_play(monday)
    what_was_thrown_away_was_found_before_and_deleted_after(monday)
    people_are_told_of_the_news_and_of_nothing_else()
    news_is_of_an_hour_in_which_nothing_else_was()
    one_replay_is_shared_and_one_class_group_has_a_time()
    imports_are_of_files_as_schools_name_them()

    second_start_adds_nothing()
    news_of_an_earlier_day_is_not_made_again()
    demo_starts_again_a_week_later_beside_what_there_was()


def past_has_replays_in_all_states_that_it_can_have() -> None:
    assert past_standings() == {
        (ReplayState.READY, ReplayReason.FOUND): 12,
        (ReplayState.PROCESSING, ReplayReason.ENDED): 2,
        (ReplayState.NONE, ReplayReason.NEVER_HELD): 1,
        (ReplayState.FAILED, ReplayReason.GIVEN_UP): 1,
        (ReplayState.FAILED, ReplayReason.STORAGE_FULL): 1,
        (ReplayState.DELETED, ReplayReason.VANISHED): 1,
        (ReplayState.DELETED, ReplayReason.TRASHED): 1,
        (ReplayState.DELETED, ReplayReason.DELETED_HERE): 1,
    }
    assert past_standings().total() == len(OLD_SLOTS) + len(NEWS_SLOTS)


def imports_are_of_files_as_schools_name_them() -> None:
    names = set(ImportedFile.objects.values_list("file_name", flat=True))
    assert names == {"本学期已上的课.csv"}


def past_replay(topic: str) -> Replay:
    return past_recorded().get(title__endswith=topic)


def replays_of_other_kinds_are_what_the_cloud_says(cloud: LocalCloud) -> None:
    signals, pieces = past_replay("Colours"), past_replay("十以内加减法")
    assert [file.is_signalling for file in signals.files.all()] == [True]
    assert [file.is_playlist for file in pieces.files.all()] == [True]
    assert len(cloud.playbacks(known(signals.room_number))) == 1


def class_that_was_recorded_twice_has_two_files_that_play(cloud: LocalCloud) -> None:
    replay = past_replay("Animals")
    urls = [file["RecordUrl"] for file in cloud.recordings(known(replay.room_number))]
    assert list(replay.files.order_by("number").values_list("url", flat=True)) == urls
    assert len(urls) == 2


def what_was_thrown_away_was_found_before_and_deleted_after(cloud: LocalCloud) -> None:
    trashed, gone = past_replay("升国旗"), past_replay("乌鸦喝水")
    steps = [step.kind for step in gone.steps.order_by("at", "pk")]
    states = [each["State"] for each in cloud.recordings(known(gone.room_number))]
    due_at = known(purge_of(trashed).due_at)
    assert gone.purged_at is not None
    assert abs(due_at - (MONDAY_MORNING - TRASHED_AGO + IN_TRASH_FOR)) < MINUTE
    assert abs(gone.purged_at - MONDAY_MORNING) < MINUTE
    assert trashed.purged_at is None
    assert steps.index(ReplayEventKind.FILE_FOUND) < steps.index(ReplayEventKind.TRASHED)
    assert (steps[-1], states) == (ReplayEventKind.PURGED, ["deleted"])


def people_are_told_of_the_news_and_of_nothing_else() -> None:
    told = Notice.objects.filter(kind__startswith="replays.").order_by("pk")
    by_kind = Counter((notice.kind, notice.address) for notice in told)
    late, ready = past_replay("课外阅读"), past_replay("故事会")
    assert {address for _kind, address in by_kind} == {
        f"/replays/{each.code}/" for each in (late, ready)
    }
    assert told.filter(user__username=DEMO_TEACHER).count() == 2
    assert told.filter(user__username="fenglijuan").count() == 1


def news_is_of_an_hour_in_which_nothing_else_was() -> None:
    starts = [timezone.localtime(past_replay(slot.topic).planned_start) for slot in NEWS_SLOTS]
    assert [start.hour for start in starts] == [17, 18]
    assert {start.date() for start in starts} == {dt.date(2026, 3, 1)}


def one_replay_is_shared_and_one_class_group_has_a_time() -> None:
    link = Share.objects.get()
    assert list(Share.objects.valid(at=MONDAY_MORNING)) == [link]
    assert (link.replay.state, link.created_by.username) == (ReplayState.READY, DEMO_TEACHER)
    assert Retention.objects.get().class_group.name == SECOND_GRADE_1


def second_start_adds_nothing() -> None:
    models = (Replay, ReplayFile, Room, Lesson, Share, Retention, Notice, ReplayEvent)
    before = [model._default_manager.count() for model in models], past_standings()

    seed()

    assert ([model._default_manager.count() for model in models], past_standings()) == before


def news_of_an_earlier_day_is_not_made_again() -> None:
    with time_machine.travel(MONDAY_MORNING + dt.timedelta(days=1)):
        seed()

    topics = [slot.topic for slot in NEWS_SLOTS]
    assert [Replay.objects.filter(title__endswith=topic).count() for topic in topics] == [1, 1]


def demo_starts_again_a_week_later_beside_what_there_was() -> None:
    before = set(Replay.objects.values_list("code", flat=True))

    with time_machine.travel(MONDAY_MORNING + dt.timedelta(weeks=1)):
        lines, complaint = seed()

    assert [line.split()[0] for line in lines] == ["link:"] * 2 + ["sign-in:"] * 6
    assert complaint == ""
    assert before <= set(Replay.objects.values_list("code", flat=True))
