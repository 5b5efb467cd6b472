"""The forms with which planners make and change lessons."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.day_field import DayInput
from schedule.changes.news import Pair
from schedule.enums import LessonState, RecordMode, RoomType
from schedule.imports.lesson_cells import RECORD_WORDS, ROOM_TYPES
from schedule.imports.lookups import courses_by_name
from schedule.models import (
    COURSE_NAME_CHARS,
    REASON_CHARS,
    TITLE_CHARS,
    ClassGroup,
    Course,
    Lesson,
    LessonSnapshot,
    PlanningAction,
    Room,
    topic_of,
)
from schedule.planning.moments import NotReadable, in_school_time, read_date, read_time
from schedule.planning.rules import assists_oneself_in_words, period_faults, why_not_teaching
from schedule.selectors.named import class_groups_named, entries_of, people_named
from schedule.services.changes import snapshot_of
from schedule.services.lessons import (
    BEGUN,
    LessonPlan,
    change_lesson,
    schedule_lesson,
    snapshot_of_plan,
)

# Of a day in a form: "2026-09-01", and of a text that is put together of many names.
DAY_CHARS = 32
NAMES_CHARS = 2000
VERSION_CHARS = 32
BETWEEN_NAMES = "; "
# What does not change any more once the class has begun; lists cannot be read-only.
FROZEN = ("teacher", "assistants", "date", "start", "end")

Value = TypeVar("Value")


class TimeOfDayInput(forms.TextInput):
    input_type = "time"


class ToldForm(forms.Form):
    """Why something is done, and whether people are told of it."""

    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Everybody concerned reads this."),
        max_length=REASON_CHARS,
        required=False,
    )
    untold = forms.BooleanField(label=_("Tell nobody of this"), required=False)

    def action(self, **columns: Any) -> PlanningAction:
        """The action of a form that is valid, not saved yet."""
        told = not self.cleaned_data["untold"]
        return PlanningAction(reason=self.cleaned_data["reason"], is_told=told, **columns)


class UndoForm(ToldForm):
    """The undo of an import; `seen` is the version of what its page said."""

    seen = forms.CharField(widget=forms.HiddenInput)


class PlanningForm(ToldForm):
    """One lesson, in the words of a timetable: people and class groups by their names."""

    course = forms.CharField(
        label=_("Course"),
        max_length=COURSE_NAME_CHARS,
        help_text=_("A new name makes a new course."),
        widget=forms.TextInput({"list": "known-courses", "autocomplete": "off"}),
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=TITLE_CHARS,
        required=False,
        help_text=_("Empty: course and time."),
    )
    teacher = forms.CharField(
        label=_("Teacher"),
        max_length=NAMES_CHARS,
        help_text=_("Username, or name."),
        widget=forms.TextInput({"list": "known-teachers", "autocomplete": "off"}),
    )
    assistants = forms.CharField(
        label=_("Assistants"),
        max_length=NAMES_CHARS,
        required=False,
        help_text=_("Usernames or names of teachers, with ; between them."),
        widget=forms.TextInput({"list": "known-teachers", "autocomplete": "off"}),
    )
    class_groups = forms.CharField(
        label=_("Class groups"),
        max_length=NAMES_CHARS,
        help_text=_("One or several, with ; between them."),
        widget=forms.TextInput({"list": "known-class-groups", "autocomplete": "off"}),
    )
    date = forms.CharField(label=_("Date"), max_length=DAY_CHARS, widget=DayInput)
    start = forms.CharField(label=_("Start"), max_length=DAY_CHARS, widget=TimeOfDayInput)
    end = forms.CharField(label=_("End"), max_length=DAY_CHARS, widget=TimeOfDayInput)
    room_type = forms.CharField(
        label=_("Room type"), max_length=DAY_CHARS, widget=forms.Select(choices=RoomType.choices)
    )
    record = forms.CharField(label=_("Recording"), max_length=DAY_CHARS, widget=forms.Select)
    overlap_reason = forms.CharField(
        label=_("Why class groups may overlap"),
        max_length=REASON_CHARS,
        required=False,
        help_text=_(
            "Only where a class group is split: teachers are never in two lessons at once."
        ),
    )
    draft = forms.BooleanField(
        label=_("Draft"), required=False, help_text=_("Seen by staff only until it is published.")
    )

    field_order = (
        *("course", "teacher", "class_groups", "date", "start", "end", "title", "assistants"),
        *("room_type", "record", "overlap_reason", "draft", "reason", "untold"),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lesson: Lesson | None = None,
        initial: Mapping[str, str] | None = None,
    ) -> None:
        self.lesson = lesson
        self.before = None if lesson is None else snapshot_of(lesson)
        # As what the page that was sent knew the lesson; programs that say nothing of it are taken at their word.
        self.version = "" if self.before is None else _version_of(self.before)
        self.known = self.version if data is None else data.get("known", self.version)
        # Who and what the lesson has already is taken as it is.
        self.had_people = {} if lesson is None else _people_of(lesson)
        self.had_groups = [] if lesson is None else list(lesson.class_groups.all())
        shown = {"room_type": str(RoomType.INTERACTIVE.value), "record": "yes", **(initial or {})}
        if lesson is not None:
            shown = _texts_of(lesson, self.had_people, self.had_groups)
        # What a request leaves out stays as it is.
        given = None if data is None else {**shown, **{name: data[name] for name in data}}
        super().__init__(given, initial=shown)
        mode = RecordMode.AUTOMATIC if lesson is None else RecordMode(lesson.record_mode)
        kept = RecordMode.AUTOMATIC if mode is RecordMode.NONE else mode
        self.fields["record"].widget.choices = [("yes", kept.label), ("no", RecordMode.NONE.label)]
        self.has_begun = False
        # Whether saving wrote anything: not of a lesson that is as it was sent.
        self.has_saved = True
        if lesson is not None:
            del self.fields["draft"]
            self._freeze(lesson)

    def _freeze(self, lesson: Lesson) -> None:
        """Of a class that has begun only words change. What is sent nevertheless is refused in words."""
        room = Room.objects.current().filter(lesson=lesson, cloud_status__in=BEGUN)
        self.has_begun = room.exists()
        for name in FROZEN if self.has_begun else ():
            self.fields[name].widget.attrs["readonly"] = True

    @property
    def is_stale(self) -> bool:
        """Whether the lesson has changed since the page that was sent was shown."""
        return self.known != self.version

    # --- What each field means

    def clean_course(self) -> str:
        name: str = self.cleaned_data["course"]
        self.makes_course = not Course.objects.filter(name=name).exists()
        return name

    def clean_date(self) -> dt.date:
        return _readable(self.cleaned_data["date"], read_date)

    def clean_start(self) -> dt.time:
        return _readable(self.cleaned_data["start"], read_time)

    def clean_end(self) -> dt.time:
        return _readable(self.cleaned_data["end"], read_time)

    def clean_room_type(self) -> RoomType:
        return _word(self.cleaned_data["room_type"], ROOM_TYPES)

    def clean_record(self) -> bool:
        return _word(self.cleaned_data["record"], RECORD_WORDS)

    def clean_teacher(self) -> User:
        text = self.cleaned_data["teacher"]
        return self._person(text, people_named([text])[text])

    def clean_assistants(self) -> list[User]:
        texts = entries_of(self.cleaned_data["assistants"])
        found = people_named(texts)
        people = [self._person(text, found[text]) for text in texts]
        return list({user.pk: user for user in people}.values())

    def clean_class_groups(self) -> list[ClassGroup]:
        found, unknown = class_groups_named(self.cleaned_data["class_groups"], self.had_groups)
        if unknown:
            reason = gettext("There is no class group with the name %(name)s.")
            raise forms.ValidationError([reason % {"name": name} for name in unknown])
        if not found:
            raise forms.ValidationError(self.fields["class_groups"].error_messages["required"])
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("teacher") in (cleaned.get("assistants") or ()):
            self.add_error("assistants", assists_oneself_in_words())
        if {"date", "start", "end"} <= cleaned.keys():
            self._read_period(cleaned)
        return cleaned

    def _person(self, text: str, found: list[User]) -> User:
        had = [user for user in found if user.pk in self.had_people]
        meant = had if len(had) == 1 else found
        if not meant:
            raise forms.ValidationError(
                gettext("Nobody has the username or name %(name)s.") % {"name": text}
            )
        if len(meant) > 1:
            # Never guessed: who is meant is said by the username.
            usernames = ", ".join(user.username for user in meant)
            raise forms.ValidationError(
                gettext(
                    "Several people are called %(name)s: write the username of one (%(usernames)s)."
                )
                % {"name": text, "usernames": usernames}
            )
        (user,) = meant
        if user.pk not in self.had_people and (reason := why_not_teaching(user)):
            raise forms.ValidationError(reason)
        return user

    def _read_period(self, cleaned: dict[str, Any]) -> None:
        """The period; what of it nobody touched stays to the second, and on the day of its end."""
        date = cleaned["date"]
        end_date = date + dt.timedelta(days=self.nights)
        starts_at = self._moment("start", date, cleaned["start"])
        ends_at = self._moment("end", end_date, cleaned["end"])
        if starts_at is None or ends_at is None:
            return
        for side, fault in period_faults(starts_at, ends_at):
            self.add_error(side, fault)
        cleaned["starts_at"], cleaned["ends_at"] = starts_at, ends_at

    def _moment(self, side: str, day: dt.date, time: dt.time) -> dt.datetime | None:
        if self.lesson is not None and not {"date", side} & set(self.changed_data):
            return self.lesson.starts_at if side == "start" else self.lesson.ends_at
        try:
            return in_school_time(day, time)
        except NotReadable as err:
            self.add_error(side, capfirst(str(err)))
            return None

    @property
    def nights(self) -> int:
        """How many days after its start the lesson ends: nearly always none."""
        if self.lesson is None:
            return 0
        start, end = map(timezone.localdate, (self.lesson.starts_at, self.lesson.ends_at))
        return (end - start).days

    # --- What is done with it

    def _plan(self) -> LessonPlan:
        """What a valid form asks for; a new course is made."""
        cleaned, lesson = self.cleaned_data, self.lesson
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
            record_mode=self._record_mode(),
            students_may_download=None if lesson is None else lesson.students_may_download,
            overlap_reason=cleaned["overlap_reason"],
        )

    def _default_title(self) -> str:
        """Empty: the service makes one. A lesson that is neither moved nor renamed keeps its own."""
        touched = {"course", "title", "date", "start"} & set(self.changed_data)
        return "" if self.lesson is None or touched else self.lesson.title

    def _record_mode(self) -> int:
        """Recorded by hand is recorded too: only a change between yes and no counts."""
        wanted = bool(self.cleaned_data["record"])
        mode = RecordMode.AUTOMATIC if self.lesson is None else self.lesson.record_mode
        if wanted is (mode != RecordMode.NONE):
            return mode
        return RecordMode.AUTOMATIC if wanted else RecordMode.NONE

    @transaction.atomic
    def save(self, action: PlanningAction) -> Lesson:
        """Write the lesson; only for a form that is valid.

        Raises:
            LessonOverlaps: somebody is taken at that time.
            LessonFrozen: the class has begun, and more than words is to change.
        """
        self.planned = self._plan()
        if self.lesson is None:
            is_draft = self.cleaned_data["draft"]
            return schedule_lesson(self.planned, is_draft=is_draft, action=action)
        self.has_saved = change_lesson(self.lesson, self.planned, action=action)
        return self.lesson

    def try_out(self) -> Pair:
        """What saving would make of the lesson: before and after. Nothing is kept; raises what saving does."""
        with transaction.atomic():
            self.save(PlanningAction())
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
    return {user.pk: user for user in (lesson.teacher, *lesson.assistants.all())}


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
        "record": "no" if lesson.record_mode == RecordMode.NONE else "yes",
        "overlap_reason": lesson.overlap_reason,
    }


def _version_of(snapshot: LessonSnapshot) -> str:
    return hashlib.sha256(json.dumps(snapshot.kept()).encode()).hexdigest()[:VERSION_CHARS]


def _readable(text: str, read: Callable[[str], Value]) -> Value:
    try:
        return read(text)
    except NotReadable as err:
        raise forms.ValidationError(capfirst(str(err))) from err


def _word(text: str, words: Mapping[str, Value]) -> Value:
    if text.lower() not in words:
        known = ", ".join(filter(None, words))
        reason = gettext("This is none of: %(words)s.") % {"words": known}
        raise forms.ValidationError(reason)
    return words[text.lower()]
