"""The forms of terms, of a day, and of copying a term; and why a change is refused, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.day_field import DayInput
from edu_platform.lib.form_renderer import KeptSelect
from edu_platform.lib.formatting import listed
from edu_platform.lib.moments import WEEKDAYS, weekday_label
from edu_platform.lib.versions import known_in
from schedule.enums import DayKind
from schedule.lessons.fields import DAY_CHARS
from schedule.lessons.moments import NotReadable, read_date
from schedule.lessons.period_gate import PeriodFault
from schedule.models import (
    DAY_NAME_CHARS,
    LESSON_YEARS,
    MOST_WEEKS,
    TERM_NAME_CHARS,
    ClassGroup,
    Term,
    TermDay,
)
from schedule.terms.copied_class_groups import class_groups_of, proposed
from schedule.terms.days.calendar_days import set_day, unset_day
from schedule.terms.days.calendar_weeks import CalendarDay, day_text
from schedule.terms.days.national_calendar import name_in_words, name_to_keep, national_day
from schedule.terms.writing import LessonsOutside, TermNameTaken, TermOverlaps
from schedule.week_grid import monday_of

USUAL_WEEKS = 20
# The kind of a day that nobody sets.
AS_USUAL = ""
# A form names so many lessons or weekly lessons that stand against a change; more are counted.
NAMED_AT_MOST = 5


# --- A term ---------------------------------------------------------------------------------------


class TermForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("term", "Name"),
        max_length=TERM_NAME_CHARS,
        help_text=_("For example: Autumn term 2026."),
    )
    first_monday = forms.CharField(
        label=_("First Monday"),
        max_length=DAY_CHARS,
        widget=DayInput,
        help_text=_("Of its first week, also when school begins later in that week."),
    )
    weeks = forms.IntegerField(
        label=pgettext_lazy("term", "Number of weeks"),
        min_value=1,
        max_value=MOST_WEEKS,
        initial=USUAL_WEEKS,
        help_text=_("Holidays count: they do not shift odd and even weeks."),
    )

    def clean_first_monday(self) -> dt.date:
        try:
            day = read_date(self.cleaned_data["first_monday"])
        except NotReadable as err:
            raise forms.ValidationError(capfirst(str(err))) from err
        monday = monday_of(day)
        if day != monday:
            reason = gettext("%(day)s is a %(weekday)s. The Monday of that week is %(monday)s.")
            placeholders = {"day": day, "weekday": weekday_label(day), "monday": monday}
            raise forms.ValidationError(reason % placeholders)
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"first_monday", "weeks"} <= cleaned.keys():
            term = Term(first_monday=cleaned["first_monday"], weeks=cleaned["weeks"])
            if term.last_day_planned().year not in LESSON_YEARS:
                self.add_error("weeks", PeriodFault.NO_SUCH_YEAR.words)
        return cleaned

    def refuse(self, err: TermNameTaken | TermOverlaps | LessonsOutside) -> None:
        """Say at its field why the term could not be written as the form says."""
        match err:
            case TermNameTaken():
                self.add_error("name", gettext("Another term has this name."))
            case TermOverlaps():
                self.add_error("first_monday", term_overlap_in_words(err.other))
            case LessonsOutside():
                self.add_error(None, _outside_in_words(err))


def texts_of(term: Term) -> dict[str, object]:
    """The term as its form shows it."""
    return {"name": term.name, "first_monday": term.first_monday, "weeks": term.weeks}


def changed_term_in_words(now: Term) -> str:
    """Say why a form that shows the term as it was is not saved, and how the term is now."""
    reason = gettext(
        "The term has changed since you opened this page: it is “%(name)s” now, from %(first)s to %(last)s. Nothing was saved. Saving once more makes it as the form says."
    )
    return reason % {"name": now.name, "first": now.first_monday, "last": now.last_day}


def term_overlap_in_words(other: Term) -> str:
    reason = gettext("This overlaps with the term “%(name)s”, from %(first)s to %(last)s.")
    return reason % {"name": other.name, "first": other.first_monday, "last": other.last_day}


def _outside_in_words(err: LessonsOutside) -> str:
    named = [str(planned.lesson) for planned in err.planned[:NAMED_AT_MOST]]
    reason = ngettext(
        "%(count)s lesson of its plan would lie outside these weeks: %(lessons)s. Delete or change it first.",
        "%(count)s lessons of its plan would lie outside these weeks: %(lessons)s. Delete or change them first.",
        len(err.planned),
    )
    return reason % {"count": len(err.planned), "lessons": first_listed(named, len(err.planned))}


def first_listed(named: Sequence[str], count: int) -> str:
    return listed(named) + (" …" if count > len(named) else "")


# --- A copy of a term -----------------------------------------------------------------------------


class TermCopyForm(forms.Form):
    """A field for each class group of the source, filled in with what stands for it."""

    bells = forms.BooleanField(
        label=_("Copy the bell times too"),
        help_text=_("Without bell times here, weekly lessons keep their hours."),
        required=False,
        initial=True,
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, source: Term, target: Term
    ) -> None:
        super().__init__(data)
        if target.bell_times.exists() or not source.bell_times.exists():
            del self.fields["bells"]
        self._groups = class_groups_of(source)
        active = list(ClassGroup.objects.active().order_by("name_key", "pk"))
        self._active = {group.code: group for group in active}
        self._proposed = proposed(self._groups, active)
        choices = [
            ("", pgettext("a class group that is not copied", "Leave out")),
            *((group.code, group.name) for group in active),
        ]
        for group in self._groups:
            field = forms.ChoiceField(
                label=group.name, required=False, choices=choices, widget=KeptSelect
            )
            counterpart = self._proposed.get(group.pk)
            field.initial = "" if counterpart is None else counterpart.code
            self.fields[_name(group)] = field

    def group_fields(self) -> list[BoundField]:
        return [self[_name(group)] for group in self._groups]

    def counterparts(self) -> dict[int, ClassGroup]:
        """Return what a valid form says, or what is proposed."""
        if not self.is_bound:
            return self._proposed
        chosen = {group.pk: self.cleaned_data[_name(group)] for group in self._groups}
        return {pk: self._active[code] for pk, code in chosen.items() if code}

    def copies_bells(self) -> bool:
        if not self.is_bound:
            return "bells" in self.fields
        return bool(self.cleaned_data.get("bells"))


def _name(group: ClassGroup) -> str:
    return f"group-{group.code}"


# --- A day ----------------------------------------------------------------------------------------


class TermDayForm(forms.Form):
    """Asks what a day is: as usual, a holiday, or a school day that takes a weekday's plan."""

    kind = forms.ChoiceField(label=_("This day is"), choices=DayKind.choices, required=False)
    plan_weekday = forms.TypedChoiceField(
        label=_("Takes the plan of"),
        help_text=_("Counts for a school day: which weekday's lessons are held."),
        choices=list(enumerate(WEEKDAYS, start=1)),
        coerce=int,
        empty_value=None,
        required=False,
    )
    name = forms.CharField(
        label=pgettext_lazy("day", "Name"),
        help_text=_("Such as National Day or sports day. May be empty."),
        max_length=DAY_NAME_CHARS,
        required=False,
    )

    def __init__(
        self, data: Mapping[str, Any] | None, *, term: Term, date: dt.date, day: TermDay | None
    ) -> None:
        self.term, self.date = term, date
        # The version that the page showed; programs send none, and are taken at their word.
        self.known = known_in(data)
        super().__init__(data, initial=_initial(day))
        self.fields["kind"].widget.choices = [(AS_USUAL, as_usual_text(date)), *DayKind.choices]
        own = gettext("its own weekday: %(label)s") % {"label": weekday_label(date)}
        self.fields["plan_weekday"].widget.choices = [("", own), *enumerate(WEEKDAYS, start=1)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == AS_USUAL:
            for name in ("plan_weekday", "name"):
                # What stood there before may stay: it goes with the day.
                if name in self.changed_data and cleaned.get(name):
                    message = gettext("Choose above what the day is, or leave this empty.")
                    self.add_error(name, message)
        return cleaned

    def save(self) -> None:
        """Set the day.

        Raises:
            DayOutsideTerm, Term.DoesNotExist: the term has changed meanwhile.
            NotAsShown: somebody has changed the day since the page was shown.
        """
        chosen = self.cleaned_data
        if chosen["kind"] == AS_USUAL:
            unset_day(self.term, self.date, known=self.known)
            return
        set_day(
            self.term,
            self.date,
            kind=DayKind(chosen["kind"]),
            plan_weekday=chosen["plan_weekday"],
            name=name_to_keep(chosen["name"]),
            known=self.known,
        )


def changed_day_in_words(now: CalendarDay) -> str:
    """Say why a form that shows the day as it was is not saved, and how it is now."""
    words = " · ".join(filter(None, (now.text or as_usual_text(now.date), now.name)))
    reason = gettext(
        "The day has changed since you opened this page. Now it is: %(now)s. Nothing was saved. Saving once more makes it as the form says."
    )
    return reason % {"now": words}


def _initial(day: TermDay | None) -> dict[str, str]:
    if day is None:
        return {}
    return {
        "kind": day.kind,
        "plan_weekday": str(day.plan_weekday or ""),
        "name": name_in_words(day.name),
    }


def as_usual_text(date: dt.date) -> str:
    """Say what a day is that nobody sets."""
    national = national_day(date)
    if national is None:
        return gettext("as usual: %(label)s") % {"label": weekday_label(date)}
    what = day_text(national.kind, national.plan_weekday)
    label = f"{what} · {name_in_words(national.name)}"
    return gettext("as the national calendar says: %(label)s") % {"label": label}
