"""The form of a change from a day on: whose weekly lessons, from which day, and what becomes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.day_field import DayInput
from edu_platform.lib.form_groups import FieldGroup, GroupedForm, fields_of
from schedule.lessons.fields import (
    DAY_CHARS,
    NAMES_CHARS,
    TimeOfDayInput,
    readable,
    teacher_meant,
)
from schedule.lessons.forms import ToldForm
from schedule.lessons.may_teach import who_may_teach
from schedule.lessons.moments import read_time
from schedule.lessons.named import (
    NotMeant,
    course_names,
    course_spellings,
    known_courses,
    only_one_meant,
    people_named,
)
from schedule.lessons.nearest import (
    NearestNames,
    NearestPeople,
    class_groups_missing_in_words,
    not_meant_in_words,
    with_question,
)
from schedule.models import COURSE_NAME_CHARS, REASON_CHARS, ClassGroup, Course, Term
from schedule.terms.bells.bell_times import MOST_BELLS
from schedule.terms.day_fields import day_of_term
from schedule.terms.from_day.wish import FromDay
from schedule.terms.weekly_lessons.gate import WeeklyFault, hours_fault
from schedule.terms.words import bell_in_words, weekday_in_words
from schedule.week_grid import DAYS_A_WEEK

WHOSE = ("teacher", "class_group", "course")
CHANGES = ("new_teacher", "new_course", "new_weekday", "first_bell", "start", "shift")
# One of these alone says the time.
TIMES = ("first_bell", "start", "shift")
TEACHERS, COURSES, GROUPS = "known-teachers", "known-courses", "known-class-groups"


def _weekdays(empty: str) -> list[tuple[str, str]]:
    days = range(1, DAYS_A_WEEK + 1)
    return [("", empty), *((str(day), weekday_in_words(day)) for day in days)]


def _name(
    label: Any, listed: str, chars: int = NAMES_CHARS, help_text: Any = ""
) -> forms.CharField:
    widget = forms.TextInput({"list": listed, "autocomplete": "off"})
    return forms.CharField(
        label=label, max_length=chars, required=False, help_text=help_text, widget=widget
    )


def _choice(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, coerce=int, empty_value=None, required=False, help_text=help_text
    )


def _time(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=DAY_CHARS,
        required=False,
        help_text=help_text,
        widget=TimeOfDayInput,
    )


class FromDayForm(GroupedForm, ToldForm):
    """Asks for a change from a day on; names that are left out do not matter, or stay."""

    teacher = _name(_("Teacher"), TEACHERS)
    class_group = _name(_("Class group"), GROUPS)
    course = _name(_("Course"), COURSES, COURSE_NAME_CHARS)
    weekday = _choice(_("Weekday"))
    first_day = forms.CharField(
        label=_("From"),
        max_length=DAY_CHARS,
        widget=DayInput,
        help_text=_("Until the end of the term. A week of which a part lies before stays whole."),
    )
    new_teacher = _name(
        pgettext_lazy("from a day on", "New teacher"), TEACHERS, help_text=_("Username, or name.")
    )
    new_course = _name(
        pgettext_lazy("from a day on", "New course"),
        COURSES,
        COURSE_NAME_CHARS,
        _("One that there is."),
    )
    new_weekday = _choice(_("New weekday"))
    first_bell = _choice(_("From period"))
    last_bell = _choice(_("To period"))
    start = _time(_("Start"))
    end = _time(_("End"), _("Empty: each keeps its length."))
    shift = forms.IntegerField(
        label=_("Shift by periods"),
        min_value=-MOST_BELLS,
        max_value=MOST_BELLS,
        required=False,
        help_text=_("For several weekly lessons: 1 is a period later, -1 a period earlier."),
    )
    overlap_reason = forms.CharField(
        label=_("Why class groups may overlap"),
        max_length=REASON_CHARS,
        required=False,
        help_text=_(
            "Only where a class group is split: teachers are never in two lessons at once."
        ),
    )

    groups = (
        FieldGroup(
            _("Whose weekly lessons"),
            _(
                "Name one of teacher, class group and course. With several of them only those count that have all."
            ),
            (*WHOSE, "weekday", "first_day"),
        ),
        FieldGroup(
            _("What changes"),
            _("What is left empty stays."),
            (*CHANGES[:4], "last_bell", "start", "end", "shift", "overlap_reason"),
        ),
        FieldGroup(
            _("Before you save"), _("Why, and whether people are told."), ("reason", "untold")
        ),
    )
    field_order = fields_of(groups)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        term: Term,
        initial: Mapping[str, str] | None = None,
    ) -> None:
        self.term = term
        self.bells = {bell.number: bell for bell in term.bell_times.all()}
        super().__init__(data, initial=dict(initial or {}))
        self._offer("weekday", _weekdays(gettext("Any")))
        self._offer("new_weekday", _weekdays(gettext("As it is")))
        if not self.bells:
            for name in ("first_bell", "last_bell", "shift"):
                del self.fields[name]
            return
        choices = [(str(number), bell_in_words(bell)) for number, bell in self.bells.items()]
        self._offer("first_bell", [("", gettext("As it is")), *choices])
        self._offer("last_bell", [("", gettext("As many as before")), *choices])
        self.fields["start"].help_text = gettext("Only where no period is chosen.")

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined] # of a field of choices

    # --- What each field means

    def clean_teacher(self) -> User | None:
        """Return whose weekly lessons these are, also somebody who has left."""
        text = self.cleaned_data["teacher"]
        if not text:
            return None
        teaching = User.objects.get_queryset().filter(weekly_lessons_taught__term=self.term)
        had = set(teaching.values_list("pk", flat=True))
        try:
            return only_one_meant(text, people_named([text])[text], had=had)
        except NotMeant as err:
            fault = not_meant_in_words(err, NearestPeople(who_may_teach()))
            raise forms.ValidationError(fault) from err

    def clean_class_group(self) -> ClassGroup | None:
        text = self.cleaned_data["class_group"].strip()
        groups = list(ClassGroup.objects.filter(name=text).order_by("-pk")) if text else []
        if text and not groups:
            raise forms.ValidationError(class_groups_missing_in_words([text]))
        active = [group for group in groups if group.archived_at is None]
        return next(iter(active or groups), None)

    def clean_course(self) -> Course | None:
        return self._course("course")

    def clean_new_course(self) -> Course | None:
        return self._course("new_course")

    def _course(self, field: str) -> Course | None:
        text = self.cleaned_data[field]
        if not text:
            return None
        name = readable(text, course_spellings().of)
        course = known_courses([name]).get(name)
        if course is None:
            sentence = gettext("There is no course with the name %(name)s.") % {"name": name}
            nearest = NearestNames(course_names()).nearest(name)
            raise forms.ValidationError(with_question(sentence, nearest))
        return course

    def clean_new_teacher(self) -> User | None:
        text = self.cleaned_data["new_teacher"]
        return teacher_meant(text, people_named([text])[text]) if text else None

    def clean_first_day(self) -> dt.date:
        day = day_of_term(self.cleaned_data["first_day"], self.term)
        if day < timezone.localdate():
            raise forms.ValidationError(
                gettext("This day is over: what was held stays. Choose today, or a later day.")
            )
        return day

    def clean_start(self) -> dt.time | None:
        text = self.cleaned_data["start"]
        return readable(text, read_time) if text else None

    def clean_end(self) -> dt.time | None:
        text = self.cleaned_data["end"]
        return readable(text, read_time) if text else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._require_all(cleaned)
        return cleaned

    def _require_all(self, cleaned: Mapping[str, Any]) -> None:
        if not any(cleaned[name] for name in WHOSE):
            self.add_error("teacher", gettext("Name a teacher, a class group or a course."))
        if not any(cleaned.get(name) for name in CHANGES):
            self.add_error("new_teacher", gettext("Say what changes."))
        if len([name for name in TIMES if cleaned.get(name)]) > 1:
            self.add_error(
                "start", gettext("Choose periods, write the time, or shift: one of these.")
            )
        if cleaned.get("last_bell") and not cleaned.get("first_bell"):
            self.add_error("first_bell", gettext("Choose the first period too."))
        elif cleaned.get("last_bell") and cleaned["last_bell"] < cleaned["first_bell"]:
            self.add_error("last_bell", capfirst(WeeklyFault.PERIODS_REVERSED.words))
        start, end = cleaned.get("start"), cleaned.get("end")
        if end and not start and "start" not in self.errors:
            self.add_error("start", self.fields["first_day"].error_messages["required"])
        elif start and end and (fault := hours_fault(start, end)):
            self.add_error("end", capfirst(fault.words))

    def wish(self) -> FromDay:
        """Return what a valid form asks for."""
        cleaned = self.cleaned_data
        same = (*WHOSE, "weekday", "first_day", "new_teacher", "new_course", "new_weekday")
        return FromDay(
            **{name: cleaned[name] for name in same},
            first_bell=cleaned.get("first_bell"),
            last_bell=cleaned.get("last_bell"),
            starts=cleaned["start"],
            ends=cleaned["end"],
            shift=cleaned.get("shift") or 0,
            overlap_reason=cleaned["overlap_reason"],
        )


def prefilled_from(query: Mapping[str, str], term: Term) -> dict[str, str]:
    """Return what an address says of a change from a day on; what is malformed counts as absent."""
    texts = {name: query.get(name, "")[:NAMES_CHARS].replace("\0", "") for name in WHOSE}
    weekday = query.get("weekday", "")
    if weekday.isascii() and weekday.isdigit() and 1 <= int(weekday[:2]) <= DAYS_A_WEEK:
        texts["weekday"] = weekday
    text = query.get("first_day", "")
    first, last = max(timezone.localdate(), term.first_monday), term.last_day
    try:
        day = min(max(dt.date.fromisoformat(text), first), last)
    except ValueError:
        day = min(first, last)
    texts["first_day"] = str(day)
    return texts


class UndoFromDayForm(ToldForm):
    """Asks why a change from a day on is undone, and whether people are told."""
