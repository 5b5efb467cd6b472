"""Consents on pages further down: of a lesson, a person and class groups."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.formatting import StateWords
from schedule.class_group_hooks import ClassGroupFigure
from schedule.consents.reading import (
    ConsentState,
    counts_given,
    state_words,
    students_without_consent,
)
from schedule.consents.texts import has_text
from schedule.enums import RecordMode
from schedule.hooks import (
    PageLink,
    Panel,
)
from schedule.models import ClassGroup, Consent, Lesson
from schedule.school_years import school_year_in_words

# So many students of a lesson are named; more are counted.
NAMED_AT_MOST = 30
# So many consents of a person are listed, the latest first.
LISTED_AT_MOST = 12


def missing_consent_panel(
    lesson: Lesson, relations: Collection[Relation], _viewer: User
) -> Panel | None:
    """Name the students of a recorded lesson who have not agreed; one query."""
    is_recorded = lesson.is_published and lesson.record_mode != RecordMode.NONE
    if not is_recorded or not may(Action.SEE_MISSING_CONSENT, relations):
        return None
    students = students_without_consent(lesson)
    if not students:
        return None
    content = {
        "count": len(students),
        "named": students[:NAMED_AT_MOST],
        "more": max(0, len(students) - NAMED_AT_MOST),
    }
    return Panel("schedule/consents/_lesson_panel.html", content, is_kept=False)


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """A consent of a person, as their page shows it."""

    consent: Consent
    year: str
    state: StateWords


def person_consents_panel(person: User, _viewer: User) -> Panel | None:
    """List what a student agreed to; two queries."""
    if not person.has_role(Role.STUDENT) or not has_text():
        return None
    rows = Consent.objects.filter(person=person).select_related(
        "text", "recorded_by", "withdrawn_by"
    )
    lines = [_line(row) for row in rows.order_by("-school_year", "-given_at")[:LISTED_AT_MOST]]
    return Panel("schedule/consents/_person_panel.html", {"lines": lines})


def _line(consent: Consent) -> ConsentLine:
    state = ConsentState.WITHDRAWN if consent.withdrawn_at else ConsentState.GIVEN
    return ConsentLine(consent, school_year_in_words(consent.school_year), state_words(state))


def class_group_consents_link(_user: User, class_group: ClassGroup) -> PageLink:
    """Lead from the page of a class group; who opens that one, as planner or class teacher, may open this one."""
    return PageLink(_address(class_group), _("Consent to recordings"))


def class_group_consents_figure(class_groups: Collection[ClassGroup]) -> ClassGroupFigure | None:
    """Say of each class group how many of its students have agreed; two queries."""
    if not has_text():
        return None
    counts = counts_given([group.pk for group in class_groups], day=timezone.localdate())
    links = {
        group.pk: _link(group, *counts[group.pk]) for group in class_groups if group.pk in counts
    }
    to_do = {
        group.pk: PageLink(_address(group), _missing_in_words(total - given))
        for group in class_groups
        for given, total in [counts.get(group.pk, (0, 0))]
        if given < total
    }
    return ClassGroupFigure(_("Consent to recordings"), links, to_do)


def _missing_in_words(count: int) -> str:
    words = ngettext("%(count)s consent is missing", "%(count)s consents are missing", count)
    return words % {"count": count}


def _address(class_group: ClassGroup) -> str:
    return reverse("schedule:class_group_consents", args=[class_group.code])


def _link(class_group: ClassGroup, given: int, total: int) -> PageLink:
    address = _address(class_group)
    words = _("%(given)s of %(total)s") % {"given": given, "total": total}
    return PageLink(address, words)
