"""Single streams: taken in where the room records some, told apart on the page, and deleted too."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import ClassroomIdentity, User
from classroom.client import records, users
from classroom.client.rate_limits import Priority
from classroom.client.records import Recording
from classroom.client.users import Participant
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from replays.services.polling import ask_for_missing
from replays.services.purge import purge_due
from replays.services.trash import trash_replays
from schedule.models import Lesson, Room
from tests.cast import SignedIn
from tests.support.classes import ended_room
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.replays import page_of, purge_of, standing
from tests.support.sharing import make_link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


@pytest.fixture
def teacher_id(local_cloud: LocalCloud, teacher: User) -> str:
    """The teacher's id in the cloud."""
    user_id = users.register_user(Participant("origin", "李老师"), Priority.BACKGROUND)
    identity, _made = ClassroomIdentity.objects.update_or_create(
        user=teacher, sdk_app_id=SDK_APP_ID, defaults={"classroom_user_id": user_id}
    )
    return str(identity.classroom_user_id)


@pytest.fixture
def replay(local_cloud: LocalCloud, lesson: Lesson, teacher_id: str) -> Replay:
    """Create that of a room that recorded its teacher alone as well."""
    ended_room(lesson, local_cloud, TeacherId=teacher_id, RecordStream=1)
    ask_for_missing(timezone.now())
    return Replay.objects.get()


def notes(client: Client, replay: Replay) -> list[list[str]]:
    rows = page_of(client, replay).one("table", "files").one("tbody").all("tr")
    return [[hint.text for hint in row.one("th").all("span", "hint")][1:] for row in rows]


def test_stream_is_a_file_behind_the_recording(
    replay: Replay, local_cloud: LocalCloud, teacher_id: str
):
    files = list(replay.files.order_by("number"))

    number = replay.room_number
    assert number is not None
    recorded, streams = local_cloud.recordings(number), local_cloud.streams(number)
    assert [file.url for file in files] == [each["RecordUrl"] for each in (*recorded, *streams)]
    assert [file.stream_of for file in files] == ["", teacher_id]
    assert replay.state == ReplayState.READY


@pytest.mark.parametrize("code", ["FailedOperation", "InternalError"])
@pytest.mark.parametrize("is_missing", [False, True])
def test_question_about_streams_without_an_answer_holds_up_no_recording_and_no_stream_is_missed(
    replay: Replay, local_cloud: LocalCloud, code: str, is_missing: bool
):
    if is_missing:
        replay.files.exclude(stream_of="").update(missing_since=timezone.now())
    before = list(replay.files.order_by("number").values_list("number", "missing_since"))
    local_cloud.switch("DescribeRecordStream", "fail", code=code)

    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        ask_for_missing(timezone.now())

    replay.refresh_from_db()
    assert (replay.state, replay.asks, replay.last_error) == (ReplayState.READY, 2, "")
    assert list(replay.files.order_by("number").values_list("number", "missing_since")) == before
    assert not replay.files.exclude(gone_at=None).exists()


def test_room_without_streams_costs_no_question(held: Room, local_cloud: LocalCloud):
    assert ReplayFile.objects.filter(replay__room=held).count() == 1
    assert local_cloud.calls(action="DescribeRecordStream") == []


class TestPage:
    def test_says_whose_stream_it_is(self, signed_in: SignedIn, teacher: User, replay: Replay):
        hints = notes(signed_in(teacher, "en"), replay)

        assert hints == [[], [f"single stream of {teacher.display_name}", "same time as part 1"]]

    def test_names_nobody_whom_the_school_does_not_know(
        self, signed_in: SignedIn, planner: User, replay: Replay
    ):
        ReplayFile.objects.exclude(stream_of="").update(stream_of="somebody else")

        assert notes(signed_in(planner, "en"), replay)[1][0] == "single stream"

    def test_names_nobody_to_visitors_by_a_link(
        self, guest: Client, planner: User, teacher: User, replay: Replay
    ):
        token = make_link(replay, planner).token

        page = guest.get(f"/replays/shared/{token}/").content.decode()

        assert ("single stream" in page, teacher.display_name in page) == (True, False)


class TestDeleting:
    def test_streams_go_with_the_recording(
        self, replay: Replay, teacher: User, local_cloud: LocalCloud
    ):
        trash_replays([replay], person=teacher, at=timezone.now())

        with time_machine.travel(timezone.now() + dt.timedelta(days=31)):
            assert purge_due(timezone.now()) == 1

        assert replay.room_number is not None
        assert [each["State"] for each in local_cloud.streams(replay.room_number)] == ["deleted"]
        assert standing(replay) == (ReplayState.DELETED, ReplayReason.DELETED_HERE)

    def test_stream_that_is_left_is_not_taken_for_deleted(
        self, replay: Replay, teacher: User, monkeypatch: pytest.MonkeyPatch
    ):
        trash_replays([replay], person=teacher, at=timezone.now())
        left = (Recording(url="https://a.vod2.myqcloud.com/s/f0.mp4", stream_of="u1"),)
        monkeypatch.setattr(records, "list_streams", lambda *_args: left)

        with time_machine.travel(timezone.now() + dt.timedelta(days=31)):
            assert purge_due(timezone.now()) == 0

        assert standing(replay) == (ReplayState.DELETED, ReplayReason.TRASHED)
        assert purge_of(replay).last_error.startswith("StillListed")
