"""Newer versions of courseware, written as rows."""

from __future__ import annotations

from typing import Any

from courseware.models import Courseware
from tests.factories.courseware import CoursewareFactory


def stand_beside(version: Courseware, courseware: Courseware) -> Courseware:
    """Make a file the newer version of courseware, on its way."""
    Courseware.objects.filter(pk=version.pk).update(
        version_of=courseware, name=courseware.name, owner=courseware.owner
    )
    Courseware.objects.filter(pk=courseware.pk).update(coming=version)
    for row in (version, courseware):
        row.refresh_from_db()
    return version


def newer_version(courseware: Courseware, **fields: Any) -> Courseware:
    """A version that the cloud has made ready, and that has not taken its place yet."""
    fields = {"suffix": courseware.suffix, "filename": f"新.{courseware.suffix}"} | fields
    return stand_beside(CoursewareFactory.create(**fields), courseware)
