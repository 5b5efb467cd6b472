"""What planning a term does, in lines that people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext as _

from schedule.changes.words import names_text, period_text
from schedule.models import Lesson
from schedule.planning.rules import who_in_words
from schedule.services.lessons import LessonPlan
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
    """A line for each lesson that cannot be placed, and why; as many queries for one as for many."""
    conflicts = list(conflicts)
    names = who_in_words({each.who for each in conflicts if each.who is not None})
    there = Lesson.objects.select_related("course").prefetch_related("class_groups")
    lessons = there.in_bulk({each.lesson_id for each in conflicts if each.lesson_id is not None})
    for each in conflicts:
        about = about_plan(each.placement.plan)
        if each.who is None:
            yield _("%(lesson)s, %(period)s: %(reason)s") % {**about, "reason": each.cannot}
            continue
        other = _about_other(each, lessons)
        yield _("%(lesson)s, %(period)s: %(who)s is taken by %(other)s, %(other_period)s.") % {
            **about,
            "who": names[each.who],
            "other": other["lesson"],
            "other_period": other["period"],
        }


def _about_other(conflict: PlanConflict, lessons: Mapping[int, Lesson]) -> dict[str, str]:
    if conflict.other is not None:
        return about_plan(conflict.other.plan)
    if conflict.lesson_id is None:
        raise ValueError("whom nobody takes is in conflict with no lesson")
    return about_lesson(lessons[conflict.lesson_id])


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
