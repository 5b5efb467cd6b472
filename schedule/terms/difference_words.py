"""Effects of planning a term, in lines that people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from schedule.history.words import names_text, period_text
from schedule.lessons.plan import LessonPlan
from schedule.models import Lesson
from schedule.terms.conflict_words import ConflictWords, WeeklyConflict
from schedule.terms.difference import TermDifference
from schedule.terms.plan_conflicts import PlanConflict


def lines_of(found: TermDifference) -> Iterator[str]:
    """A line for each lesson that is moved, changed, added or removed."""
    for each in found.changed:
        before = period_text(each.lesson.starts_at, each.lesson.ends_at)
        after = period_text(each.plan.starts_at, each.plan.ends_at)
        what = {"lesson": _name_of(each.plan), "before": before, "after": after}
        if each.is_moved:
            yield _("Moved: %(lesson)s, from %(before)s to %(after)s.") % what
        else:
            yield _("Changed: %(lesson)s, %(period)s.") % {**what, "period": after}
    for placement in found.added:
        yield _("New: %(lesson)s, %(period)s.") % about_plan(placement.plan)
    for planned in found.removed:
        if planned.lesson is not None:
            about = about_lesson(planned.lesson)
            yield _("Deleted from the timetable: %(lesson)s, %(period)s.") % about


def conflict_lines(conflicts: Iterable[PlanConflict]) -> Iterator[str]:
    """A line for each lesson that cannot be placed, and why; four queries, more for hundreds of them."""
    found = [WeeklyConflict([each]) for each in conflicts]
    words = ConflictWords(found)
    for each in found:
        about = about_plan(each.first.placement.plan)
        yield _("%(lesson)s, %(period)s: %(why)s") % {
            **about,
            "why": words.why(each, _other_in_words(each, words.lesson(each))),
        }


def _other_in_words(found: WeeklyConflict, lesson: Lesson | None) -> str:
    """Empty where no other lesson is the cause."""
    if lesson is not None:
        return _("%(lesson)s, %(period)s") % about_lesson(lesson)
    other = found.first.other
    return "" if other is None else _("%(lesson)s, %(period)s") % about_plan(other.plan)


def about_plan(plan: LessonPlan) -> dict[str, str]:
    """Arguments of the sentences above."""
    return {"lesson": _name_of(plan), "period": period_text(plan.starts_at, plan.ends_at)}


def about_lesson(lesson: Lesson) -> dict[str, str]:
    groups = tuple(group.name for group in lesson.class_groups.all())
    return {
        "lesson": f"{lesson.course.name} {names_text(groups)}",
        "period": period_text(lesson.starts_at, lesson.ends_at),
    }


def _name_of(plan: LessonPlan) -> str:
    return f"{plan.course.name} {names_text(tuple(group.name for group in plan.class_groups))}"
