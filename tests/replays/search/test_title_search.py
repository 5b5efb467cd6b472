"""Searching titles: the same answers from both databases, and quick ones from PostgreSQL."""

from __future__ import annotations

import datetime as dt
import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from replays.enums import ReplayState
from replays.models import Replay
from replays.search.filters import Filters, filtered, narrowed
from replays.search.search_box import folded, title_grams
from replays.search.sorting import SORTS, in_list_order
from replays.services.notifications import notify_people
from replays.services.state_sync import bring_up_to_date
from schedule.models import Lesson
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.lessons import copies_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("search: PostgreSQL has an index, SQLite reads titles"),
]

postgresql_only = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="its index")


class TestGrams:
    @pytest.mark.parametrize(
        ("title", "grams"),
        [
            ("语文课", "语 文 课 语文 文课"),
            ("A a", "a"),
            ("ＡＢ１", "a b 1 ab b1"),
            ("课课课", "课 课课"),
            ("", ""),
        ],
    )
    def test_each_one_and_two_characters_once(self, title: str, grams: str):
        assert title_grams(title) == grams

    def test_full_width_and_large_letters_are_the_plain_ones(self):
        assert folded("Ｎｅａｌｌｉｎ的教室") == "neallin的教室"


FOUND: dict[str, set[str]] = {
    "语": {"三年级 语文 第12讲 荷花", "语文课 0902-0800"},
    "语文": {"三年级 语文 第12讲 荷花", "语文课 0902-0800"},
    "文语": set(),
    "语课": set(),
    "文课": {"语文课 0902-0800"},
    "荷花": {"三年级 语文 第12讲 荷花"},
    "讲 荷": {"三年级 语文 第12讲 荷花"},
    "讲  荷": set(),
    "0902-08": {"语文课 0902-0800"},
    # Its pairs are all there, and yet it is not.
    "0802": set(),
    "ＰＹ": {"Python入门"},
    "PYTHON入": {"Python入门"},
    "第１２讲": {"三年级 语文 第12讲 荷花", "全角第１２讲"},
    "_": set(),
    "\\": set(),
    "'": set(),
    "{": set(),
    "ß": set(),
}


class TestFinding:
    def test_part_of_the_title(self):
        for title in (
            "三年级 语文 第12讲 荷花",
            "语文课 0902-0800",
            "Python入门",
            "全角第１２讲",
            "08 和 80 与 02",
        ):
            ReplayFactory.create(title=title)

        fitting = {q: filtered(Replay.objects.all(), Filters(q=q)) for q in FOUND}

        assert {
            q: set(replays.values_list("title", flat=True)) for q, replays in fitting.items()
        } == FOUND

    def test_columns_follow_the_lesson_and_the_files(self, lesson: Lesson):
        replay = ReplayFactory.create(lesson=lesson)
        ReplayFileFactory.create(replay=replay, size_bytes=3)
        ReplayFileFactory.create(replay=replay, size_bytes=4)
        Lesson.objects.update(title="Ｂ课")

        bring_up_to_date(replay.pk, school_time(2, 8))

        replay.refresh_from_db()
        assert (replay.title, replay.title_folded, replay.title_grams) == (
            "Ｂ课",
            "b课",
            "b 课 b课",
        )
        assert (replay.list_rank, replay.size_bytes) == (1, 7)

    def test_size_is_unknown_as_soon_as_one_is(self, lesson: Lesson):
        replay = ReplayFactory.create(lesson=lesson, size_bytes=3)
        ReplayFileFactory.create(replay=replay, size_bytes=3)
        ReplayFileFactory.create(replay=replay, size_bytes=None)

        bring_up_to_date(replay.pk, school_time(2, 8))

        replay.refresh_from_db()
        assert replay.size_bytes is None


