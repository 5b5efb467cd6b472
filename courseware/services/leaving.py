"""Courseware of people who leave becomes the school's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import ngettext

from accounts.models import User
from courseware.models import Courseware


def hand_over(person_ids: Collection[int], _at: dt.datetime) -> None:
    """Hand all versions of their courseware to the school; that they uploaded it stays known."""
    uploader = Coalesce(F("uploaded_by_id"), F("owner_id"))
    theirs = Courseware.objects.filter(owner__in=person_ids)
    theirs.update_in_order(uploaded_by=uploader, owner=None)


def courseware_note(person: User, _at: dt.datetime) -> Iterator[str]:
    if count := Courseware.objects.kept().filter(owner=person).count():
        text = ngettext(
            "%(count)s courseware file becomes the school's own.",
            "%(count)s courseware files become the school's own.",
            count,
        )
        yield text % {"count": count}
