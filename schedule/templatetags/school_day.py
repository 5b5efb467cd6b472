"""The lessons of the school's day as HTML, and who sees that day, or plans lessons: a template's loops take too long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import User
from edu_platform.lib.formatting import StateWords
from schedule import access
from schedule.templatetags.week_cells import linked_of, marks_of, reason_of, topic_of
from schedule.timetable.cards import LessonCard
from schedule.timetable.day import DayLesson, SchoolDay, Slots

register = template.Library()

# A lesson of now. At its top right there is room for how many are there.
TILE = """
<li class="tile subject-{} {} {}" data-key="{}"><a class="tile-lesson" href="{}"><b class="day-groups">{}</b> <span class="lesson-course">{}</span> · {}{}</a>{} <span class="day-state">{}{}{}</span>{}</li>"""
ROW = """
<li class="day-row subject-{} {}" data-key="{}"><a class="row-lesson" href="{}"><b class="day-groups">{}</b> <span class="lesson-course">{}</span> {}</a> <span class="day-teacher">{}</span>{} <span class="day-state">{}{}{}</span>{}</li>"""
TIMES = ' <span class="day-times">{}–{}</span>'
COUNT = ' <span class="day-count"><span aria-hidden="true">{}</span><span class="visually-hidden">{}</span></span>'
ACTIONS = ' <div class="day-actions">{}</div>'
MARK = ' <span class="lesson-marks"><span class="mark {}">{} {}</span></span>'
# These stand for a lesson's code and name in what is rendered once for all lessons: no text of people holds a NUL.
CODE, NAME = "code-of-the-lesson", "\0"

ENTRY, PLAN_LINKS = "schedule/_enter_button.html", "schedule/_plan_links.html"


@register.simple_tag
def may_see_day(user: User) -> bool:
    return access.may_see_day(user)


@register.simple_tag
def may_plan(user: User) -> bool:
    return access.may_plan(user)


@register.simple_tag
def tiles(lessons: Iterable[DayLesson], day: SchoolDay, actions: DayActions) -> SafeString:
    """Write the lessons of now, as items of a list."""
    written = (_tile(lesson, day.slots, actions.of_tile(lesson)) for lesson in lessons)
    return mark_safe("".join(written))  # noqa: S308 -- every text is escaped


@register.simple_tag
def day_rows(lessons: Iterable[DayLesson], day: SchoolDay, actions: DayActions) -> SafeString:
    """Write the lessons of a period, as items of a list."""
    written = (_row(lesson, day.slots, actions.of_row(lesson)) for lesson in lessons)
    return mark_safe("".join(written))  # noqa: S308 -- every text is escaped


@register.simple_tag(takes_context=True)
def day_actions(context: Context) -> DayActions:
    return DayActions(context)


def _tile(lesson: DayLesson, slots: Slots, actions: str) -> str:
    card = lesson.card
    how = "is-as-usual" if lesson.is_as_usual else "needs-look"
    return TILE.format(
        card.colour.value,
        f"{how} is-awaited" if card.is_awaited else how,
        *map(escape, (card.css_class, card.code, card.address, _name_of(card))),
        *(escape(card.course), escape(card.teacher), _times_of(card, slots), _count_of(lesson)),
        *(_state_of(lesson), _noted(lesson), reason_of(card), actions),
    )


def _count_of(lesson: DayLesson) -> str:
    """Write how many are there."""
    if lesson.note is None or not lesson.note.head_count:
        return ""
    return COUNT.format(*map(escape, (lesson.note.head_count, lesson.note.head_count_words)))


def _noted(lesson: DayLesson) -> str:
    marks = () if lesson.note is None else lesson.note.marks
    return "".join(
        MARK.format(mark.css_class, mark.shape, escape(str(mark.label))) for mark in marks
    )


def _row(lesson: DayLesson, slots: Slots, actions: str) -> str:
    card = lesson.card
    return ROW.format(
        card.colour.value,
        *map(escape, (card.css_class, card.code, card.address, _name_of(card))),
        *(escape(card.course), topic_of(card), escape(card.teacher), _times_of(card, slots)),
        *(_state_of(lesson), reason_of(card), linked_of(card.linked_states)),
        actions,
    )


def _name_of(card: LessonCard) -> str:
    return card.class_groups or card.course


def _times_of(card: LessonCard, slots: Slots) -> str:
    """Write the times of a lesson that are not those of its period."""
    return "" if slots.is_whole(card) else TIMES.format(card.start_text, card.end_text)


def _state_of(lesson: DayLesson) -> str:
    marks = marks_of(lesson.card)
    return f"{marks}{_lacks_teacher()}" if lesson.lacks_teacher else marks


def _lacks_teacher() -> str:
    mark = StateWords("!", _("Nobody to teach it"), "mark-waiting")
    return MARK.format(mark.css_class, mark.shape, escape(mark.label))


class DayActions:
    """The actions of lessons: each kind is rendered once a page, with the places of code and name."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entry = ""
        self._plan_links: dict[tuple[bool, ...], str] = {}

    def of_tile(self, lesson: DayLesson) -> str:
        return self._of(lesson.card, is_tile=True, is_as_usual=lesson.is_as_usual)

    def of_row(self, lesson: DayLesson) -> str:
        return self._of(lesson.card, is_tile=False, is_as_usual=False)

    def _of(self, card: LessonCard, *, is_tile: bool, is_as_usual: bool) -> str:
        written = ""
        if self._context["may_plan"]:
            written = self._planned(card, is_tile=is_tile, is_as_usual=is_as_usual)
        if card.can_enter:
            self._entry = self._entry or self._rendered(ENTRY, {"can_enter": True})
            written = self._entry + written
        if not written:
            return ""
        actions = ACTIONS.format(written)
        return actions.replace(CODE, card.code).replace(NAME, escape(_name_of(card)))

    def _planned(self, card: LessonCard, *, is_tile: bool, is_as_usual: bool) -> str:
        states = {
            "is_draft": card.is_draft,
            "is_cancelled": card.is_cancelled,
            "is_over": card.is_over,
            "is_tile": is_tile,
            "is_as_usual": is_as_usual,
        }
        key = tuple(states.values())
        if key not in self._plan_links:
            self._plan_links[key] = self._rendered(PLAN_LINKS, states)
        return self._plan_links[key]

    def _rendered(self, name: str, card: Mapping[str, object]) -> str:
        if self._context.template is None:
            raise ValueError("there is no page around it")
        with self._context.push(card={"code": CODE, "name": NAME, **card}):
            template = self._context.template.engine.get_template(name)
            return template.render(self._context).strip()
