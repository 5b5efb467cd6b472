"""Courseware: files that teachers upload ahead of class."""

from __future__ import annotations

from courseware.models.bindings import Binding, BindingQuerySet, CourseBinding
from courseware.models.files import (
    SHA256_CHARS,
    TAG_CHARS,
    Courseware,
    CoursewareQuerySet,
    DiscardedDocument,
    Submission,
    Tag,
    storage_name,
)
from courseware.models.uploads import Upload, UploadPart, UploadQuerySet

__all__ = [
    "SHA256_CHARS",
    "TAG_CHARS",
    "Binding",
    "BindingQuerySet",
    "CourseBinding",
    "Courseware",
    "CoursewareQuerySet",
    "DiscardedDocument",
    "Submission",
    "Tag",
    "Upload",
    "UploadPart",
    "UploadQuerySet",
    "storage_name",
]
