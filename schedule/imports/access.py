"""Imports, and the files that were checked for them: the only door from a request to one."""

from __future__ import annotations

import datetime as dt

from django.http import Http404

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.text import storable_text
from schedule.access import require
from schedule.changes.access import get_planning_action
from schedule.enums import ActionOrigin, ImportTopic
from schedule.models import CheckedFile, CheckedRows, ImportedFile, PlanningAction


def get_import_of_lessons(user: User, code: str) -> PlanningAction:
    """Return what an import did to the timetable, for who plans lessons and may undo it.

    Raises:
        Http404: there is none of this code, or not for this person.
    """
    require(user, Action.PLAN_LESSONS)
    action = get_planning_action(code)
    if action.origin != ActionOrigin.IMPORT:
        raise Http404
    return action


def get_imported_file(user: User, code: str) -> ImportedFile:
    """Return an import of this code, for who may import files of its kind.

    Raises:
        Http404: there is none of this code, or not for this person.
    """
    require(user, Action.PLAN_LESSONS)
    files = ImportedFile.objects.select_related("by", "undone_by", "action__undone_by")
    file = files.filter(code=storable_text(code)).first()
    if file is None:
        raise Http404
    if file.topic == ImportTopic.PEOPLE:
        require(user, Action.MANAGE_PEOPLE)
    return file


def find_checked_file(
    user: User, topic: ImportTopic, code: str, *, at: dt.datetime
) -> CheckedFile | None:
    """The file that this person had checked, while it is kept; nobody else's."""
    return (
        CheckedFile.objects.kept(at=at)
        .filter(user=user, topic=topic, code=storable_text(code))
        .first()
    )


def find_checked_rows(
    user: User, topic: ImportTopic, code: str, *, at: dt.datetime
) -> CheckedRows | None:
    """Return what the check of this person's file found, while it is kept."""
    return (
        CheckedRows.objects.kept(at=at)
        .filter(user=user, topic=topic, code=storable_text(code))
        .first()
    )
