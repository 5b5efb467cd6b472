"""The page of a teacher's absence: its lessons, who could stand in, and what is done already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import display_names
from edu_platform.lib.moments import weekday_label
from schedule.absences.absence import Absence, handled_lessons, lessons_assisted, lessons_hit
from schedule.absences.forms import (
    CancelForm,
    Choices,
    MoveForm,
    SubstituteForm,
    SwapForm,
    WayForm,
    taught_by,
)
from schedule.absences.proposals import ProposalsForm, first_proposals
from schedule.absences.substitutes import (
    SUBSTITUTES_OFFERED,
    Substitute,
    substitutes_for,
    why_in_words,
)
from schedule.absences.swaps import swaps_for
from schedule.history.snapshots import snapshot_of, version_now
from schedule.history.words import lesson_text, period_text, start_text
from schedule.lessons.named import teacher_choices
from schedule.lessons.pages import told_in_words
from schedule.models import Lesson, class_group_names


@dataclass(frozen=True)
class LessonHit:
    """A lesson whose teacher is away, with the forms by which it is handled."""

    lesson: Lesson
    absence: Absence
    substitutes: Sequence[Substitute]
    substitute_form: SubstituteForm
    # Only of the lesson that is opened: its swaps are queries of their own.
    other_forms: Sequence[WayForm] = ()
    # Who is told of any change; only of the lesson that is opened.
    told: str = ""

    def __post_init__(self) -> None:
        self.substitute_form.offer(
            substitute_choices(self.lesson, self.substitutes[:SUBSTITUTES_OFFERED])
        )

    @property
    def forms(self) -> list[WayForm]:
        return [self.substitute_form, *self.other_forms]

    @property
    def version(self) -> str:
        return version_now(self.lesson)

    @property
    def is_opened(self) -> bool:
        return bool(self.other_forms)

    @property
    def address(self) -> str:
        return self.absence.address_of(self.lesson)

    @property
    def name(self) -> str:
        return lesson_text(self.lesson)

    @property
    def day(self) -> str:
        date = timezone.localdate(self.lesson.starts_at)
        return f"{date} {weekday_label(date)}"

    @property
    def class_groups(self) -> str:
        return _groups_text(self.lesson)

    @property
    def assistants(self) -> str:
        return display_names(self.lesson.assistants.all())


@dataclass(frozen=True, slots=True)
class Proposal:
    """The substitute who is proposed first; `sent` is what the form of all proposals says of it."""

    lesson: Lesson
    substitute: Substitute
    why: str
    sent: str


@dataclass(frozen=True, slots=True)
class Handled:
    """A lesson that is taken care of; `when` is when it was to be."""

    lesson: Lesson
    when: str
    name: str
    class_groups: str
    how: str


def absence_context(
    absence: Absence,
    *,
    at: dt.datetime,
    opened: str = "",
    tried: WayForm | None = None,
    tried_for_all: ProposalsForm | None = None,
    **trouble: object,
) -> dict[str, Any]:
    """All that the page shows of an absence.

    `opened` is the code of the lesson of which it shows all that can be done. A form that was sent stands
    where it belongs, and `trouble` is why it was refused.
    """
    days = {"first": absence.first, "last": absence.last}
    taught = lessons_hit(absence.teacher, **days, at=at)
    substitutes_by_lesson = substitutes_for(taught, absent=absence.teacher)
    code = opened if tried is None else tried.lesson.code
    lessons = [
        _opened(lesson, substitutes_by_lesson[lesson.pk], absence, tried, at=at)
        if lesson.code == code
        else LessonHit(
            lesson, absence, substitutes_by_lesson[lesson.pk], SubstituteForm(lesson=lesson)
        )
        for lesson in taught
    ]
    handled = handled_lessons(absence.teacher, **days)
    return {
        "absence": absence,
        "lessons": lessons,
        "assisted": lessons_assisted(absence.teacher, **days, at=at),
        "handled": [_handled(lesson, absence) for lesson in handled],
        "left": left_in_words(len(taught), len(taught) + len(handled)),
        "teachers": teacher_choices(),
        **_tried(tried, lessons),
        **_for_all(taught, substitutes_by_lesson, tried_for_all, at=at),
        **trouble,
    }


def _tried(tried: WayForm | None, lessons: Sequence[LessonHit]) -> dict[str, object]:
    """Tell where to say what is wrong with a form that was sent: at its lesson, if that is still shown."""
    is_shown = any(tried in hit.forms for hit in lessons)
    return {"trouble_is_below": is_shown, "lost_form": None if is_shown else tried}


def _opened(
    lesson: Lesson,
    substitutes: Sequence[Substitute],
    absence: Absence,
    tried: WayForm | None,
    *,
    at: dt.datetime,
) -> LessonHit:
    """With all its ways, and the form of one as it was sent."""
    snapshot = snapshot_of(lesson)
    swap = tried if isinstance(tried, SwapForm) else SwapForm(lesson=lesson)
    other_lessons = swaps_for(lesson, absent_from=absence.first, absent_to=absence.last, at=at)
    swap.offer_lessons((other, _swap_text(other)) for other in other_lessons)
    others = [swap, tried if isinstance(tried, MoveForm) else MoveForm(lesson=lesson)]
    if not lesson.is_draft:
        others.append(tried if isinstance(tried, CancelForm) else CancelForm(lesson=lesson))
    substitute = tried if isinstance(tried, SubstituteForm) else SubstituteForm(lesson=lesson)
    audience = told_in_words((snapshot, snapshot), at=at)
    return LessonHit(lesson, absence, substitutes, substitute, others, audience)


def _swap_text(lesson: Lesson) -> str:
    when = period_text(lesson.starts_at, lesson.ends_at)
    return f"{when} · {lesson.course.name} · {_groups_text(lesson)} · {lesson.teacher.display_name}"


# --- Who could stand in ---------------------------------------------------------------------------


def substitute_choices(lesson: Lesson, substitutes: Sequence[Substitute]) -> Choices:
    """Each with why they are proposed."""
    return [
        (
            substitute.user.username,
            f"{substitute.user.display_name} ({substitute.user.username})"
            f" · {why_in_words(substitute, lesson)}",
        )
        for substitute in substitutes
    ]


def _for_all(
    lessons: Sequence[Lesson],
    substitutes_by_lesson: Mapping[int, Sequence[Substitute]],
    tried: ProposalsForm | None,
    *,
    at: dt.datetime,
) -> dict[str, object]:
    """The first proposals, of one action, and the lessons that they leave over."""
    first = first_proposals(lessons, substitutes_by_lesson)
    proposed = [lesson for lesson in lessons if lesson.pk in first]
    pairs = [(snapshot_of(lesson), taught_by(lesson, first[lesson.pk].user)) for lesson in proposed]
    return {
        "proposals": [_proposal(lesson, first[lesson.pk]) for lesson in proposed],
        "lost_form_of_all": None if proposed else tried,
        "without_proposal": [lesson for lesson in lessons if lesson.pk not in first],
        "all_form": tried or ProposalsForm(),
        "told_of_all": told_in_words(*pairs, at=at) if pairs else "",
    }


def _proposal(lesson: Lesson, substitute: Substitute) -> Proposal:
    sent = f"{lesson.code}:{substitute.user.username}"
    return Proposal(lesson, substitute, why_in_words(substitute, lesson), sent)


# --- What is done already -------------------------------------------------------------------------


def _handled(lesson: Lesson, absence: Absence) -> Handled:
    when = period_text(lesson.starts_at, lesson.ends_at)
    if lesson.is_cancelled:
        how = _("Cancelled")
    elif lesson.teacher_id != absence.teacher.pk:
        how = _("%(name)s stands in") % {"name": lesson.teacher.display_name}
    else:
        how = _("Moved to %(when)s") % {"when": when}
        when = start_text(lesson.moved_from or lesson.starts_at)
    return Handled(lesson, when, lesson_text(lesson), _groups_text(lesson), how)


def left_in_words(left: int, total: int) -> str:
    """Say how many lessons still need somebody."""
    if not total:
        return _("No lesson on these days needs a substitute.")
    if not left:
        return _("Every lesson on these days is taken care of.")
    counted = ngettext(
        "%(left)s of %(total)s lesson still needs somebody.",
        "%(left)s of %(total)s lessons still need somebody.",
        total,
    )
    return counted % {"left": left, "total": total}


def _groups_text(lesson: Lesson) -> str:
    return class_group_names(lesson.class_groups.all())
