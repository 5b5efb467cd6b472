"""The history of a lesson: what those who see the lesson may know of it."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from accounts.permissions import Relation
from schedule.enums import ActionOrigin, ChangeKind
from schedule.history import reading as history
from schedule.history.reading import HistoryEntry, history_of
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson, publish_lesson
from schedule.lessons.plan import plan_of
from schedule.models import Lesson, LessonChange, PlanningAction
from tests.factories.schedule import LessonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("JSON is read from columns")]

STAFF = {Relation.ANYBODY, Relation.STAFF}
OTHERS = [Relation.STUDENT, Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.SUPERVISOR]


def change(lesson: Lesson, **fields: Any) -> None:
    action = PlanningAction(**fields.pop("action", {}))
    now = Lesson.objects.get(pk=lesson.pk)
    plan = replace(plan_of(now), **fields)
    change_lesson(now, plan, action=action)


def entries(lesson: Lesson, *relations: Relation) -> list[HistoryEntry]:
    found = history_of(lesson, set(relations) or STAFF)
    return [*found.recent, *found.earlier]


@pytest.fixture
def published_draft(teacher, other_teacher) -> Lesson:
    """A draft that was changed before it was published, and moved since."""
    lesson = LessonFactory.create(teacher=teacher, is_draft=True)
    change(lesson, teacher=other_teacher, action={"reason": "李老师不愿意"})
    publish_lesson(lesson, action=PlanningAction(reason="定了"))
    change(lesson, title="复习")
    return lesson


def test_newest_first_with_what_happened_and_what_differs(lesson, other_teacher, planner):
    change(lesson, teacher=other_teacher, title="复习", action={"reason": "代课", "by": planner})
    cancel_lesson(lesson, reason="停电", at=timezone.now())

    cancelled, changed, planned = entries(lesson)

    assert (cancelled.happened, cancelled.differences) == (("已取消",), ())
    assert cancelled.reason == "停电"
    assert changed.happened == ()
    assert [(each.kind, each.before, each.after) for each in changed.differences] == [
        (ChangeKind.TITLE, "–", "复习"),
        (ChangeKind.TEACHER, "李老师", "赵老师"),
    ]
    assert planned.happened == ("已安排",)
    assert changed.at == PlanningAction.objects.get(reason="代课").at


def test_staff_read_who_and_by_which_way_and_others_do_not(lesson, planner):
    ways = {
        "孙教务": (planner, ActionOrigin.PAGE),
        "孙教务 · 由导入": (planner, ActionOrigin.IMPORT),
        "由导入": (None, ActionOrigin.IMPORT),
        "由命令": (None, ActionOrigin.COMMAND),
    }
    for title, (by, origin) in ways.items():
        change(lesson, title=title, action={"by": by, "origin": origin})

    assert [each.who for each in entries(lesson)][:-1] == list(reversed(ways))
    for relation in OTHERS:
        assert [each.who for each in entries(lesson, relation)] == [""] * 5, relation


def test_staff_alone_read_what_happened_to_the_draft(published_draft):
    assert [each.reason for each in entries(published_draft)] == ["", "定了", "李老师不愿意", ""]
    for relation in OTHERS:
        moved, published = entries(published_draft, relation)

        assert [each.after for each in moved.differences] == ["复习"], relation
        assert (published.happened, published.differences) == (("已发布",), ())
        assert published.reason == "定了"


def test_staff_alone_read_why_class_groups_may_overlap(lesson):
    change(lesson, overlap_reason="两个小组", title="复习")
    change(lesson, overlap_reason="")

    last, first, _planned = entries(lesson)
    assert [each.before for each in last.differences] == ["两个小组"]
    assert [each.after for each in first.differences] == ["复习", "两个小组"]
    for relation in OTHERS:
        changed, _planned = entries(lesson, relation)
        assert [each.after for each in changed.differences] == ["复习"], relation


def test_long_ones_are_folded_and_bounded_for_one_query(lesson, django_assert_num_queries):
    planned = lesson.changes.get()
    at_once, at_most = history.SHOWN_AT_ONCE, history.SHOWN_AT_MOST

    def shown(length: int) -> tuple[int, int, bool]:
        copies = [copy(planned) for _each in range(length - lesson.changes.count())]
        for change_row in copies:
            change_row.pk = None
        LessonChange.objects.bulk_create(copies)
        with django_assert_num_queries(1):
            found = history_of(lesson, STAFF)
        return len(found.recent), len(found.earlier), found.is_cut

    history_of(lesson, STAFF)
    assert shown(1) == (1, 0, False)
    assert shown(at_once) == (at_once, 0, False)
    assert shown(at_once + 1) == (at_once, 1, False)
    assert shown(at_most) == (at_once, at_most - at_once, False)
    assert shown(at_most + 1) == (at_once, at_most - at_once, True)
    assert shown(at_most + 2) == (at_once, at_most - at_once, True)


def test_lesson_of_before_there_was_history_has_none(lesson):
    lesson.changes.all().delete()

    assert entries(lesson) == []
