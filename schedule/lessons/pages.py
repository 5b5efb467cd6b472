"""Parts of planners' pages, for pages of the timetable and of the administration alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.forms import Form
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.versions import NO_VERSION
from schedule.history.concerned import Concerned, concerned_by
from schedule.history.personal_news import Pair
from schedule.history.telling_times import is_told
from schedule.history.words import names_text
from schedule.history.writing import snapshot_of, version_now
from schedule.models import Lesson, LessonSnapshot, kinds_between

# So many people whom a change concerns are named; more are counted.
STAFF_NAMED_AT_MOST = 8
# The versions of several lessons are sent as one text.
BETWEEN_VERSIONS = "."


def told_in_words(*pairs: Pair, at: dt.datetime) -> str:
    """Say who is told of these changes, or why nobody is; one query, however many they are.

    A lesson with itself: who would be told of any change of it.
    """
    if all(_shows_nothing(*pair) for pair in pairs):
        return _("Nobody is told: nothing changes that a timetable shows.")
    found = concerned_by(pairs, at=at)
    if not (found.staff or found.students):
        is_draft = all(_is_draft(pair) for pair in pairs)
        return (
            _("Nobody is told of a draft.")
            if is_draft
            else _("Nobody is told of what lies in the past.")
        )
    students = len(found.students)
    counted = ngettext("%(count)s student", "%(count)s students", students)
    return _("Concerns %(staff)s and %(students)s.") % {
        "staff": _staff_text(found, pairs),
        "students": counted % {"count": students},
    }


def _shows_nothing(before: LessonSnapshot | None, after: LessonSnapshot | None) -> bool:
    return before != after and not is_told(kinds_between(before, after))


def _is_draft(pair: Pair) -> bool:
    return all(side.is_draft for side in pair if side is not None)


def _staff_text(found: Concerned, pairs: tuple[Pair, ...]) -> str:
    names = {
        each.pk: each.name
        for pair in pairs
        for side in pair
        if side is not None
        for each in (side.teacher, *side.assistants)
        if each.pk in found.staff
    }
    if len(names) <= STAFF_NAMED_AT_MOST:
        return names_text(tuple(names.values()))
    counted = ngettext("%(count)s teacher", "%(count)s teachers", len(names))
    return counted % {"count": len(names)}


def deletion_context(found: Sequence[Lesson], form: Form, *, known: str = "") -> dict[str, object]:
    """Make the context of the page that asks before these are deleted; `known`: their versions as it showed them before."""
    pairs: list[Pair] = [(snapshot_of(lesson), None) for lesson in found]
    return {
        "lessons": found,
        "form": form,
        "known": known or BETWEEN_VERSIONS.join(map(version_now, found)),
        "told": told_in_words(*pairs, at=timezone.now()),
        "back": week_of(found[0]),
    }


def versions_sent(lessons: Sequence[Lesson], codes: Sequence[str], known: str) -> dict[int, str]:
    """Read the versions of lessons, sent as one text in the order of their codes; empty where none was sent."""
    if not known:
        return {}
    by_code = dict(zip(codes, known.split(BETWEEN_VERSIONS), strict=False))
    return {lesson.pk: by_code.get(lesson.code) or NO_VERSION for lesson in lessons}


def planners_page_of(lesson: Lesson) -> str:
    """The address of the page on which a lesson is changed."""
    return reverse("schedule:lesson_change", args=[lesson.code])


def week_of(lesson: Lesson) -> str:
    """The address of the week that holds a lesson."""
    day: dt.date = timezone.localdate(lesson.starts_at)
    return reverse("schedule:week", args=[day])


def week_with(lesson: Lesson) -> str:
    """The week of its class group in which a lesson stands: planners see it there."""
    group = lesson.class_groups.active().first()
    return _with_query(week_of(lesson), {} if group is None else {"class_group": group.name})


def week_before(asked: Mapping[str, str]) -> str:
    """The week in which a new lesson was begun, by what its form was filled in with."""
    day = asked.get("date")
    path = (
        reverse("schedule:week", args=[dt.date.fromisoformat(day)])
        if day
        else reverse("schedule:this_week")
    )
    shown = {"teacher": asked.get("teacher"), "class_group": asked.get("class_groups")}
    return _with_query(path, {name: text for name, text in shown.items() if text})


def _with_query(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
