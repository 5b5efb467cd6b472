"""The versions of courseware: the one in use, a newer one on its way, and those that were replaced."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from courseware import wording
from courseware.models import Courseware
from courseware.selectors.library import owner_text
from edu_platform.lib.formatting import StateWords

SHOWN_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version: its file, who brought it and when, and what became of it."""

    filename: str
    uploaded_at: dt.datetime
    uploaded_by: str
    size: str
    state: StateWords
    # Set once a newer version has taken its place.
    superseded_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Versions:
    """The newest first; none where there is but one."""

    rows: tuple[VersionRow, ...] = ()
    has_more: bool = False


def versions_of(courseware: Courseware) -> Versions:
    """Return the versions of courseware from `access`; one query."""
    replaced = courseware.versions.filter(superseded_at__isnull=False, deleted_at=None)
    newest = replaced.select_related("owner", "uploaded_by").order_by("-superseded_at", "-pk")
    superseded = list(newest[: SHOWN_VERSIONS + 1])
    coming = [courseware.coming] if courseware.coming is not None else []
    if not superseded and not coming:
        return Versions()
    shown = [*coming, courseware, *superseded[:SHOWN_VERSIONS]]
    return Versions(
        rows=tuple(_row(version) for version in shown),
        has_more=len(superseded) > SHOWN_VERSIONS,
    )


def _row(version: Courseware) -> VersionRow:
    is_superseded = version.superseded_at is not None
    uploader = version.uploaded_by
    return VersionRow(
        filename=version.filename or version.name,
        uploaded_at=version.uploaded_at,
        uploaded_by=uploader.display_name if uploader else owner_text(version),
        size=wording.file_size_text(version.size_bytes),
        state=wording.superseded_words(version) if is_superseded else wording.state_words(version),
        superseded_at=version.superseded_at,
    )
