"""Warnings that the time of a replay is soon over: who gets them, and what takes them back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of
from replays.enums import ReplayEventKind
from replays.models import Replay, ReplayEvent, ReplayFile, Retention
from replays.services import retention
from replays.services.planning import follow_lessons
from replays.services.retention import end_due_replays
from replays.wording import event_text
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import LessonFactory
from tests.support.classes import known
from tests.support.pages import read
from tests.support.retention import is_trashed, told

pytestmark = pytest.mark.django_db

DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


def trail() -> list[str]:
    with translation.override("en"):
        return [event_text(step) for step in ReplayEvent.objects.order_by("pk")]


class TestWarning:
    def test_teacher_is_warned_a_week_before(
        self,
        thirty_days: Retention,
        replay: Replay,
        made_at: dt.datetime,
        student: User,
        planner: User,
    ):
        end_due_replays(made_at + 23 * DAY - SECOND)
        early = told()
        end_due_replays(made_at + 23 * DAY)

        assert (early, told()) == ([], ["teacher"])
        assert not is_trashed(replay)
        assert replay.expiry_told_at == made_at + 23 * DAY
        (step,) = ReplayEvent.objects.filter(replay=replay)
        assert (step.kind, step.at) == (ReplayEventKind.EXPIRY_TOLD, made_at + 23 * DAY)

    def test_says_when_and_what_can_be_done(
        self,
        signed_in: SignedIn,
        thirty_days: Retention,
        replay: Replay,
        made_at: dt.datetime,
        teacher: User,
    ):
        end_due_replays(made_at + 23 * DAY)

        row = read(signed_in(teacher, "en").get("/accounts/notices/").content).one(
            "li", "notice-row"
        )
        start = timezone.localtime(replay.planned_start)
        day = timezone.localdate(made_at + 30 * DAY)
        assert (
            f"The replay of “{replay.title}” on {start:%Y-%m-%d %H:%M} goes to the trash on {day}, when "
            "its time is over. Download it before then if you need it, or ask the school's planners for a "
            "longer time."
        ) in row.text
        assert Notice.objects.get().address == f"/replays/{replay.code}/"

    def test_nobody_to_warn_is_no_warning(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime
    ):
        User.objects.update(is_active=False)

        for days in (23, 30, 37):
            end_due_replays(made_at + days * DAY)

        assert (told(), is_trashed(replay)) == ([], False)

    def test_is_for_whoever_has_the_lesson_now(
        self,
        monkeypatch: pytest.MonkeyPatch,
        thirty_days: Retention,
        replay: Replay,
        made_at: dt.datetime,
        other_teacher: User,
    ):
        """Also when it changed hands since it was found."""
        warn = retention._warn

        def change_hands(*args: Any, **options: Any) -> None:
            Replay.objects.filter(pk=replay.pk).update(teacher=other_teacher)
            warn(*args, **options)

        monkeypatch.setattr(retention, "_warn", change_hands)

        end_due_replays(made_at + 23 * DAY)

        assert told() == [other_teacher.username]

    def test_time_that_is_made_longer_at_the_last_moment_counts(
        self,
        monkeypatch: pytest.MonkeyPatch,
        thirty_days: Retention,
        replay: Replay,
        made_at: dt.datetime,
    ):
        end_due_replays(made_at + 23 * DAY)
        end = retention._end

        def make_longer(*args: Any) -> None:
            Retention.objects.update(days=3650)
            end(*args)

        monkeypatch.setattr(retention, "_end", make_longer)

        end_due_replays(made_at + 30 * DAY)

        assert not is_trashed(replay)

    def test_once(self, thirty_days: Retention, replay: Replay, made_at: dt.datetime):
        for days in (23, 24, 25, 29):
            end_due_replays(made_at + days * DAY)

        assert told() == ["teacher"]

    def test_staff_where_the_teacher_has_left(
        self,
        thirty_days: Retention,
        replay: Replay,
        made_at: dt.datetime,
        teacher: User,
        planner: User,
    ):
        User.objects.filter(pk=teacher.pk).update(is_active=False)

        end_due_replays(made_at + 23 * DAY)

        assert told() == ["planner"]
        assert trail() == ["Staff were told that its time is soon over"]

    def test_teacher_who_takes_the_lesson_over_has_the_week_too(
        self,
        thirty_days: Retention,
        file: ReplayFile,
        made_at: dt.datetime,
        other_teacher: User,
    ):
        ReplayFile.objects.update(stopped_at=made_at)
        replay = file.replay
        end_due_replays(made_at + 23 * DAY)
        lesson_id = known(replay.lesson_id)
        Lesson.objects.filter(pk=lesson_id).update(teacher=other_teacher)
        follow_lessons([lesson_id])

        ended = []
        for days in (29, 30, 35, 36):
            end_due_replays(made_at + days * DAY)
            ended.append(is_trashed(replay))

        assert ended == [False, False, False, True]
        assert told() == ["other_teacher", "teacher"]

    def test_lesson_that_changes_otherwise_takes_no_warning_back(
        self, thirty_days: Retention, file: ReplayFile, made_at: dt.datetime
    ):
        ReplayFile.objects.update(stopped_at=made_at)
        replay = file.replay
        end_due_replays(made_at + 23 * DAY)
        lesson_id = known(replay.lesson_id)
        Lesson.objects.filter(pk=lesson_id).update(title="新题目")
        follow_lessons([lesson_id])

        end_due_replays(made_at + 30 * DAY)

        assert is_trashed(replay)

    def test_trail_says_whom(self, thirty_days: Retention, replay: Replay, made_at: dt.datetime):
        end_due_replays(made_at + 23 * DAY)

        assert trail() == ["Its teacher was told that its time is soon over"]

    def test_nobody_there_is_no_step(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime
    ):
        User.objects.update(is_active=False)

        end_due_replays(made_at + 23 * DAY)

        assert (told(), trail()) == ([], [])

    def test_staff_are_told_of_many_whose_they_are(
        self, class_group: ClassGroup, thirty_days: Retention, planner: User
    ):
        gone = UserFactory.create(username="gone", roles=[Role.TEACHER], is_active=False)
        at = timezone.now()
        for number in range(retention.TOLD_ONE_BY_ONE + 1):
            lesson = LessonFactory.create(
                teacher=gone, class_groups=[class_group], starts_at=at - (90 - number) * DAY
            )
            ReplayFactory.create(lesson=lesson, made_at=at - (90 - number) * DAY)

        end_due_replays(at)

        notice = Notice.objects.get()
        with translation.override("en"):
            sentence = sentence_of(notice.kind, notice.arguments)
        assert notice.user == planner
        assert sentence.startswith(
            "6 replays of lessons whose teacher has left go to the trash on "
        )

    def test_of_many_at_once_is_one_notice_that_leads_to_them(
        self, signed_in: SignedIn, class_group: ClassGroup, thirty_days: Retention
    ):
        teacher = UserFactory.create(username="busy", roles=[Role.TEACHER])
        at = timezone.now()
        for number in range(retention.TOLD_ONE_BY_ONE + 1):
            lesson = LessonFactory.create(
                teacher=teacher, class_groups=[class_group], starts_at=at - (90 - number) * DAY
            )
            ReplayFactory.create(
                lesson=lesson, title=f"讲次{number}", made_at=at - (90 - number) * DAY
            )

        end_due_replays(at)

        notice = Notice.objects.get()
        assert sentence_of(notice.kind, notice.arguments | {"count": "6"}) != ""
        assert (notice.user, notice.arguments["count"]) == (teacher, "6")
        page = read(signed_in(teacher).get(notice.address).content)
        listed = [cell.one("a").text for cell in page.all("td", "replay-title")]
        assert sorted(listed) == [f"讲次{number}" for number in range(6)]


class TestChanges:
    def test_longer_time_takes_the_warning_back(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime
    ):
        end_due_replays(made_at + 23 * DAY)
        Retention.objects.update(days=60)
        ended = []
        for days in (30, 53, 59, 60):
            end_due_replays(made_at + days * DAY)
            ended.append(is_trashed(replay))

        assert ended == [False, False, False, True]
        assert told() == ["teacher", "teacher"]

    def test_without_a_time_it_is_kept(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime
    ):
        end_due_replays(made_at + 23 * DAY)
        thirty_days.delete()

        end_due_replays(made_at + 30 * DAY)

        assert not is_trashed(replay)
        assert replay.expiry_told_at is None

    def test_shorter_time_warns_first(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime
    ):
        Retention.objects.update(days=10)

        ended = []
        for days in (12, 18, 19):
            end_due_replays(made_at + days * DAY)
            ended.append(is_trashed(replay))

        assert ended == [False, False, True]
