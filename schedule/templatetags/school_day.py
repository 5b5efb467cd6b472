"""The lessons of the school's day as HTML, written as those of a week are, and who sees that day, or plans lessons."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import User
from schedule import access
from schedule.templatetags.week_cells import linked_of, marks_of, reason_of, topic_of
from schedule.timetable.cards import LessonCard
from schedule.timetable.day import SchoolDay

register = template.Library()

# On a phone the rows are drawn as cards: the roles keep it a table for those who listen to it.
GROUP = """
<tbody role="rowgroup" id="{}"{}><tr role="row" class="day-hour"><th scope="rowgroup" colspan="6" role="rowheader">{}</th></tr>{}</tbody>"""
ROW = """
<tr role="row" class="{}" data-key="{}"><td role="cell" class="day-times"><span class="lesson-time">{}</span>–{}</td> <th scope="row" role="rowheader" class="day-course"><a class="lesson-course" href="{}">{}</a> {}</th> <td role="cell" class="day-groups">{}</td> <td role="cell" class="day-teacher">{}</td> <td role="cell" class="day-state">{}{}{}</td> <td role="cell" class="day-actions">{}</td> </tr>"""
# A line above an hour, or above a lesson: what stands below is still to come.
AFTER_NOW = "is-after-now"
RUNNING_ANCHOR = "running"
# Stands for a lesson's code in what is rendered once for all lessons: codes are shorter.
PLACE = "code-of-the-lesson"

# The states of a lesson that its links for planners follow from.
PLANNED_BY = ("is_draft", "is_cancelled", "is_over")

ActionsOf = Callable[[LessonCard], str]


@register.simple_tag
def may_see_day(user: User) -> bool:
    return access.may_see_day(user)


@register.simple_tag
def may_plan(user: User) -> bool:
    return access.may_plan(user)


@register.simple_tag(takes_context=True)
def lessons_by_hour(context: Context, day: SchoolDay) -> SafeString:
    """The rows of a day's table: what runs now, then the others by the hour of their start."""
    actions_of = _actions_in(context)
    groups = [(hour.anchor, hour.label, hour.cards) for hour in day.hours]
    if day.running:
        groups.insert(0, (RUNNING_ANCHOR, _("Now"), day.running))
    first = day.first_to_come
    written = []
    for anchor, label, cards in groups:
        begins = f' class="{AFTER_NOW}"' if cards[0] is first else ""
        rows = (
            _row(card, actions_of(card), is_after_now=card is first and not begins)
            for card in cards
        )
        written.append(GROUP.format(anchor, begins, escape(label), "".join(rows)))
    return mark_safe("".join(written))  # noqa: S308 -- every text is escaped


def _row(card: LessonCard, actions: str, *, is_after_now: bool) -> str:
    css_class = f"{card.css_class} {AFTER_NOW}" if is_after_now else card.css_class
    return ROW.format(
        *map(escape, (css_class, card.code, card.start_text, card.end_text, card.address)),
        *(escape(card.course), topic_of(card), escape(card.class_groups), escape(card.teacher)),
        *(marks_of(card), reason_of(card), linked_of(card.linked_states), actions),
    )


def _actions_in(context: Context) -> ActionsOf:
    """Return what can be done with a lesson: each kind is rendered once, and holds the place of the code."""

    @lru_cache
    def plan_links(*states: tuple[str, object]) -> str:
        return _rendered(context, "schedule/_plan_links.html", {"code": PLACE, **dict(states)})

    @lru_cache
    def entry() -> str:
        return _rendered(context, "schedule/_enter_button.html", {"code": PLACE, "can_enter": True})

    def actions_of(card: LessonCard) -> str:
        actions = entry() if card.can_enter else ""
        if context["may_plan"]:
            actions += plan_links(*((name, getattr(card, name)) for name in PLANNED_BY))
        return actions.replace(PLACE, card.code)

    return actions_of


def _rendered(context: Context, name: str, card: dict[str, object]) -> str:
    if context.template is None:
        raise ValueError("there is no page around it")
    with context.push(card=card):
        return context.template.engine.get_template(name).render(context).strip()
