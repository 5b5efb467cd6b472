"""Parts of planners' pages: whom a change concerns, where they lead, and what they refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from edu_platform.lib.http import CONFLICT, with_query
from edu_platform.lib.natural_order import sorted_people
from schedule.door.error_pages import EntryErrorPage
from schedule.history.personal_news import Concerned, Pair, concerned_by
from schedule.history.telling_rules import is_told
from schedule.history.words import names_text
from schedule.models import Lesson, LessonSnapshot, kinds_between

# So many people whom a change concerns are named; more are counted.
STAFF_NAMED_AT_MOST = 8


def told_in_words(*pairs: Pair, at: dt.datetime) -> str:
    """Say who is told of these changes, or why nobody is; one query, however many they are.

    A lesson with itself: who would be told of any change of it.
    """
    if all(_shows_nothing(*pair) for pair in pairs):
        return nothing_told_in_words()
    concerned = concerned_by(pairs, at=at)
    if not (concerned.staff or concerned.students):
        is_draft = all(_is_draft(pair) for pair in pairs)
        return (
            _("Nobody is told of a draft.")
            if is_draft
            else _("Nobody is told of what lies in the past.")
        )
    return concerned_in_words(_staff_text(concerned, pairs), students=len(concerned.students))


def nothing_told_in_words() -> str:
    return _("Nobody is told: nothing changes that a timetable shows.")


def concerned_in_words(staff: str, *, students: int) -> str:
    """Say whom a change concerns: teachers in these words, and so many students."""
    counted = ngettext("%(count)s student", "%(count)s students", students)
    return _("Concerns %(staff)s and %(students)s.") % {
        "staff": staff,
        "students": counted % {"count": students},
    }


def teachers_counted(count: int) -> str:
    return ngettext("%(count)s teacher", "%(count)s teachers", count) % {"count": count}


def _shows_nothing(before: LessonSnapshot | None, after: LessonSnapshot | None) -> bool:
    return before != after and not is_told(kinds_between(before, after))


def _is_draft(pair: Pair) -> bool:
    return all(side.is_draft for side in pair if side is not None)


def _staff_text(concerned: Concerned, pairs: tuple[Pair, ...]) -> str:
    names = {
        person.pk: person.name
        for pair in pairs
        for side in pair
        if side is not None
        for person in (side.teacher, *side.assistants)
        if person.pk in concerned.staff
    }
    if len(names) <= STAFF_NAMED_AT_MOST:
        return names_text(sorted_people(names.values()))
    return teachers_counted(len(names))


def week_of(lesson: Lesson) -> str:
    """The address of the week that holds a lesson."""
    day: dt.date = timezone.localdate(lesson.starts_at)
    return reverse("schedule:week", args=[day])


def week_with(lesson: Lesson) -> str:
    """The week of its class group in which a lesson stands: planners see it there."""
    group = lesson.class_groups.active().first()
    return with_query(week_of(lesson), {} if group is None else {"class_group": group.name})


def week_before(asked: Mapping[str, str]) -> str:
    """The week in which a new lesson was begun, by what its form was filled in with."""
    day = asked.get("date")
    path = (
        reverse("schedule:week", args=[dt.date.fromisoformat(day)])
        if day
        else reverse("schedule:this_week")
    )
    query = {"teacher": asked.get("teacher"), "class_group": asked.get("class_groups")}
    return with_query(path, {name: text for name, text in query.items() if text})


def absence_query(teacher: User, first: dt.date, last: dt.date) -> dict[str, str]:
    """Return what the page of absences reads of its address; both days are included."""
    return {"teacher": teacher.username, "from": first.isoformat(), "to": last.isoformat()}


def absence_address(teacher: User, first: dt.date, last: dt.date) -> str:
    return with_query(reverse("schedule:absences"), absence_query(teacher, first, last))


# --- Refusals of whole pages -------------------------------------------------------------------------


def draft_is_not_cancelled() -> EntryErrorPage:
    return EntryErrorPage(
        status=CONFLICT,
        title=_("This lesson is a draft"),
        explanation=_("Nobody knows of a draft, so there is nothing to cancel."),
        advice=_("Delete it, or publish it first."),
    )


def over_is_not_cancelled() -> EntryErrorPage:
    return EntryErrorPage(
        status=CONFLICT,
        title=_("This lesson is over"),
        explanation=_("What lies in the past is not cancelled any more."),
        advice=_("It stays in the timetable as it was."),
    )


ONE_HAS_BEGUN = gettext_lazy("%(lesson)s has begun, so nothing was deleted.")


def begun_is_not_deleted(lesson: str = "") -> EntryErrorPage:
    """With the lesson's name where it is one of several, of which none was deleted then."""
    explanation = _("Only lessons that have not begun can be deleted.")
    if lesson:
        explanation = str(ONE_HAS_BEGUN) % {"lesson": lesson}
    return EntryErrorPage(
        status=CONFLICT,
        title=_("This lesson has begun"),
        explanation=explanation,
        advice=_("What was held stays in the timetable, with its replay."),
    )
