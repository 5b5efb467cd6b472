"""Access to replays: who sees them, who may download them, and what their lists hold."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import Http404

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.permissions import Action, Relation
from replays.access import get_replay_for, replay_relations, replays_for
from replays.enums import ReplayState
from replays.models import Replay
from schedule.enums import RoomReason
from schedule.models import Lesson, Room
from tests.factories.accounts import UserFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import MembershipFactory, UnplannedLessonFactory, school_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def adopted(other_teacher: User) -> Replay:
    """Make a replay for a room that was found in the cloud, and belongs to no lesson."""
    room = Room.objects.create(
        lesson=None, room_id=300_000_999, sdk_app_id=1, reason=RoomReason.ADOPTED
    )
    return ReplayFactory.create(
        lesson=None,
        room=room,
        title="neallin的教室0603-2011",
        room_type=0,
        teacher=other_teacher,
        planned_start=school_time(-1, 8),
        planned_end=school_time(-1, 9),
    )


def may_see(user: User, replay: Replay) -> bool:
    try:
        return get_replay_for(user, replay.code) == replay
    except Http404:
        return False


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("student", True),
        ("teacher", True),
        ("assistant", True),
        ("supervisor", True),
        ("planner", True),
        ("administrator", True),
        ("superuser", True),
        ("other_teacher", False),
        ("outsider", False),
    ],
)
def test_door_is_open_to_those_of_the_lesson(
    request: pytest.FixtureRequest, replay: Replay, who: str, sees: bool
):
    assert may_see(request.getfixturevalue(who), replay) is sees


@pytest.mark.parametrize(
    ("who", "sees"),
    [("other_teacher", True), ("planner", True), ("supervisor", True), ("teacher", False)],
)
def test_replay_without_a_lesson_is_its_teachers(
    request: pytest.FixtureRequest, adopted: Replay, who: str, sees: bool
):
    user = request.getfixturevalue(who)

    assert may_see(user, adopted) is sees
    assert (adopted in replays_for(user)) is sees


def test_unknown_code_is_missing(planner: User):
    with pytest.raises(Http404):
        get_replay_for(planner, "nonesuch")


def test_door_asks_for_the_action(replay: Replay, student: User, teacher: User):
    assert get_replay_for(teacher, replay.code, Action.DOWNLOAD_REPLAY) == replay
    with pytest.raises(Http404):
        get_replay_for(student, replay.code, Action.DOWNLOAD_REPLAY)


@pytest.mark.parametrize(
    ("lesson_says", "school_says", "expected"),
    [
        (None, False, False),
        (None, True, True),
        (True, False, True),
        (False, True, False),
    ],
)
def test_lesson_decides_on_downloads_of_students_else_the_school(
    replay: Replay,
    student: User,
    lesson_says: bool | None,
    school_says: bool,
    expected: bool,
):
    Lesson.objects.update(students_may_download=lesson_says)
    school = SchoolSettings.load()
    school.students_may_download = school_says
    school.save()

    found = replay_relations(student, get_replay_for(student, replay.code))

    assert (Relation.DOWNLOADER in found) is expected


def test_supervisor_is_no_downloader_where_students_are(replay: Replay, supervisor: User):
    Lesson.objects.update(students_may_download=True)

    found = replay_relations(supervisor, get_replay_for(supervisor, replay.code))

    assert found == {Relation.ANYBODY, Relation.SUPERVISOR}


class TestLists:
    @pytest.mark.parametrize("state", ReplayState)
    def test_students_list_what_can_be_played(
        self, replay: Replay, student: User, state: ReplayState
    ):
        Replay.objects.update(state=state)

        assert list(replays_for(student)) == ([replay] if state is ReplayState.READY else [])

    @pytest.mark.parametrize("who", ["teacher", "assistant", "supervisor", "planner"])
    def test_others_list_every_state(
        self, request: pytest.FixtureRequest, replay: Replay, who: str
    ):
        Replay.objects.update(state=ReplayState.PROCESSING)

        assert list(replays_for(request.getfixturevalue(who))) == [replay]

    @pytest.mark.parametrize("who", ["outsider", "other_teacher"])
    def test_others_list_nothing_of_it(
        self, request: pytest.FixtureRequest, replay: Replay, who: str
    ):
        assert list(replays_for(request.getfixturevalue(who))) == []

    def test_membership_bounds_what_a_student_lists(self, replay: Replay, lesson: Lesson):
        late = UserFactory.create()
        day_after = (lesson.starts_at + dt.timedelta(days=1)).date()
        MembershipFactory.create(
            user=late, class_group=lesson.class_groups.get(), from_date=day_after
        )

        assert list(replays_for(late)) == []
        assert not may_see(late, replay)

    def test_replay_of_many_assistants_and_groups_is_listed_once(
        self, replay: Replay, student: User, assistant: User, other_class_group
    ):
        lesson = replay.lesson
        assert lesson is not None
        lesson.class_groups.add(other_class_group)
        MembershipFactory.create(user=student, class_group=other_class_group)
        lesson.assistants.add(student, UserFactory.create(roles=[Role.TEACHER]))

        assert list(replays_for(student)) == [replay]
        assert list(replays_for(assistant)) == [replay]

    def test_who_teaches_and_attends_lists_both_rightly(self, replay: Replay, student: User):
        own = ReplayFactory.create(
            lesson=UnplannedLessonFactory.create(teacher=student), state=ReplayState.PROCESSING
        )

        assert set(replays_for(student)) == {replay, own}
        Replay.objects.filter(pk=replay.pk).update(state=ReplayState.PROCESSING)
        assert set(replays_for(student)) == {own}
