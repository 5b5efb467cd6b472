"""Changes that owners make to courseware: name, sharing, tags."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from courseware.exceptions import CoursewareRefused
from courseware.filetypes.file_names import name_with_suffix
from courseware.models import (
    Courseware,
    Tag,
)


class NameEmpty(CoursewareRefused):
    """A name of which nothing is left."""

    status = 422

    def __init__(self) -> None:
        super().__init__(_("This name has no visible characters: choose another one."))


def rename(courseware: Courseware, *, name: str) -> None:
    """Give courseware another name; the ending stays, because it says what the file is.

    The cloud keeps the name under which it was submitted.

    Raises:
        NameEmpty: there is nothing in it that anybody could see.
    """
    cleaned = name_with_suffix(name, courseware.suffix)
    if not cleaned:
        raise NameEmpty
    _save(courseware, name=cleaned)


def set_public(courseware: Courseware, *, is_public: bool) -> None:
    _save(courseware, is_public=is_public)


def _save(courseware: Courseware, **values: object) -> None:
    """Save these columns alone; what was deleted meanwhile stays as it is."""
    Courseware.objects.kept().filter(pk=courseware.pk).update(**values)
    for name, value in values.items():
        setattr(courseware, name, value)


def set_tags(courseware: Courseware, *, names: Iterable[str]) -> None:
    """Give courseware these tags and no other; those that nothing has any more are cleared away nightly."""
    wanted = {name.strip() for name in names} - {""}
    are_set = False
    while not are_set:
        Tag.objects.bulk_create([Tag(name=name) for name in sorted(wanted)], ignore_conflicts=True)
        are_set = _link_tags(courseware, wanted)


@transaction.atomic
def _link_tags(courseware: Courseware, wanted: set[str]) -> bool:
    """Link the tags; False when one of them was just cleared away."""
    # Locked, because clearing away looks at links, and does not see those that are being made.
    held = Tag.objects.filter(name__in=wanted).order_by("pk").select_for_update(no_key=True)
    tags = list(held)
    if len(tags) < len(wanted):
        return False
    if Courseware.objects.filter(pk=courseware.pk).select_for_update(no_key=True).exists():
        courseware.tags.set(tags)
    return True


@transaction.atomic
def remove_unused_tags() -> int:
    """Delete the tags that nothing has; say how many. Safe while others give them to something."""
    unused = list(Tag.objects.filter(courseware=None).values_list("pk", flat=True))
    rows = Tag.objects.filter(pk__in=unused).select_for_update(skip_locked=True)
    locked = list(rows.values_list("pk", flat=True))
    # Asked once more: what got something meanwhile stays.
    removed, _by_model = Tag.objects.filter(pk__in=locked, courseware=None).delete()
    return removed
