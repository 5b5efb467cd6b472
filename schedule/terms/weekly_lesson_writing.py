"""Writing weekly lessons that are known to fit, in a few statements for any number, through one gate."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from schedule.enums import WeeklyLessonSource
from schedule.models import Term, WeeklyLesson, WeeklyLessonAssistant, WeeklyLessonClassGroup
from schedule.terms.weekly_gate import require_sound
from schedule.terms.weekly_lesson_plans import PLAIN_COLUMNS, WeeklyLessonPlan


def lock_term(term: Term) -> None:
    """Lock the term: who writes its weekly lessons or plans them waits for others of the same term.

    Raises:
        Term.DoesNotExist: it was deleted meanwhile.
    """
    Term.objects.select_for_update().get(pk=term.pk)


def insert_weekly_lessons(
    term: Term, plans: Iterable[WeeklyLessonPlan], *, source: WeeklyLessonSource
) -> list[WeeklyLesson]:
    plans = list(plans)
    require_sound(plans)
    weekly_lessons = WeeklyLesson.objects.bulk_create(
        [WeeklyLesson(term=term, source=source, **plan.columns()) for plan in plans],
        batch_size=ROWS_A_STATEMENT,
    )
    _add_people_and_groups(zip(weekly_lessons, plans, strict=True))
    return weekly_lessons


def update_weekly_lessons(
    planned: Collection[tuple[WeeklyLesson, WeeklyLessonPlan]],
    *,
    source: WeeklyLessonSource | None = None,
) -> None:
    """Make each weekly lesson as planned; `source`: it comes from there now."""
    require_sound(plan for _weekly_lesson, plan in planned)
    for weekly_lesson, plan in planned:
        weekly_lesson.source = source or weekly_lesson.source
        for name, value in plan.columns().items():
            setattr(weekly_lesson, name, value)
    weekly_lessons = [weekly_lesson for weekly_lesson, _plan in planned]
    WeeklyLesson.objects.bulk_update(
        weekly_lessons, ["source", *PLAIN_COLUMNS], batch_size=ROWS_A_STATEMENT
    )
    for batch in in_batches(weekly_lesson.pk for weekly_lesson in weekly_lessons):
        WeeklyLessonAssistant.objects.filter(weekly_lesson__in=batch).delete()
        WeeklyLessonClassGroup.objects.filter(weekly_lesson__in=batch).delete()
    _add_people_and_groups(planned)


def move_weekly_lessons(weekly_lessons: Iterable[WeeklyLesson]) -> int:
    """Write the hours of these weekly lessons as they are set by now, and return how many there are."""
    moved = list(weekly_lessons)
    require_sound(moved)
    return WeeklyLesson.objects.bulk_update(moved, ["starts", "ends"], batch_size=ROWS_A_STATEMENT)


def delete_weekly_lessons(weekly_lessons: Iterable[WeeklyLesson]) -> None:
    for batch in in_batches(weekly_lesson.pk for weekly_lesson in weekly_lessons):
        WeeklyLesson.objects.filter(pk__in=batch).delete()


def _add_people_and_groups(planned: Iterable[tuple[WeeklyLesson, WeeklyLessonPlan]]) -> None:
    assistants, groups = [], []
    for weekly_lesson, plan in planned:
        assistants += [
            WeeklyLessonAssistant(weekly_lesson_id=weekly_lesson.pk, user_id=user.pk)
            for user in plan.assistants
        ]
        groups += [
            WeeklyLessonClassGroup(weekly_lesson_id=weekly_lesson.pk, classgroup_id=group.pk)
            for group in plan.class_groups
        ]
    WeeklyLessonAssistant.objects.bulk_create(assistants, batch_size=ROWS_A_STATEMENT)
    WeeklyLessonClassGroup.objects.bulk_create(groups, batch_size=ROWS_A_STATEMENT)