class TestFillingWhatIsThere:
    def test_needs_no_code_that_may_change(self):
        migration = importlib.import_module("replays.migrations.0004_search_and_list_columns")
        own = [
            each
            for each in vars(migration).values()
            if getattr(each, "__module__", "").startswith(("replays.", "schedule.", "accounts."))
        ]

        assert {each.__module__ for each in own} == {migration.__name__}

    def test_nobody_is_told_of_what_is_there_already(self, lesson: Lesson):
        migration = importlib.import_module("replays.migrations.0004_search_and_list_columns")
        at = timezone.now()
        times: dict[str, Any] = {
            "planned_start": at - dt.timedelta(days=2, hours=1),
            "planned_end": at - dt.timedelta(days=2),
        }
        made: list[tuple[str, dict[str, Any]]] = [
            ("ready", {}),
            ("failed", {"reason": "given_up"}),
            ("processing", {"reason": "ended"}),
            ("ready", {"ready_told_at": at - dt.timedelta(hours=3)}),
        ]
        ready, failed, being_made, told = (
            ReplayFactory.create(
                state=state, state_since=at - dt.timedelta(days=1), **times, **more
            )
            for state, more in made
        )

        migration.fill(apps, None)

        def told_of(replay: Replay) -> tuple[dt.datetime | None, dt.datetime | None]:
            replay.refresh_from_db()
            return replay.ready_told_at, replay.late_told_at

        since = at - dt.timedelta(days=1)
        assert told_of(ready) == (since, None)
        assert told_of(failed) == (None, since)
        assert told_of(being_made) == (None, None)
        assert told_of(told) == (at - dt.timedelta(hours=3), None)
        # People are told of what is being made still.
        assert notify_people(at) == 1
        assert told_of(being_made) == (None, at)

    def test_replays_from_before_are_found_and_sorted(self, lesson: Lesson, monkeypatch: Any):
        migration = importlib.import_module("replays.migrations.0004_search_and_list_columns")
        monkeypatch.setattr(migration, "ROWS_A_PORTION", 2)
        made = [ReplayFactory.create(title=f"第{number}讲") for number in range(5)]
        waiting = ReplayFactory.create(title="等", state="processing")
        ReplayFileFactory.create(replay=made[0], size_bytes=3)
        ReplayFileFactory.create(replay=made[0], size_bytes=4)
        ReplayFileFactory.create(replay=made[0], size_bytes=9, gone_at=school_time(0, 8))
        ReplayFileFactory.create(replay=made[1], size_bytes=3)
        ReplayFileFactory.create(replay=made[1], size_bytes=None)
        Replay.objects.update(list_rank=0, title_folded="", title_grams="", size_bytes=None)

        migration.fill(apps, None)

        rows = Replay.objects.exclude(lesson=lesson).order_by("pk")
        assert list(rows.values_list("title", "title_grams", "list_rank", "size_bytes")) == [
            ("第0讲", "第 0 讲 第0 0讲", 1, 7),
            ("第1讲", "第 1 讲 第1 1讲", 1, None),
            *(
                (f"第{number}讲", f"第 {number} 讲 第{number} {number}讲", 1, None)
                for number in range(2, 5)
            ),
            (waiting.title, "等", 0, None),
        ]
        assert set(rows.values_list("title_folded", flat=True)) == {
            *(each.title for each in made),
            "等",
        }


def plan_of(found: Any) -> str:
    with connection.cursor() as cursor:
        # The few rows of a test are read sooner without any index.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    return str(found.explain())


@postgresql_only
class TestIndexes:
    def test_search_reads_the_index_of_grams(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off")

        # In whatever state: of so few replays each index of the list would do as well.
        plans = {
            q: plan_of(narrowed(Replay.objects.all(), Filters(q=q)))
            for q in ("语", "语文", "语文课", "讲 荷")
        }

        assert {
            q: plan
            for q, plan in plans.items()
            if "Bitmap Index Scan on replays_replay_by_grams" not in plan
        } == {}

    @pytest.mark.parametrize("sort", ["", *SORTS])
    def test_every_order_is_read_off_an_index(self, sort: str):
        filters = Filters(sort=sort)
        ordered = in_list_order(
            filtered(Replay.objects.all(), filters), sort=filters.sort, state=filters.state
        )

        plan = plan_of(ordered.values_list("pk", flat=True)[:10])

        assert "Sort" not in plan
        assert plan.count("Index Only Scan") == 1

    def test_teachers_replays_are_read_in_their_order(self, lesson: Lesson):
        # With a few replays, any index would do.
        other = LessonFactory.create()
        Replay.objects.bulk_create(
            Replay(
                lesson=each,
                title=each.title,
                room_type=each.room_type,
                teacher=each.teacher,
                planned_start=each.starts_at,
                planned_end=each.ends_at,
                listed_at=each.starts_at,
            )
            for each in copies_of(other, 300)
        )
        # What is not in lists yet is not in their indexes either: all would be empty, and cost the same.
        Replay.objects.update(state=ReplayState.READY)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE replays_replay")
        filters = Filters(teacher=lesson.teacher.username)

        ordered = in_list_order(
            filtered(Replay.objects.all(), filters), sort=filters.sort, state=filters.state
        )

        plan = plan_of(ordered.values_list("pk", flat=True)[:10])
        assert "Index Only Scan using replays_replay_of_teacher" in plan
        assert "Sort" not in plan
