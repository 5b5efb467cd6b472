"""The form with which planners make and change a weekly lesson of a term."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.form_groups import FieldGroup, fields_of
from edu_platform.lib.natural_keys import in_order
from edu_platform.lib.versions import is_as_shown, known_in
from schedule.lessons.fields import (
    BETWEEN_NAMES,
    DAY_CHARS,
    USUAL,
    WHO_AND_WHAT,
    LessonFieldsForm,
    TimeOfDayInput,
    names_in,
    read_or_none,
    readable,
    record_text,
)
from schedule.lessons.meanwhile import Meanwhile, Unlike, saving_overwrites
from schedule.lessons.moments import read_time
from schedule.lessons.named import courses_by_name
from schedule.models import BellTime, Term, WeeklyLesson, class_group_names
from schedule.terms.bells.bell_lists import bell_lists_of
from schedule.terms.days.calendar import days_of
from schedule.terms.locks import lock_term
from schedule.terms.weekly_lessons.changes import add_weekly_lesson, change_weekly_lesson
from schedule.terms.weekly_lessons.gate import hours_fault
from schedule.terms.weekly_lessons.week_ranges import Weeks, read_weeks
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, plan_of
from schedule.terms.words import (
    bell_in_words,
    different_lists_in_words,
    weekday_in_words,
    weeks_to_type,
)
from schedule.week_grid import DAYS_A_WEEK

# A list of weeks may be this long as it is typed; it is stored shorter.
WEEKS_TYPED_CHARS = 256


class WeeklyLessonForm(LessonFieldsForm):
    """One weekly lesson; its time is said in periods of the term's bell times, or by the clock."""

    weekday = forms.TypedChoiceField(
        label=_("Weekday"),
        coerce=int,
        choices=lambda: [(str(day), weekday_in_words(day)) for day in range(1, DAYS_A_WEEK + 1)],
    )
    first_bell = forms.TypedChoiceField(
        label=_("From period"), coerce=int, empty_value=None, required=False
    )
    last_bell = forms.TypedChoiceField(
        label=_("To period"), coerce=int, empty_value=None, required=False
    )
    start = forms.CharField(
        label=_("Start"), max_length=DAY_CHARS, required=False, widget=TimeOfDayInput
    )
    end = forms.CharField(
        label=_("End"), max_length=DAY_CHARS, required=False, widget=TimeOfDayInput
    )
    weeks = forms.CharField(
        label=_("Weeks"),
        max_length=WEEKS_TYPED_CHARS,
        required=False,
        help_text=_("Empty: every week. Or odd, even, or weeks of the term such as 1-8,10."),
        widget=forms.TextInput({"list": "known-weeks", "autocomplete": "off"}),
    )

    groups = (
        WHO_AND_WHAT,
        FieldGroup(
            _("When"),
            _("On which weekday, when, and in which weeks of the term."),
            ("weekday", "first_bell", "last_bell", "start", "end", "weeks"),
        ),
        FieldGroup(
            _("In class"),
            _("Most lessons stay as it is filled in here."),
            ("title", "assistants", "room_type", "record", "overlap_reason"),
        ),
    )
    field_order = fields_of(groups)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        term: Term,
        weekly_lesson: WeeklyLesson | None = None,
        initial: Mapping[str, str] | None = None,
    ) -> None:
        self.term, self.weekly_lesson = term, weekly_lesson
        self.bells = {bell.number: bell for bell in term.bell_times.all()}
        before = None if weekly_lesson is None else plan_of(weekly_lesson)
        # As what the page that was sent knew it; programs that say nothing of it are taken at their word.
        self.version = "" if before is None else before.version
        self.known = self.version if data is None else known_in(data)
        people = () if before is None else (before.teacher, *before.assistants)
        self.had_people = {user.pk: user for user in people}
        self.had_groups = () if before is None else before.class_groups
        texts = {**USUAL, **(initial or {})}
        if before is not None:
            texts = _texts_of(before, self.bells)
        # What a request leaves out stays as it is.
        given = None if data is None else {**texts, **{name: data[name] for name in data}}
        super().__init__(given, initial=texts)
        self._offer_periods()
        self._begin_where_something_is_to_be_typed(texts)

    def _offer_periods(self) -> None:
        if not self.bells:
            del self.fields["first_bell"], self.fields["last_bell"]
            return
        choices = [(str(number), bell_in_words(bell)) for number, bell in self.bells.items()]
        _choices(self.fields["first_bell"], [("", gettext("By the clock")), *choices])
        _choices(self.fields["last_bell"], [("", gettext("The same period")), *choices])
        if self.term.bell_lists.exists():
            self.fields["first_bell"].help_text = gettext(
                "By the bell times of the term. Where another list holds, it is held at the times that the same period has there."
            )
        for name in ("start", "end"):
            self.fields[name].help_text = gettext("Only where no period is chosen.")

    def _begin_where_something_is_to_be_typed(self, texts: Mapping[str, str]) -> None:
        """Many are typed in a row: what one keeps of the one before is not gone through again."""
        if self.weekly_lesson is None and not self.is_bound:
            name = "course" if not texts.get("course") else "weekday"
            self.fields[name].widget.attrs["autofocus"] = True

    @property
    def is_stale(self) -> bool:
        """Return whether the weekly lesson has changed since the page that was sent was shown."""
        return not is_as_shown(self.known, self.version)

    def meanwhile(self) -> Meanwhile:
        """Say what was sent beside what is there now."""
        unlike = self._unlike()
        return Meanwhile(
            heading=has_changed_in_words(),
            said="" if unlike else gettext("It is now as you sent it."),
            unlike=unlike,
            advice=saving_overwrites(),
        )

    def _unlike(self) -> list[Unlike]:
        return [
            Unlike(
                str(self.fields[name].label),
                self._in_words(name, self.initial.get(name, "")),
                self._in_words(name, self[name].value() or ""),
            )
            for name in self.changed_data
        ]

    def _in_words(self, name: str, value: str) -> str:
        choices = getattr(self.fields[name].widget, "choices", ())
        return str(dict(choices).get(value, value)) or "–"

    # --- What each field means

    def clean_start(self) -> dt.time | None:
        text = self.cleaned_data["start"]
        return readable(text, read_time) if text else None

    def clean_end(self) -> dt.time | None:
        text = self.cleaned_data["end"]
        return readable(text, read_time) if text else None

    def clean_weeks(self) -> Weeks:
        weeks = readable(self.cleaned_data["weeks"], read_weeks)
        if weeks.last_named > self.term.weeks:
            reason = gettext("The term has %(count)s weeks.") % {"count": self.term.weeks}
            raise forms.ValidationError(reason)
        return weeks

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not {"first_bell", "last_bell", "start", "end"} & self.errors.keys():
            self._read_times(cleaned)
        return cleaned

    def _read_times(self, cleaned: dict[str, Any]) -> None:
        """Read the times from periods, or from start and end; never from one of each."""
        first, last = cleaned.get("first_bell"), cleaned.get("last_bell")
        if first is None:
            self._read_clock(cleaned)
            return
        cleaned["last_bell"] = last = first if last is None else last
        times = {"start": self.bells[first].starts, "end": self.bells[last].ends}
        if fault := hours_fault(times["start"], times["end"], first, last):
            self.add_error("last_bell", capfirst(fault.words))
            return
        for name, time in times.items():
            if cleaned[name] not in (None, time):
                reason = gettext("Choose periods or write the time, not both.")
                self.add_error(name, reason)
        cleaned.update(times)

    def _read_clock(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("last_bell") is not None:
            self.add_error("first_bell", gettext("Choose the first period too."))
            return
        for name in ("start", "end"):
            if cleaned[name] is None:
                self.add_error(name, self.fields["course"].error_messages["required"])
        starts, ends = cleaned.get("start"), cleaned.get("end")
        if starts and ends and (fault := hours_fault(starts, ends)):
            self.add_error("end", capfirst(fault.words))

    # --- What is said of it first

    def lists_in_words(self) -> str:
        """Say that its class groups have different bell times, so that it is held by the clock; empty where they have not.

        Of a weekly lesson that keeps its time and class groups it was said before. Only for a form that is valid.
        """
        bell_lists = bell_lists_of(self.term)
        cleaned = self.cleaned_data
        hours = Hours(
            cleaned["weekday"],
            cleaned["start"],
            cleaned["end"],
            cleaned.get("first_bell"),
            cleaned.get("last_bell"),
        )
        groups = cleaned["class_groups"]
        keeps_place = self.weekly_lesson is not None and not {*self.changed_data} & {
            "class_groups",
            "weeks",
            *HOURS,
        }
        days = days_of(self.term, hours.weekday, cleaned["weeks"])
        if keeps_place or not bell_lists.differ_for(hours, groups, days):
            return ""
        return different_lists_in_words(class_group_names(groups), hours.starts, hours.ends)

    # --- What is done with it

    @transaction.atomic
    def save(self) -> WeeklyLesson:
        """Write the weekly lesson; only for a form that is valid.

        Raises:
            NotAsShown: somebody has changed it since the page was shown.
            WeeklyLessonOverlaps: somebody is taken by another one of the term.
            WeeklyLesson.DoesNotExist: it was removed meanwhile.
        """
        # Before its course is made, as files do it: two that make one would wait for each other.
        lock_term(self.term)
        plan = self._plan()
        self.has_saved = True
        if self.weekly_lesson is None:
            return add_weekly_lesson(self.term, plan)
        self.has_saved = change_weekly_lesson(self.weekly_lesson, plan, known=self.known)
        return self.weekly_lesson

    def _plan(self) -> WeeklyLessonPlan:
        """Return the plan that a valid form asks for; a new course is made."""
        cleaned = self.cleaned_data
        (course,) = courses_by_name([cleaned["course"]]).values()
        return WeeklyLessonPlan(
            course=course,
            teacher=cleaned["teacher"],
            class_groups=tuple(cleaned["class_groups"]),
            assistants=tuple(cleaned["assistants"]),
            weekday=cleaned["weekday"],
            starts=cleaned["start"],
            ends=cleaned["end"],
            first_bell=cleaned.get("first_bell"),
            last_bell=cleaned.get("last_bell"),
            weeks=cleaned["weeks"],
            title=cleaned["title"],
            room_type=cleaned["room_type"],
            record_mode=cleaned["record"],
            overlap_reason=cleaned["overlap_reason"],
        )


class Hours(NamedTuple):
    """The time of a weekly lesson as its form says it."""

    weekday: int
    starts: dt.time
    ends: dt.time
    first_bell: int | None
    last_bell: int | None


HOURS = ("weekday", "start", "end", "first_bell", "last_bell")


def has_changed_in_words() -> str:
    return gettext("The weekly lesson has changed since you opened this page")


def _choices(field: forms.Field, choices: Sequence[tuple[str, str]]) -> None:
    field.choices = choices  # type: ignore[attr-defined] # of a field of choices


def _texts_of(plan: WeeklyLessonPlan, bells: Mapping[int, BellTime]) -> dict[str, str]:
    """Return the weekly lesson as its form shows it; by the clock where the term has its periods no more."""
    texts = {
        "course": plan.course.name,
        "title": plan.title,
        "teacher": plan.teacher.username,
        "assistants": BETWEEN_NAMES.join(user.username for user in in_order(plan.assistants)),
        "class_groups": BETWEEN_NAMES.join(group.name for group in in_order(plan.class_groups)),
        "weekday": str(plan.weekday),
        "weeks": weeks_to_type(plan.weeks),
        "room_type": str(plan.room_type),
        "record": record_text(plan.record_mode),
        "overlap_reason": plan.overlap_reason,
    }
    if {plan.first_bell, plan.last_bell} <= bells.keys():
        last = "" if plan.last_bell == plan.first_bell else str(plan.last_bell)
        return texts | {"first_bell": str(plan.first_bell), "last_bell": last}
    return texts | {"start": f"{plan.starts:%H:%M}", "end": f"{plan.ends:%H:%M}"}


def prefilled_weekly(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says of a new weekly lesson; what is malformed counts as absent."""
    initial = names_in(query)
    for name in ("weekday", "first_bell"):
        if re.fullmatch(r"[0-9]{1,2}", text := query.get(name, "")):
            initial[name] = text
    for name in ("start", "end"):
        if (time := read_or_none(query.get(name, ""), read_time)) is not None:
            initial[name] = f"{time:%H:%M}"
    if (weeks := read_or_none(query.get("weeks", ""), read_weeks)) is not None:
        initial["weeks"] = weeks_to_type(weeks)
    return initial
