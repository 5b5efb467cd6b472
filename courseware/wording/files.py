"""Texts about the file of courseware: size, pages, kind, and who can use it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courseware.enums import FileKind
from courseware.models import Courseware
from edu_platform.lib.formatting import MIB, NOTHING, size_text

SMALL_BYTES = MIB // 10


def file_size_text(size_bytes: int) -> str:
    """A file's size; a small one's in KiB, so that no file seems to be empty."""
    if size_bytes < SMALL_BYTES:
        return f"{max(round(size_bytes / 1024), 1)}K"
    return size_text(size_bytes)


def pages_text(pages: int | None) -> str:
    if not pages:
        return NOTHING
    return ngettext("%(count)s page", "%(count)s pages", pages) % {"count": pages}


def type_text(courseware: Courseware) -> str:
    """The kind of file, and its suffix as people write it."""
    return f"{FileKind(courseware.kind).label} {courseware.suffix.upper()}"


def audience_text(courseware: Courseware) -> str:
    """Say who can use it, besides the students of lessons that it was released to."""
    return _("All teachers of the school") if courseware.is_public else _("Private")
