"""The forms with which planners handle a teacher's absence: whose it is, and what becomes of each lesson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.day_field import DayField
from edu_platform.lib.form_renderer import KeptSelect
from edu_platform.lib.versions import known_in, require_as_shown
from schedule.absences import writing as absences
from schedule.absences.absence import (
    LONGEST_ABSENCE_DAYS,
    Absence,
    too_long_in_words,
)
from schedule.history.words import lesson_text, period_text, start_text
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.fields import NAMES_CHARS, teacher_meant
from schedule.lessons.forms import ToldForm
from schedule.lessons.locks import lock_lessons
from schedule.lessons.move_forms import NewStartForm, require_as_known
from schedule.lessons.moving import Wanted, held_at, move, swap
from schedule.lessons.named import lesson_of_code, people_named
from schedule.lessons.period_gate import PeriodFault
from schedule.lessons.plan import snapshot_of_plan
from schedule.models import Lesson, LessonSnapshot, PlanningAction
from schedule.week_grid import is_known_day

# Reserved words in Python.
NAMES_IN_REQUESTS = {"from_day": "from", "to_day": "to", "with_lesson": "with"}
# Between the code of a lesson that is offered for a swap, and when it begins as the page showed it.
OFFERED_AT = "@"

Choices = Sequence[tuple[str, str]]


class AbsenceForm(forms.Form):
    """Asks whose absence it is, and on which days; `access` finds the person. It is one day, unless both are named."""

    teacher = forms.CharField(label=_("Teacher"), max_length=NAMES_CHARS, widget=KeptSelect)
    from_day = DayField(label=_("From (day)"))
    to_day = DayField(label=_("To (day)"))

    def __init__(self, asked: Mapping[str, str], *, today: dt.date) -> None:
        first = asked.get("from") or today.isoformat()
        last = asked.get("to") or first
        given = {"teacher": asked.get("teacher", ""), "from": first, "to": last}
        initial = {"from_day": first, "to_day": last}
        super().__init__(given if given["teacher"] else None, initial=initial)

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix(NAMES_IN_REQUESTS.get(field_name, field_name))

    def offer(self, teachers: Choices, *, chosen: User | None) -> None:
        """Set whom to choose from; who is chosen already may be nobody who teaches any more."""
        choices = [("", gettext("Choose a teacher")), *teachers]
        if chosen is not None and chosen.username not in dict(teachers):
            choices.append((chosen.username, f"{chosen.display_name} ({chosen.username})"))
        self.fields["teacher"].widget.choices = choices

    def clean_from_day(self) -> dt.date:
        return _known_day(self.cleaned_data["from_day"])

    def clean_to_day(self) -> dt.date:
        return _known_day(self.cleaned_data["to_day"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"from_day", "to_day"} <= cleaned.keys():
            days = (cleaned["to_day"] - cleaned["from_day"]).days + 1
            if days < 1:
                self.add_error("to_day", gettext("The last day lies before the first one."))
            if days > LONGEST_ABSENCE_DAYS:
                self.add_error("to_day", too_long_in_words())
        return cleaned

    def absence(self, teacher: User) -> Absence:
        """Return the absence that a valid form asks for."""
        return Absence(teacher, self.cleaned_data["from_day"], self.cleaned_data["to_day"])


def _known_day(day: dt.date) -> dt.date:
    if not is_known_day(day):
        raise forms.ValidationError(PeriodFault.NO_SUCH_YEAR.words)
    return day


class WayForm(ToldForm):
    """One way to handle a lesson whose teacher is away."""

    action_name: ClassVar[str]
    heading: ClassVar[str | Promise]
    button: ClassVar[str | Promise]
    done: ClassVar[str | Promise]
    is_grave: ClassVar[bool] = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, lesson: Lesson) -> None:
        self.lesson = lesson
        # The version that the page showed; programs send none, and are taken at their word.
        self.known = known_in(data)
        # Several of them stand on a page.
        super().__init__(data, auto_id=f"{self.action_name}-{lesson.code}-%s")

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix(NAMES_IN_REQUESTS.get(field_name, field_name))

    @transaction.atomic
    def save(self, action: PlanningAction, *, shown_absence: Absence | None) -> None:
        """Do what a valid form says, in the lesson of `shown_absence` if a page has shown it so.

        Raises:
            NotAsShown: the lesson, or the one it is to swap with, has changed since.
            Exception: whatever refuses it when it is written.
        """
        # All at once: one after the other, two swaps of the same lessons could wait for each other.
        lock_lessons(self.concerned)
        require_as_known(self.lesson, self.known)
        if shown_absence is not None:
            shown_absence.require_as_shown([self.lesson], at=action.at)
        self.act(action)

    @property
    def concerned(self) -> list[Lesson]:
        """The lessons that a valid form changes."""
        return [self.lesson]

    def act(self, action: PlanningAction) -> None:
        raise NotImplementedError

    def wanted(self) -> Wanted:
        """Return what a valid form would make of lessons, even if it was refused; nothing where nobody can be taken."""
        return []

    def said(self) -> str:
        """Say what was done, and in which lesson: it leaves the list."""
        return str(self.done) % self.done_words()

    def done_words(self) -> dict[str, str]:
        return {"lesson": f"{start_text(self.lesson.starts_at)} {lesson_text(self.lesson)}"}


class ChosenOrNamedForm(WayForm):
    """A way with a list to choose from, and a field beside it for what is not in the list, which goes first."""

    choice_name: ClassVar[str]
    other_name: ClassVar[str]

    def offer(self, choices: Choices) -> None:
        """Set the choices; what was sent stays, though it is no longer among them."""
        field = self[self.choice_name]
        sent = field.value() if self.is_bound else ""
        is_missing = bool(sent) and sent not in dict(choices)
        field.field.widget.choices = [*choices, (sent, sent)] if is_missing else choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name = self.other_name if cleaned.get(self.other_name) else self.choice_name
        if self.errors:
            return cleaned
        if not cleaned[name]:
            self.add_error(name, self.fields[name].error_messages["required"])
            return cleaned
        try:
            cleaned["chosen"] = self.find(cleaned[name])
        except forms.ValidationError as err:
            self.add_error(name, err)
        return cleaned

    def find(self, text: str) -> Any:
        """Return what was chosen or named.

        Raises:
            ValidationError: it is nothing that there is, or that can be taken.
        """
        raise NotImplementedError


class SubstituteForm(ChosenOrNamedForm):
    choice_name, other_name = "teacher", "other_teacher"
    action_name = "substitute"
    heading = _("Substitute")
    button = _("Assign substitute")
    done = _("%(substitute)s stands in for %(absent)s: %(lesson)s")

    teacher = forms.CharField(
        label=_("Substitute"), max_length=NAMES_CHARS, required=False, widget=forms.Select
    )
    other_teacher = forms.CharField(
        label=_("Somebody else"),
        max_length=NAMES_CHARS,
        required=False,
        help_text=_("Username or name. Used instead of the choice above."),
        widget=forms.TextInput({"list": "known-teachers", "autocomplete": "off"}),
    )
    field_order = ("teacher", "other_teacher", "reason", "untold")

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """Those that a list folds away."""
        return [field for field in self.visible_fields() if field.name != "teacher"]

    @property
    def has_more_faults(self) -> bool:
        return any(field.errors for field in self.more_fields)

    def find(self, text: str) -> User:
        user = teacher_meant(text, people_named([text])[text])
        if user.pk == self.lesson.teacher_id:
            raise forms.ValidationError(teaches_already_in_words(user))
        return user

    def act(self, action: PlanningAction) -> None:
        absences.stand_in([(self.lesson, self.cleaned_data["chosen"])], action=action)

    def wanted(self) -> Wanted:
        return [(self.lesson, taught_by(self.lesson, self.cleaned_data["chosen"]))]

    def done_words(self) -> dict[str, str]:
        return super().done_words() | {
            "substitute": self.cleaned_data["chosen"].display_name,
            "absent": self.lesson.teacher.display_name,
        }


class SwapForm(ChosenOrNamedForm):
    choice_name, other_name = "with_lesson", "other_lesson"
    action_name = "swap"
    heading = pgettext_lazy("two lessons", "Swap")
    button = _("Swap the lessons")
    done = _("Swapped: %(lesson)s, and %(other)s")

    with_lesson = forms.CharField(
        label=_("With this lesson"), max_length=NAMES_CHARS, required=False, widget=forms.Select
    )
    other_lesson = forms.CharField(
        label=_("Another lesson"),
        max_length=NAMES_CHARS,
        required=False,
        help_text=_("The address of its page, or its code. Used instead of the choice above."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    field_order = ("with_lesson", "other_lesson", "reason", "untold")

    def offer_lessons(self, lessons: Iterable[tuple[Lesson, str]]) -> None:
        """Set from which lessons to choose, each with its words."""
        self.offer(
            [(f"{lesson.code}{OFFERED_AT}{_start_text(lesson)}", text) for lesson, text in lessons]
        )

    def find(self, text: str) -> Lesson:
        code, _sign, self.seen_at = text.partition(OFFERED_AT)
        lesson = lesson_of_code(code)
        if lesson is None:
            raise forms.ValidationError(gettext("There is no lesson with this code."))
        return lesson

    @property
    def concerned(self) -> list[Lesson]:
        return [self.lesson, self.cleaned_data["chosen"]]

    def act(self, action: PlanningAction) -> None:
        other = self.cleaned_data["chosen"]
        now = Lesson.objects.filter(pk=other.pk).first()
        if now is not None:
            require_as_shown(other, self.seen_at, _start_text(now))
        swap(self.lesson, other, action=action)

    def done_words(self) -> dict[str, str]:
        other = self.cleaned_data["chosen"]
        return {"lesson": lesson_text(self.lesson), "other": lesson_text(other)}

    def wanted(self) -> Wanted:
        lesson, other = self.lesson, self.cleaned_data["chosen"]
        return [
            (lesson, held_at(lesson, other.starts_at, other.ends_at)),
            (other, held_at(other, lesson.starts_at, lesson.ends_at)),
        ]


class MoveForm(WayForm, NewStartForm):
    action_name = "move"
    heading = pgettext_lazy("one lesson", "Move")
    button = _("Move the lesson")
    done = _("Moved: %(lesson)s, now %(when)s")

    field_order = ("date", "start", "reason", "untold")

    def __init__(self, data: Mapping[str, Any] | None = None, *, lesson: Lesson) -> None:
        super().__init__(data, lesson=lesson)
        start = timezone.localtime(lesson.starts_at)
        self.initial = {"date": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}"}

    def act(self, action: PlanningAction) -> None:
        move(self.lesson, starts_at=self.cleaned_data["starts_at"], action=action)

    def done_words(self) -> dict[str, str]:
        when = period_text(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])
        return {"lesson": lesson_text(self.lesson), "when": when}

    def wanted(self) -> Wanted:
        cleaned = self.cleaned_data
        return [(self.lesson, held_at(self.lesson, cleaned["starts_at"], cleaned["ends_at"]))]


class CancelForm(WayForm):
    action_name = "cancel"
    heading = pgettext_lazy("one lesson", "Cancel")
    button = _("Cancel the lesson")
    done = pgettext_lazy("done", "Cancelled: %(lesson)s")
    is_grave = True

    def act(self, action: PlanningAction) -> None:
        cancel_lesson(self.lesson, reason=action.reason, at=action.at, action=action)


WAYS: Mapping[str, type[WayForm]] = {
    form.action_name: form for form in (SubstituteForm, SwapForm, MoveForm, CancelForm)
}


def teaches_already_in_words(user: User) -> str:
    return gettext("%(name)s teaches this lesson already.") % {"name": user.display_name}


def taught_by(lesson: Lesson, substitute: User) -> LessonSnapshot:
    """Return what the lesson becomes when somebody stands in."""
    return snapshot_of_plan(absences.plan_taught_by(substitute, lesson), lesson.state)


def _start_text(lesson: Lesson) -> str:
    return str(int(lesson.starts_at.timestamp()))
