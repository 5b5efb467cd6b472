"""Notices of a replay: once of a late one, once that it is ready, and nobody too much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone, translation

from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of, words_of
from accounts.services.notices import choose_mail, mail_due
from replays.enums import ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayEvent
from replays.services.notifications import notify_people
from replays.wording import event_text
from schedule.enums import RoomReason
from schedule.models import ClassGroup, Lesson, Membership, Room, RoomPolling
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.pages import read
from tests.support.telling import CLASS, STAFF, be_made, be_ready, set_state, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everybody")]

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def history_room(replay: Replay, reason: RoomReason) -> Room:
    room = Room.objects.create(lesson=replay.lesson, room_id=9, sdk_app_id=1, reason=reason)
    Replay.objects.filter(pk=replay.pk).update(room=room)
    return room


class TestLate:
    @pytest.mark.parametrize(("minutes", "who"), [(29, frozenset()), (30, STAFF | {"teacher"})])
    def test_half_an_hour_after_the_class_teacher_and_staff(
        self, replay: Replay, minutes: int, who: frozenset[str]
    ):
        be_made(replay)

        notify_people(replay.planned_end + minutes * MINUTE)

        assert told("replays.late") == told() == who

    def test_counts_from_the_real_end(self, replay: Replay):
        be_made(replay)
        room = history_room(replay, RoomReason.AHEAD)
        Room.objects.filter(pk=room.pk).update(real_ended_at=replay.planned_end + 20 * MINUTE)

        early = notify_people(replay.planned_end + 49 * MINUTE)
        late = notify_people(replay.planned_end + 50 * MINUTE)

        assert (early, late) == (0, 1)

    @pytest.mark.parametrize(
        "reason", [ReplayReason.ROOM_GONE, ReplayReason.STORAGE_FULL, ReplayReason.GIVEN_UP]
    )
    def test_failure_is_told_at_once(self, replay: Replay, reason: ReplayReason):
        set_state(replay, ReplayState.FAILED, reason)

        notify_people(replay.planned_end)

        assert told("replays.failed") == told() == STAFF | {"teacher"}

    def test_nothing_else_is(self, replay: Replay):
        for state, reason in (
            (ReplayState.EXPECTED, ReplayReason.TO_COME),
            (ReplayState.RECORDING, ReplayReason.RUNNING),
            (ReplayState.PROCESSING, ReplayReason.BY_HAND_ENDED),
            (ReplayState.NONE, ReplayReason.NOT_RECORDED),
            (ReplayState.NONE, ReplayReason.NEVER_HELD),
            (ReplayState.DELETED, ReplayReason.VANISHED),
        ):
            set_state(replay, state, reason, late_told_at=None, ready_told_at=None)

            assert notify_people(replay.planned_end + DAY) == 0, reason
            assert told() == set(), reason

    def test_is_told_once_whatever_comes_of_it(self, replay: Replay):
        be_made(replay)
        at = replay.planned_end + 30 * MINUTE
        notify_people(at)
        Notice.objects.update(read_at=at)

        again = [notify_people(at + MINUTE)]
        set_state(replay, ReplayState.FAILED, ReplayReason.GIVEN_UP)
        again.append(notify_people(at + 2 * MINUTE))

        assert again == [0, 0]
        assert Notice.objects.count() == 4
        replay.refresh_from_db()
        assert replay.late_told_at == at
        steps = ReplayEvent.objects.filter(replay=replay, kind=ReplayEventKind.TOLD_LATE)
        assert list(steps.values_list("at", flat=True)) == [at]

    @pytest.mark.parametrize(
        ("state", "gone", "sentences"),
        [
            (ReplayState.PROCESSING, set(), ["Teacher and staff were told that it is late"]),
            (ReplayState.PROCESSING, {"teacher"}, ["Staff were told that it is late"]),
            (ReplayState.PROCESSING, STAFF, ["Its teacher was told that it is late"]),
            (ReplayState.FAILED, set(), ["Teacher and staff were told that there is no replay"]),
            (ReplayState.FAILED, {"teacher"}, ["Staff were told that there is no replay"]),
            (ReplayState.FAILED, STAFF, ["Its teacher was told that there is no replay"]),
            (ReplayState.PROCESSING, STAFF | {"teacher"}, []),
        ],
    )
    def test_trail_says_who_was_told_what(
        self, replay: Replay, state: ReplayState, gone: set[str], sentences: list[str]
    ):
        set_state(replay, state, ReplayReason.ENDED)
        User.objects.filter(username__in=gone).update(is_active=False)

        notify_people(replay.planned_end + DAY)

        with translation.override("en"):
            steps = ReplayEvent.objects.filter(replay=replay).select_related("person")
            assert [event_text(step) for step in steps] == sentences
        replay.refresh_from_db()
        assert replay.late_told_at == replay.planned_end + DAY

    def test_class_that_the_cloud_tells_nothing_of(self, replay: Replay):
        set_state(replay, ReplayState.EXPECTED, ReplayReason.TO_COME)
        room = history_room(replay, RoomReason.AHEAD)
        assert notify_people(replay.planned_end + DAY) == 0
        RoomPolling.objects.create(room=room, unreachable_since=replay.planned_end)

        assert notify_people(replay.planned_end + DAY) == 1

        assert told("replays.late") == told() == STAFF | {"teacher"}

    def test_who_left_the_school_is_not_told(self, replay: Replay, teacher: User, planner: User):
        be_made(replay)
        User.objects.filter(pk__in=[teacher.pk, planner.pk]).update(is_active=False)

        notify_people(replay.planned_end + DAY)

        assert told() == {"administrator", "superuser"}

    def test_leads_to_the_replay(self, signed_in: Any, replay: Replay, teacher: User):
        be_made(replay)
        notify_people(replay.planned_end + DAY)
        client = signed_in(teacher, "en")

        page = read(client.get("/accounts/notices/").content)

        local = timezone.localtime(replay.planned_start)
        notice = Notice.objects.get(user=teacher)
        assert (
            f"The replay of “{replay.title}” on {local:%Y-%m-%d %H:%M} (李老师) is late. "
            "Its page says what is known, and what can be done."
        ) in page.one("li", "notice-row").text
        opened = client.post(f"/accounts/notices/{notice.code}/open/")
        assert opened["Location"] == f"/replays/{replay.code}/"


class TestReady:
    def test_everybody_of_the_class_and_no_staff(self, replay: Replay):
        notify_people(replay.planned_end)

        assert told("replays.ready") == told() == CLASS

    def test_staff_too_where_they_were_told_that_it_is_late(self, replay: Replay):
        be_made(replay)
        notify_people(replay.planned_end + 30 * MINUTE)
        be_ready(replay)

        notify_people(replay.planned_end + 60 * MINUTE)

        assert told("replays.ready") == CLASS | STAFF

    def test_not_before_the_class_is_over(self, replay: Replay):
        early = notify_people(replay.planned_end - MINUTE)
        history_room(replay, RoomReason.AHEAD)
        Room.objects.update(real_ended_at=replay.planned_end - 5 * MINUTE)

        late = notify_people(replay.planned_end - MINUTE)

        assert (early, late) == (0, 1)

    def test_once_whatever_comes_later(self, replay: Replay):
        at = replay.planned_end
        notify_people(at)
        Notice.objects.update(read_at=at)

        again = [notify_people(at + MINUTE)]
        be_made(replay)
        be_ready(replay)
        again.append(notify_people(at + DAY))

        assert again == [0, 0]
        assert Notice.objects.count() == 3
        replay.refresh_from_db()
        assert replay.ready_told_at == at
        assert (
            ReplayEvent.objects.filter(replay=replay, kind=ReplayEventKind.TOLD_READY).count() == 1
        )

    @pytest.mark.parametrize(
        ("from_days", "to_days", "is_told"),
        [
            (None, None, True),
            (0, 0, True),
            (1, None, False),
            (None, -1, False),
            (-30, 30, True),
        ],
    )
    def test_students_who_were_in_the_class_group_on_that_day(
        self,
        replay: Replay,
        lesson: Lesson,
        from_days: int | None,
        to_days: int | None,
        is_told: bool,
    ):
        day = timezone.localdate(lesson.starts_at)

        def moved(days: int | None) -> dt.date | None:
            return None if days is None else day + days * DAY

        Membership.objects.filter(user__username="student").update(
            from_date=moved(from_days), to_date=moved(to_days)
        )

        notify_people(replay.planned_end)

        assert told() == (CLASS if is_told else CLASS - {"student"})

    def test_nobody_is_told_of_what_they_may_not_see(
        self, signed_in: Any, replay: Replay, class_group: ClassGroup
    ):
        class_teacher = UserFactory.create(username="class_teacher")
        MembershipFactory.create(user=class_teacher, class_group=class_group, kind="class_teacher")
        notify_people(replay.planned_end)

        answers = {
            user.username: signed_in(user).get(f"/replays/{replay.code}/").status_code
            for user in User.objects.exclude(username__in=STAFF | {"supervisor"})
        }

        assert {name for name, status in answers.items() if status == 200} == told()

    def test_nobody_told_is_no_step(self, replay: Replay):
        User.objects.update(is_active=False)

        assert notify_people(replay.planned_end) == 1

        assert (told(), ReplayEvent.objects.count()) == (set(), 0)

    def test_who_left_the_school_is_not_told(self, replay: Replay, student: User):
        User.objects.filter(pk=student.pk).update(is_active=False)

        notify_people(replay.planned_end)

        assert told() == CLASS - {"student"}

    def test_by_mail_to_who_chose_it_in_their_language(
        self, settings: Any, replay: Replay, student: User, teacher: User
    ):
        settings.SENDS_MAIL = True
        for user, language in ((student, "en"), (teacher, "")):
            User.objects.filter(pk=user.pk).update(email=f"{user.username}@school.example")
            user.refresh_from_db()
            choose_mail(user, language=language)

        notify_people(replay.planned_end)
        mail_due(replay.planned_end)

        (sent,) = mail.outbox
        assert sent.to == ["student@school.example"]
        local = timezone.localtime(replay.planned_start)
        assert (
            f"The replay of “{replay.title}” on {local:%Y-%m-%d %H:%M} (李老师) is ready."
        ) in " ".join(sent.body.split())


class TestNoNews:
    @pytest.mark.parametrize("become", [be_made, be_ready])
    @pytest.mark.parametrize(("days", "is_news"), [(6.9, True), (7.1, False)])
    def test_class_of_a_week_ago(
        self, replay: Replay, become: Callable[[Replay], None], days: float, is_news: bool
    ):
        become(replay)

        assert notify_people(replay.planned_end + days * DAY) == is_news

    @pytest.mark.parametrize(("days", "is_news"), [(29, True), (32, False)])
    def test_promise_is_kept_for_as_long_as_the_cloud_is_asked(
        self, replay: Replay, days: int, is_news: bool
    ):
        be_made(replay)
        notify_people(replay.planned_end + DAY)
        be_ready(replay)

        assert notify_people(replay.planned_end + days * DAY) == is_news

    @pytest.mark.parametrize("become", [be_made, be_ready])
    @pytest.mark.parametrize(
        ("reason", "is_news"), [(RoomReason.HISTORY, False), (RoomReason.AHEAD, True)]
    )
    def test_what_came_with_an_import(
        self,
        replay: Replay,
        become: Callable[[Replay], None],
        reason: RoomReason,
        is_news: bool,
    ):
        become(replay)
        history_room(replay, reason)

        assert notify_people(replay.planned_end + 30 * MINUTE) == is_news

    @pytest.mark.parametrize("become", [be_made, be_ready])
    def test_what_is_in_the_trash(self, replay: Replay, become: Callable[[Replay], None]):
        become(replay)
        Replay.objects.update(deleted_at=replay.planned_end)

        assert notify_people(replay.planned_end + DAY) == 0

    def test_without_a_lesson_its_teacher_alone(self, replay: Replay, teacher: User):
        history_room(replay, RoomReason.ADOPTED)
        Replay.objects.update(lesson=None)

        notify_people(replay.planned_end)

        assert told() == {"teacher"}


KINDS = [
    "replays.late",
    "replays.failed",
    "replays.ready",
    "replays.many_late",
    "replays.many_ready",
    "replays.expiry",
    "replays.expiries",
    "replays.expiries_of_others",
]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_has_words(language: str):
    arguments = {name: f"<{name}>" for name in ("lesson", "moment", "teacher", "day", "count")}
    with translation.override(language):
        for kind in KINDS:
            sentence = sentence_of(kind, arguments)
            assert str(words_of(kind).way) != "", kind
            named = {name for name in arguments if f"<{name}>" in sentence}
            is_one = {"lesson", "moment"} <= named
            assert is_one or named - {"day"} == {"count"}, kind
