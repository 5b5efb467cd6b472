"""Writes on the school's own row: its name and logo, and where its first hour is."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.enums import AuditKind
from accounts.models import SchoolSettings, User
from accounts.services import audit
from accounts.services.avatars import LOGO_FOLDER, delete_file, stored
from edu_platform.lib.versions import require_as_shown, version_of


def version_of_school(school: SchoolSettings) -> str:
    """Return the version of what the form of name and logo shows."""
    return version_of(school.school_name, str(school.logo))


def name_school(
    name: str,
    *,
    logo: ContentFile[bytes] | None = None,
    removes_logo: bool = False,
    by: User,
    known: str = "",
) -> bool:
    """Give the school a name and a logo (made by `accounts.services.logos`), and return whether anything changed.

    Without a logo the one that is there stays, unless it is taken away.

    Raises:
        PictureNotStored: the storage does not take it; nothing is changed.
        NotAsShown: somebody has changed either since a page showed the version `known`.
    """
    if logo is None:
        return _save(name, "" if removes_logo else None, by=by, known=known)
    with stored(logo, folder=LOGO_FOLDER) as file:
        return _save(name, file, by=by, known=known)


@transaction.atomic
def _save(name: str, logo: str | None, *, by: User, known: str) -> bool:
    school = _locked()
    require_as_shown(school, known, version_of_school(school))
    before = str(school.logo)
    changed = [
        field
        for field, has_changed in (
            ("school_name", school.school_name != name),
            ("logo", logo is not None and before != logo),
        )
        if has_changed
    ]
    if not changed:
        return False
    school.school_name = name
    if "logo" in changed:
        school.logo.name = logo or ""
        if before:
            transaction.on_commit(partial(delete_file, before))
    school.save(update_fields=changed)
    changes = [{"changed": {"fields": changed}}]
    audit.record_row(AuditKind.SCHOOL_CHANGED, school, changes=changes, by=by)
    return True


def _locked() -> SchoolSettings:
    """Return the row, which nobody else changes meanwhile; it is made where nobody has saved anything."""
    SchoolSettings.objects.get_or_create(pk=1)
    return SchoolSettings.objects.select_for_update().get(pk=1)


# --- The first hour -------------------------------------------------------------------------------


def begin_first_hour(at: dt.datetime) -> None:
    """Note that the installation is empty, and that its staff are led through what it needs. Safe to repeat."""
    SchoolSettings.objects.get_or_create(pk=1)
    SchoolSettings.objects.filter(pk=1, start_began_at=None).update(start_began_at=at)


def put_first_hour_away(at: dt.datetime) -> None:
    """Lead nobody there any more: staff have put it away, or all of it is done. Safe to repeat."""
    SchoolSettings.objects.get_or_create(pk=1)
    SchoolSettings.objects.filter(pk=1, start_put_away_at=None).update(start_put_away_at=at)


@transaction.atomic
def take_up_first_hour(at: dt.datetime) -> None:
    begin_first_hour(at)
    SchoolSettings.objects.filter(pk=1).update(start_put_away_at=None)


def note_cloud_checked(at: dt.datetime, *, is_in_order: bool) -> None:
    """Note whether the checks of the connection to the cloud found nothing wrong just now."""
    SchoolSettings.objects.get_or_create(pk=1)
    found = at if is_in_order else None
    SchoolSettings.objects.filter(pk=1).update(cloud_in_order_at=found)
