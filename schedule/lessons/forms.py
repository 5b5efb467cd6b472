"""The forms with which planners make and change lessons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import SchoolSettings, User
from edu_platform.lib.day_field import DayInput
from edu_platform.lib.form_groups import FieldGroup, fields_of
from edu_platform.lib.natural_keys import in_order
from edu_platform.lib.versions import is_as_shown, known_in
from schedule.enums import LessonState
from schedule.history.personal_news import Pair
from schedule.history.snapshots import snapshot_of
from schedule.lessons.begun import Begun, begun_of, frozen_in_words
from schedule.lessons.change import change_lesson, schedule_lesson
from schedule.lessons.fields import (
    BETWEEN_NAMES,
    DAY_CHARS,
    USUAL,
    WHO_AND_WHAT,
    LessonFieldsForm,
    TimeOfDayInput,
    meant_by,
    read_or_none,
    readable,
    record_text,
)
from schedule.lessons.meanwhile import Meanwhile, lesson_meanwhile, saving_overwrites
from schedule.lessons.moments import NotReadable, in_school_time, read_date, read_time
from schedule.lessons.named import courses_by_name
from schedule.lessons.period_fields import BELLS, PeriodsForm
from schedule.lessons.period_gate import lies_in_past, past_in_words, period_faults
from schedule.lessons.plan import LessonPlan, snapshot_of_plan
from schedule.models import (
    REASON_CHARS,
    ClassGroup,
    Lesson,
    LessonSnapshot,
    PlanningAction,
    topic_of,
)

# What does not change any more once the class has begun; lists cannot be read-only.
FROZEN = {
    Begun.OPENED_AGAIN: ("date", "start", "end"),
    Begun.IN_CURRENT_ROOM: ("teacher", "assistants", "date", "start", "end"),
}

# Whether students may download the replay, as the form says it; programs may leave it empty too.
DOWNLOAD_TEXTS = {None: "default", True: "yes", False: "no"}
DOWNLOAD_WORDS = {
    **dict.fromkeys(("", "default"), None),
    **dict.fromkeys(("yes", "是", "true"), True),
    **dict.fromkeys(("no", "否", "false"), False),
}
# A lesson can only narrow what the school allows families.
FAMILIES_TEXTS = {None: "default", False: "no"}
FAMILIES_WORDS = {word: allowed for word, allowed in DOWNLOAD_WORDS.items() if allowed is not True}


def _download_choices() -> list[tuple[str, str]]:
    return _choices(DOWNLOAD_TEXTS, default=SchoolSettings.load().students_may_download)


def _families_choices() -> list[tuple[str, str]]:
    return _choices(FAMILIES_TEXTS, default=SchoolSettings.load().families_may_watch)


def _choices(texts: Mapping[bool | None, str], *, default: bool) -> list[tuple[str, str]]:
    """Offer the school's default by what it is; a query, where the form is shown."""
    words = {True: gettext("Yes"), False: gettext("No")}
    as_set = gettext("As the school's settings say: %(default)s") % {"default": words[default]}
    return [
        (text, as_set if allowed is None else words[allowed]) for allowed, text in texts.items()
    ]


class ToldForm(forms.Form):
    """Asks why something is done, and whether people are told of it."""

    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Everybody concerned reads this."),
        max_length=REASON_CHARS,
        required=False,
    )
    untold = forms.BooleanField(label=_("Tell nobody of this"), required=False)

    def action(self, **columns: Any) -> PlanningAction:
        """The action of a form that is valid, not saved yet."""
        is_told = not self.cleaned_data["untold"]
        return PlanningAction(reason=self.cleaned_data["reason"], is_told=is_told, **columns)


class StartForm(forms.Form):
    """The start of a lesson, in the words of a timetable; a form that asks for something else instead may leave it out."""

    date = forms.CharField(label=_("Date"), max_length=DAY_CHARS, widget=DayInput)
    start = forms.CharField(label=_("Start"), max_length=DAY_CHARS, widget=TimeOfDayInput)

    def clean_date(self) -> dt.date | None:
        text = self.cleaned_data["date"]
        return readable(text, read_date) if text else None

    def clean_start(self) -> dt.time | None:
        text = self.cleaned_data["start"]
        return readable(text, read_time) if text else None


