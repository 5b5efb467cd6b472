"""Fields that forms of one lesson and of a weekly lesson share, and their values in an address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from typing import Any, TypeVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.form_groups import FieldGroup, GroupedForm
from edu_platform.lib.formatting import listed
from schedule.enums import RecordMode, RoomType
from schedule.lessons.choices import BY_HAND_WORDS, RECORD_WORDS, ROOM_TYPES
from schedule.lessons.may_teach import (
    assists_oneself_in_words,
    cannot_teach,
    who_may_teach,
)
from schedule.lessons.moments import NotReadable, read_date, read_time
from schedule.lessons.named import (
    NotMeant,
    class_groups_named,
    course_names,
    course_spellings,
    entries_of,
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
from schedule.models import COURSE_NAME_CHARS, REASON_CHARS, TITLE_CHARS, ClassGroup

# These limit a day or a time in a form ("2026-09-01"), and a text that is put together of many names.
DAY_CHARS = 32
NAMES_CHARS = 2000
BETWEEN_NAMES = "; "
# As forms offer them: the platform has not been tried with what the cloud does at a round table.
ROOM_TYPE_CHOICES = [
    *(
        (room_type.value, room_type.label)
        for room_type in RoomType
        if room_type is not RoomType.ROUND_TABLE
    ),
    (RoomType.ROUND_TABLE.value, _("Round table (untried)")),
]
# Forms understand what files say, and two ways of recording more.
RECORD_MODES = {
    **{
        word: RecordMode.AUTOMATIC if is_recorded else RecordMode.NONE
        for word, is_recorded in RECORD_WORDS.items()
    },
    **dict.fromkeys(("signalling", "信令录制"), RecordMode.SIGNALLING),
    **dict.fromkeys(sorted(BY_HAND_WORDS), RecordMode.MANUAL),
}
# How forms say the ways of recording, in the order in which they offer them.
RECORDED = "yes"
RECORD_TEXTS = {
    RecordMode.AUTOMATIC: RECORDED,
    RecordMode.MANUAL: "manual",
    RecordMode.SIGNALLING: "signalling",
    RecordMode.NONE: "no",
}
# A new lesson has these values until somebody says otherwise.
USUAL = {"room_type": str(RoomType.INTERACTIVE.value), "record": RECORDED}

Value = TypeVar("Value")


WHO_AND_WHAT = FieldGroup(
    _("What is taught"),
    _("Lists appear as you type; class groups bring their students along."),
    ("course", "teacher", "class_groups"),
)


class TimeOfDayInput(forms.TextInput):
    input_type = "time"


class LessonFieldsForm(GroupedForm):
    """People and class groups by their names, and what is taught, in the words of a timetable."""

    # Who and what the lesson has already is taken as it is; a form says so before it reads anything.
    had_people: Mapping[int, User]
    had_groups: Sequence[ClassGroup]
    makes_course = False
    # The course that is there, and may have been meant by the name of the one that is made.
    course_like = ""

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
    room_type = forms.CharField(
        label=_("Room type"), max_length=DAY_CHARS, widget=forms.Select(choices=ROOM_TYPE_CHOICES)
    )
    record = forms.CharField(
        label=_("Recording"),
        max_length=DAY_CHARS,
        widget=forms.Select(choices=[(text, mode.label) for mode, text in RECORD_TEXTS.items()]),
        help_text=_(
            "By hand: teacher, assistants or the office start and stop it while the class runs; ten hours at most, and the school pays for one more seat. Signalling recordings play only in a player of their own: there is no file to download."
        ),
    )
    overlap_reason = forms.CharField(
        label=_("Why class groups may overlap"),
        max_length=REASON_CHARS,
        required=False,
        help_text=_(
            "Only where a class group is split: teachers are never in two lessons at once."
        ),
    )

    def clean_course(self) -> str:
        courses = course_spellings()
        name = readable(self.cleaned_data["course"], courses.of)
        self.makes_course = name not in courses
        if self.makes_course:
            self.course_like = NearestNames(course_names()).nearest(name)
        return name

    def new_course_in_words(self) -> str:
        """Say of a form that was saved which course it has made, and which one was probably meant."""
        said = gettext("The course %(name)s is new.") % {"name": self.cleaned_data["course"]}
        return with_question(said, self.course_like)

    def clean_room_type(self) -> RoomType:
        return meant_by(self.cleaned_data["room_type"], ROOM_TYPES)

    def clean_record(self) -> RecordMode:
        return meant_by(self.cleaned_data["record"], RECORD_MODES)

    def clean_teacher(self) -> User:
        text = self.cleaned_data["teacher"]
        return teacher_meant(text, people_named([text])[text], had=self.had_people)

    def clean_assistants(self) -> list[User]:
        texts = entries_of(self.cleaned_data["assistants"])
        people_by_text = people_named(texts)
        people = [teacher_meant(text, people_by_text[text], had=self.had_people) for text in texts]
        return list({user.pk: user for user in people}.values())

    def clean_class_groups(self) -> list[ClassGroup]:
        class_groups = class_groups_meant(self.cleaned_data["class_groups"], had=self.had_groups)
        if not class_groups:
            raise forms.ValidationError(self.fields["class_groups"].error_messages["required"])
        return class_groups

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("teacher") in (cleaned.get("assistants") or ()):
            self.add_error("assistants", assists_oneself_in_words())
        return cleaned


def class_groups_meant(text: str, *, had: Collection[ClassGroup]) -> list[ClassGroup]:
    """Return the class groups that a text names, in use or had until now.

    Raises:
        ValidationError: it names others.
    """
    class_groups, unknown = class_groups_named(text, had)
    if unknown:
        raise forms.ValidationError(class_groups_missing_in_words(unknown))
    return class_groups


def record_text(mode: int) -> str:
    """Return how forms say a way of recording."""
    return RECORD_TEXTS[RecordMode(mode)]


def teacher_meant(text: str, candidates: Sequence[User], *, had: Container[int] = ()) -> User:
    """The one among those who may be meant; who is in the lesson already (`had`, keys) is taken as they are.

    Raises:
        ValidationError: it is nobody, may be several, or cannot teach.
    """
    try:
        user = only_one_meant(text, candidates, had=had)
    except NotMeant as err:
        fault = not_meant_in_words(err, NearestPeople(who_may_teach()))
        raise forms.ValidationError(fault) from err
    if user.pk not in had and (reason := cannot_teach(user)):
        raise forms.ValidationError(reason.words(user.display_name))
    return user


def readable(text: str, read: Callable[[str], Value]) -> Value:
    """Read a text of a form.

    Raises:
        ValidationError: it cannot be read.
    """
    try:
        return read(text)
    except NotReadable as err:
        raise forms.ValidationError(capfirst(str(err))) from err


def meant_by(text: str, words: Mapping[str, Value]) -> Value:
    if text.lower() not in words:
        reason = gettext("This is none of: %(words)s.") % {"words": listed(filter(None, words))}
        raise forms.ValidationError(reason)
    return words[text.lower()]


# A lesson that begins at a given hour is this long until somebody says otherwise.
USUAL_LENGTH = dt.timedelta(minutes=45)


def prefilled(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says of a new lesson; what is malformed counts as absent."""
    texts = names_in(query)
    if (day := read_or_none(query.get("date", ""), read_date)) is not None:
        texts["date"] = str(day)
    if (start := read_or_none(query.get("start", ""), read_time)) is not None:
        end = read_or_none(query.get("end", ""), read_time)
        if end is None or end <= start:
            end = (dt.datetime.combine(dt.date.min, start) + USUAL_LENGTH).time()
        texts |= {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    return texts


def names_in(query: Mapping[str, str]) -> dict[str, str]:
    texts = {
        "course": query.get("course", "")[:COURSE_NAME_CHARS],
        "teacher": query.get("teacher", "")[:NAMES_CHARS],
        "class_groups": query.get("class_group", "")[:NAMES_CHARS],
    }
    return {name: text.replace("\0", "") for name, text in texts.items()}


def read_or_none(text: str, read: Callable[[str], Value]) -> Value | None:
    try:
        return read(text)
    except NotReadable:
        return None
