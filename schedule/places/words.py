"""Say on pages why a time is no place."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from schedule.places.lesson_places import PlaceKind

FAULTS: Mapping[PlaceKind, StrPromise] = {
    PlaceKind.PAST: _("This lies in the past."),
    PlaceKind.OFF: _("This is a holiday."),
    PlaceKind.OUTSIDE_TERM: _("This day lies outside the term of the lesson."),
}


def fault_in_words(kind: PlaceKind) -> str:
    return str(FAULTS[kind])