class PlanningForm(LessonFieldsForm, StartForm, PeriodsForm, ToldForm):
    """One lesson, in the words of a timetable: people and class groups by their names."""

    end = forms.CharField(label=_("End"), max_length=DAY_CHARS, widget=TimeOfDayInput)
    students_may_download = forms.CharField(
        label=_("Students may download the replay"),
        max_length=DAY_CHARS,
        required=False,
        widget=forms.Select,
        help_text=_("Can change after the class too."),
    )
    families_may_watch = forms.CharField(
        label=_("Families may watch the replay"),
        max_length=DAY_CHARS,
        required=False,
        widget=forms.Select,
        help_text=_(
            "By the link of their child. Other children of the class are to be seen and heard in it."
        ),
    )
    # There only where a form that was sent asks for it.
    past = forms.BooleanField(label=_("Plan it in the past"), required=False)
    draft = forms.BooleanField(
        label=_("Draft"), required=False, help_text=_("Seen by staff only until it is published.")
    )

    groups = (
        WHO_AND_WHAT,
        FieldGroup(
            _("When"),
            _("The day, and its periods or the time."),
            ("date", "first_bell", "last_bell", "start", "end", "past"),
        ),
        FieldGroup(
            _("In class"),
            _("Most lessons stay as it is filled in here."),
            (
                *("title", "assistants", "room_type", "record"),
                *("students_may_download", "families_may_watch"),
            ),
        ),
        FieldGroup(
            _("Before you save"),
            _("Exceptions, and what people are told."),
            ("overlap_reason", "draft", "reason", "untold"),
        ),
    )
    field_order = fields_of(groups)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lesson: Lesson | None = None,
        initial: Mapping[str, str] | None = None,
    ) -> None:
        self.lesson = lesson
        self.before = None if lesson is None else snapshot_of(lesson)
        self.version = "" if self.before is None else self.before.version()
        # Programs send none, and are taken at their word.
        self.known = self.version if data is None else known_in(data)
        self.had_people = {} if lesson is None else _people_of(lesson)
        self.had_groups = [] if lesson is None else in_order(lesson.class_groups.all())
        as_set = {
            "students_may_download": DOWNLOAD_TEXTS[None],
            "families_may_watch": FAMILIES_TEXTS[None],
        }
        texts = {**USUAL, **as_set, **(initial or {})}
        if lesson is not None:
            texts = _texts_of(lesson, self.had_people, self.had_groups)
        # What a request leaves out stays as it is.
        given = None if data is None else {**texts, **{name: data[name] for name in data}}
        super().__init__(given, initial=texts)
        # Read where it is shown, and as long as the school's settings are as they are.
        self.fields["students_may_download"].widget.choices = _download_choices
        self.fields["families_may_watch"].widget.choices = _families_choices
        # Why some of it does not change any more.
        self.why_frozen = ""
        # Whether saving wrote anything: not of a lesson that is as it was sent.
        self.has_saved = True
        day = read_or_none(self["date"].value() or "", read_date)
        self.offer_periods(day or timezone.localdate(), self.had_groups)
        if lesson is not None:
            del self.fields["draft"]
            self._freeze(lesson)
        if not self.is_bound:
            del self.fields["past"]

    def _freeze(self, lesson: Lesson) -> None:
        """Show what does not change any more as it is. What is sent nevertheless is refused in words."""
        begun = begun_of(lesson)
        if begun is not None:
            self.why_frozen = frozen_in_words(begun)
            for name in FROZEN[begun]:
                self.fields[name].widget.attrs["readonly"] = True
            if not self.is_bound:
                for name in self.fields.keys() & set(BELLS):
                    del self.fields[name]

    @property
    def is_stale(self) -> bool:
        """Tell whether the lesson has changed since the page that was sent was shown."""
        return not is_as_shown(self.known, self.version)

    def meanwhile(self) -> Meanwhile | None:
        """Say what has become of the lesson since that page; None: nothing has."""
        if self.lesson is None or not self.is_stale:
            return None
        return lesson_meanwhile(self.lesson, self.known, advice=saving_overwrites())

    # --- What each field means

    def clean_end(self) -> dt.time | None:
        text = self.cleaned_data["end"]
        return readable(text, read_time) if text else None

    def clean_students_may_download(self) -> bool | None:
        return meant_by(self.cleaned_data["students_may_download"], DOWNLOAD_WORDS)

    def clean_families_may_watch(self) -> bool | None:
        return meant_by(self.cleaned_data["families_may_watch"], FAMILIES_WORDS)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.read_periods(cleaned)
        if {"date", "start", "end"} <= cleaned.keys():
            self._read_period(cleaned)
        self._ask_about_past(cleaned)
        return cleaned

    def _ask_about_past(self, cleaned: dict[str, Any]) -> None:
        """Ask once more about a lesson that is put into the past."""
        ends_at = cleaned.get("ends_at")
        before = self.lesson and (self.lesson.starts_at, self.lesson.ends_at)
        if (
            ends_at is None
            or not lies_in_past(ends_at)
            or before == (cleaned["starts_at"], ends_at)
            or not self.errors.keys().isdisjoint(("start", "end"))
        ):
            del self.fields["past"]
        elif not cleaned["past"]:
            self.add_error("past", past_in_words(ends_at))

    def _read_period(self, cleaned: dict[str, Any]) -> None:
        """The period; what of it nobody touched stays to the second, and on the day of its end."""
        date = cleaned["date"]
        end_date = date + dt.timedelta(days=0 if self.is_by_periods else self.nights)
        starts_at = self._moment("start", date, cleaned["start"])
        ends_at = self._moment("end", end_date, cleaned["end"])
        if starts_at is None or ends_at is None:
            return
        for fault in period_faults(starts_at, ends_at):
            self.add_error(fault.side, capfirst(fault.words))
        cleaned["starts_at"], cleaned["ends_at"] = starts_at, ends_at

    def _moment(self, side: str, day: dt.date, time: dt.time) -> dt.datetime | None:
        touched = {"date", side, "first_bell"} & set(self.changed_data)
        if self.lesson is not None and not touched:
            return self.lesson.starts_at if side == "start" else self.lesson.ends_at
        try:
            return in_school_time(day, time)
        except NotReadable as err:
            self.add_error(side, capfirst(str(err)))
            return None

    @property
    def nights(self) -> int:
        """Return how many days after its start the lesson ends: nearly always none."""
        if self.lesson is None:
            return 0
        start, end = map(timezone.localdate, (self.lesson.starts_at, self.lesson.ends_at))
        return (end - start).days

    # --- What is done with it

    def _plan(self) -> LessonPlan:
        """Return what a valid form asks for; a new course is made."""
        cleaned = self.cleaned_data
        (course,) = courses_by_name([cleaned["course"]]).values()
        return LessonPlan(
            course=course,
            teacher=cleaned["teacher"],
            class_groups=tuple(cleaned["class_groups"]),
            starts_at=cleaned["starts_at"],
            ends_at=cleaned["ends_at"],
            assistants=tuple(cleaned["assistants"]),
            title=cleaned["title"] or self._default_title(),
            room_type=cleaned["room_type"],
            record_mode=cleaned["record"],
            students_may_download=cleaned["students_may_download"],
            overlap_reason=cleaned["overlap_reason"],
            families_may_watch=cleaned["families_may_watch"],
        )

    def _default_title(self) -> str:
        """Return the lesson's own title, if it is neither moved nor renamed; nothing otherwise, and one is made later."""
        touched = {"course", "title", "date", "start", "first_bell"} & set(self.changed_data)
        return "" if self.lesson is None or touched else self.lesson.title

    @transaction.atomic
    def save(self, action: PlanningAction) -> Lesson:
        """Write the lesson; only for a form that is valid.

        Raises:
            NotAsShown: somebody has changed the lesson since the page was shown.
            LessonOverlaps: somebody is taken at that time.
            LessonFrozen: the class has begun, and more than words is to change.
        """
        return self._write(action, known=self.known)

    def _write(self, action: PlanningAction, *, known: str = "") -> Lesson:
        self.planned = self._plan()
        if self.lesson is None:
            is_draft = self.cleaned_data["draft"]
            return schedule_lesson(self.planned, is_draft=is_draft, action=action)
        self.has_saved = change_lesson(self.lesson, self.planned, action=action, known=known)
        return self.lesson

    def try_out(self) -> Pair:
        """Return what saving would make of the lesson as it is, before and after; keep nothing, raise what saving does."""
        with transaction.atomic():
            self._write(PlanningAction())
            transaction.set_rollback(True)
        return self.before, self.wanted()

    def wanted(self) -> LessonSnapshot:
        """The lesson as it was last tried to be saved, also when that was refused."""
        return snapshot_of_plan(self.planned, self._state())

    def _state(self) -> str:
        if self.lesson is not None:
            return self.lesson.state
        return LessonState.DRAFT if self.cleaned_data["draft"] else LessonState.PUBLISHED


def _people_of(lesson: Lesson) -> dict[int, User]:
    return {user.pk: user for user in (lesson.teacher, *in_order(lesson.assistants.all()))}


def _texts_of(
    lesson: Lesson, people: Mapping[int, User], groups: list[ClassGroup]
) -> dict[str, str]:
    """The lesson as its form shows it."""
    start, end = timezone.localtime(lesson.starts_at), timezone.localtime(lesson.ends_at)
    assistants = [user.username for user in people.values() if user.pk != lesson.teacher_id]
    return {
        "course": lesson.course.name,
        "title": topic_of(lesson.title, lesson.course.name),
        "teacher": lesson.teacher.username,
        "assistants": BETWEEN_NAMES.join(assistants),
        "class_groups": BETWEEN_NAMES.join(group.name for group in groups),
        "date": f"{start:%Y-%m-%d}",
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "room_type": str(lesson.room_type),
        "record": record_text(lesson.record_mode),
        "students_may_download": DOWNLOAD_TEXTS[lesson.students_may_download],
        "families_may_watch": FAMILIES_TEXTS.get(lesson.families_may_watch, FAMILIES_TEXTS[None]),
        "overlap_reason": lesson.overlap_reason,
    }
