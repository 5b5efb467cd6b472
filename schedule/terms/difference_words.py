"""What planning a term does, in lines that people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from accounts.models import User
from schedule.changes.words import names_text, period_text
from schedule.models import ClassGroup, Lesson
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
    """A line for each lesson that cannot be placed: who is taken, and by which other; three queries at most."""
    conflicts = list(conflicts)
    holders = [each.holder for each in conflicts]
    people = User.objects.in_bulk({each.pk for each in holders if each.is_person})
    groups = ClassGroup.objects.in_bulk({each.pk for each in holders if not each.is_person})
    there = Lesson.objects.select_related("course").prefetch_related("class_groups")
    lessons = there.in_bulk({each.lesson_id for each in conflicts if each.lesson_id is not None})
    for each in conflicts:
        who = people[each.holder.pk] if each.holder.is_person else groups[each.holder.pk]
        other = (
            about_lesson(lessons[each.lesson_id])
            if each.other is None and each.lesson_id is not None
            else about_plan(each.other.plan if each.other else each.placement.plan)
        )
        yield _("%(lesson)s, %(period)s: %(who)s is taken by %(other)s, %(other_period)s.") % {
            **about_plan(each.placement.plan),
            "who": str(who),
            "other": other["lesson"],
            "other_period": other["period"],
        }


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
