"""Refuse to erase a person whom the timetable needs, and tell which names are words in it as well."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.hooks import ErasureRefusal
from accounts.models import User
from edu_platform.lib.http import with_query
from schedule.models import Course
from schedule.people.person_page import lessons_to_come, terms_with


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
