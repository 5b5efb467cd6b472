"""Writes on class groups themselves; who belongs to them is written by `memberships`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import audit
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.class_groups.age_bands import band_in_words
from schedule.models import (
    BellList,
    Channel,
    ClassGroup,
    Term,
    WeeklyLesson,
    lock_channels_to_delete,
)


class ClassGroupNameTaken(Exception):
    """An active class group has this name already."""


def version_of_texts(class_group: ClassGroup) -> str:
    """Return the version of what the form of a class group shows."""
    return version_of(class_group.pk, class_group.name, class_group.grade, class_group.age_band)


@transaction.atomic
def create_class_group(*, name: str, grade: str, age_band: str = "", by: User | None) -> ClassGroup:
    """Make a class group; without a grade it takes that which its name says.

    Raises:
        ClassGroupNameTaken: another active one has the name.
    """
    class_group = ClassGroup(name=name, grade=grade, age_band=age_band)
    _save(class_group)
    audit.record_row(AuditKind.CLASS_GROUP_ADDED, class_group, by=by)
    return class_group


@transaction.atomic
def change_class_group(
    class_group: ClassGroup, *, name: str, grade: str, age_band: str, known: str, by: User | None
) -> bool:
    """Give a class group this name, grade and age band; say if any is another one.

    Raises:
        ClassGroup.DoesNotExist: it was deleted meanwhile.
        NotAsShown: it is not what its form showed.
        ClassGroupNameTaken: another active one has the name.
    """
    # Planning locks its term before class groups.
    term_ids = _lock_terms_with_lists(class_group)
    now = _locked(class_group)
    require_as_shown(now, known, version_of_texts(now))
    before = (now.name, now.grade, now.age_band)
    if before == (name, grade, age_band):
        return False
    now.name, now.grade, now.age_band = name, grade, age_band
    _save(now)
    if grade != before[1]:
        # Another list may hold for the class group now.
        Term.objects.filter(pk__in=term_ids).touch()
    changes = " → ".join(_texts_in_words(*texts) for texts in (before, (name, grade, age_band)))
    audit.record_row(AuditKind.CLASS_GROUP_CHANGED, now, changes=changes, by=by)
    return True


def _texts_in_words(name: str, grade: str, age_band: str) -> str:
    return " · ".join(filter(None, (name, grade, band_in_words(age_band))))


@transaction.atomic
def archive_class_groups(
    class_groups: Iterable[ClassGroup], *, at: dt.datetime, by: User | None
) -> None:
    """Archive class groups at the end of their year, all or none, which frees their names. Safe to repeat."""
    keys = [class_group.pk for class_group in class_groups]
    rows = ClassGroup.objects.active().filter(pk__in=keys).order_by("pk")
    in_use = list(rows.select_for_update(no_key=True))
    ClassGroup.objects.filter(pk__in=[each.pk for each in in_use]).update(archived_at=at)
    entries: list[AuditEntry] = []
    for class_group in in_use:
        audit.record_row(
            AuditKind.CLASS_GROUP_CHANGED, class_group, changes=_("Archived"), by=by, into=entries
        )
    audit.write(entries)


@transaction.atomic
def reopen_class_group(class_group: ClassGroup, *, by: User | None) -> bool:
    """Take a class group out of the archive, and say if it was in it. Safe to repeat.

    Raises:
        ClassGroup.DoesNotExist: it was deleted meanwhile.
        ClassGroupNameTaken: another one has its name by now.
    """
    now = _locked(class_group)
    if now.archived_at is None:
        return False
    now.archived_at = None
    _save(now)
    told = _("Taken out of the archive")
    audit.record_row(AuditKind.CLASS_GROUP_CHANGED, now, changes=told, by=by)
    return True


@transaction.atomic
def delete_class_groups(class_groups: Iterable[ClassGroup], *, by: User | None) -> None:
    """Delete class groups with the channels that tell of their lessons, while nobody adds one or writes to it.

    Raises:
        ProtectedError: a lesson, a weekly lesson or a person has one of them.
    """
    class_groups = list(class_groups)
    rows = ClassGroup.objects.filter(pk__in=[class_group.pk for class_group in class_groups])
    list(rows.order_by("pk").select_for_update().values_list("pk"))
    lock_channels_to_delete(Channel.objects.filter(class_group__in=rows))
    rows.delete()
    for class_group in class_groups:
        audit.record_row(AuditKind.CLASS_GROUP_DELETED, class_group, by=by)


def _lock_terms_with_lists(class_group: ClassGroup) -> list[int]:
    """Lock the terms in which bell times may depend on the grade of the class group, and return their keys."""
    terms = Term.objects.not_over(timezone.localdate())
    lists = BellList.objects.filter(term=OuterRef("pk"))
    has_lessons = WeeklyLesson.objects.filter(term=OuterRef("pk"), class_groups=class_group)
    terms = terms.filter(Exists(lists), Exists(has_lessons)).order_by("pk")
    return [term.pk for term in terms.select_for_update(no_key=True)]


def _locked(class_group: ClassGroup) -> ClassGroup:
    return ClassGroup.objects.select_for_update(no_key=True).get(pk=class_group.pk)


def _save(class_group: ClassGroup) -> None:
    try:
        with transaction.atomic():
            class_group.save()
    except IntegrityError as err:
        raise ClassGroupNameTaken from err
