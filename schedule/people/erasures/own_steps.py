"""The timetable's part in erasing a person: what keeps it waiting, what it does itself, and where its rows are seen."""

from __future__ import annotations

import html
import io
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from django.db.models import F, Model, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.erasing.names import finder, is_looked_for
from accounts.hooks import ErasingWaits, ErasureRefusal, Place
from accounts.models import User
from edu_platform.lib.http import with_query
from schedule.class_groups.memberships import leave_all
from schedule.hooks import lessons_changed
from schedule.models import (
    Channel,
    CheckedFile,
    CheckedRows,
    ClassGroup,
    Course,
    Guest,
    Lesson,
    LessonChange,
    PlanningAction,
    WeeklyLesson,
    Work,
)
from schedule.people.person_page import lessons_to_come, terms_with

# Encodings in which spreadsheets of text come in.
ENCODINGS = ("utf-8", "gb18030")

# --- What stands against it -----------------------------------------------------------------------


def classes_to_come(person: User) -> Iterator[ErasureRefusal]:
    """Refuse to erase who is to teach or assist: their lessons are handed over first."""
    count = lessons_to_come(person, timezone.now()).count()
    if count:
        words = ngettext(
            "They teach or assist %(count)s lesson to come: hand it over first.",
            "They teach or assist %(count)s lessons to come: hand them over first.",
            count,
        )
        address = with_query(reverse("schedule:absences"), {"teacher": person.username})
        link = _("Find substitutes, or cancel the lessons")
        yield ErasureRefusal(words % {"count": count}, address, link)
    for term in terms_with(person, timezone.localdate()):
        yield ErasureRefusal(
            _("They have weekly lessons in %(term)s: give these to another teacher first.")
            % {"term": term.name},
            reverse("schedule:term_from", args=[term.code]),
            _("Change weekly lessons from a day on"),
        )


def is_course_called(names: Collection[str]) -> bool:
    """Tell whether a course is called exactly like one of these."""
    condition = Q()
    for name in names:
        condition |= Q(name__iexact=name)
    return Course.objects.filter(condition).exists()


# --- What is done itself --------------------------------------------------------------------------


def leave_timetable(person: User, strings: Collection[str]) -> None:
    """End what the person is in class groups, and forget files of imports and exports that name them.

    Raises:
        ErasingWaits: long work that they have asked for goes on.
    """
    if Work.objects.filter(asked_by=person).open().exists():
        raise ErasingWaits(_("Long work that the person has asked for goes on still."))
    leave_all(person.pk, last_day=timezone.localdate())
    names = [text for text in strings if is_looked_for(text)]
    for rows, column in (
        (CheckedFile.objects.all(), "content"),
        (CheckedRows.objects.all(), "packed"),
    ):
        _delete_naming(rows, column, names)
    _forget_outputs(names)


def _delete_naming(rows: Any, column: str, names: Collection[str]) -> None:
    """Delete files that were checked and name the person. To be imported they are checked again."""
    keys = [
        pk for pk, content in rows.values_list("pk", column).iterator() if names_any(content, names)
    ]
    rows.filter(pk__in=keys).delete()


def _forget_outputs(names: Collection[str]) -> None:
    """Delete long work that has ended and whose file names the person: it can be asked for once more."""
    ended = Work.objects.exclude(pk__in=Work.objects.open().values("pk")).exclude(output=None)
    keys = [
        pk
        for pk, output in ended.values_list("pk", "output").iterator(chunk_size=1)
        if names_any(output, names)
    ]
    Work.objects.filter(pk__in=keys).delete()


def names_any(content: bytes | memoryview | None, names: Collection[str]) -> bool:
    """Tell whether a file holds one of these names: a text, packed rows, or a workbook."""
    pattern = finder(names)
    return any(pattern.search(text) for text in _texts_of(bytes(content or b"")))


def _texts_of(content: bytes) -> Iterator[str]:
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            for part in workbook.namelist():
                # Some programs write letters by their numbers.
                yield html.unescape(workbook.read(part).decode(errors="replace"))
        return
    for encoding in ENCODINGS:
        yield _unpacked(content).decode(encoding, errors="replace")


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content


def lessons_are_struck(model: type[Model], keys: Collection[Any]) -> None:
    """Tell of lessons in whose words a name was struck out: their rooms and replays follow."""
    if model is Lesson:
        lessons_changed(keys)


# --- Where rows are seen --------------------------------------------------------------------------


def timetable_places(model: type[Model], keys: Collection[Any]) -> Mapping[Any, Place] | None:
    """Return the pages of rows of the timetable; None: it is another app's."""
    maker = _PLACES.get(model)
    return None if maker is None else maker(keys)


def _lessons(keys: Collection[Any]) -> dict[Any, Place]:
    lessons = Lesson.objects.filter(pk__in=keys).select_related("course")
    return {
        lesson.pk: Place(str(lesson), reverse("schedule:lesson", args=[lesson.code]))
        for lesson in lessons
    }


def _guests(keys: Collection[Any]) -> dict[Any, Place]:
    """Return the pages of their lessons, which list them."""
    guests = Guest.objects.filter(pk__in=keys).select_related("lesson__course")
    return {
        guest.pk: Place(str(guest.lesson), reverse("schedule:lesson", args=[guest.lesson.code]))
        for guest in guests
    }


def _class_groups(keys: Collection[Any]) -> dict[Any, Place]:
    groups = ClassGroup.objects.filter(pk__in=keys)
    return {
        group.pk: Place(group.name, reverse("class_groups:class_group", args=[group.code]))
        for group in groups
    }


def _courses(keys: Collection[Any]) -> dict[Any, Place]:
    courses = Course.objects.filter(pk__in=keys)
    return {
        course.pk: Place(course.name, reverse("courses:course", args=[course.code]))
        for course in courses
    }


def _terms(keys: Collection[Any]) -> dict[Any, Place]:
    rows = WeeklyLesson.objects.filter(pk__in=keys).select_related("term")
    return {
        row.pk: Place(row.term.name, reverse("schedule:term", args=[row.term.code])) for row in rows
    }


def _actions(keys: Collection[Any]) -> dict[Any, Place]:
    actions = PlanningAction.objects.filter(pk__in=keys)
    return {action.pk: _change_page(action.code) for action in actions}


def _changes(keys: Collection[Any]) -> dict[Any, Place]:
    rows = LessonChange.objects.filter(pk__in=keys).annotate(action_code=F("action__code"))
    return {row.pk: _change_page(row.action_code) for row in rows}


def _change_page(code: str) -> Place:
    return Place(_("Changes of the timetable"), reverse("schedule:timetable_change", args=[code]))


def _channels(keys: Collection[Any]) -> dict[Any, Place]:
    page = Place(_("Group robots"), reverse("schedule:channels"))
    return dict.fromkeys(keys, page)


_PLACES: dict[type[Model], Callable[[Collection[Any]], dict[Any, Place]]] = {
    Lesson: _lessons,
    Guest: _guests,
    ClassGroup: _class_groups,
    Course: _courses,
    WeeklyLesson: _terms,
    PlanningAction: _actions,
    LessonChange: _changes,
    Channel: _channels,
}
