from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FileKind(models.TextChoices):
    """The kind of a file; it decides on limits, transcoding and preview."""

    IMAGE = "image", _("Image")
    DOCUMENT = "document", _("Document")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Audio")


class TranscodeType(models.IntegerChoices):
    """The cloud's TranscodeType."""

    NONE = 0, _("Not transcoded")
    DOCUMENT = 1, _("Document")
    MEDIA = 2, _("Video or audio")
    SPARE = 3, _("Document, by the second way")


class CoursewareState(models.TextChoices):
    UPLOADING = "uploading", _("Being uploaded")
    QUEUED = "queued", _("Waiting for transcoding")
    TRANSCODING = "transcoding", _("Being transcoded")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Failure(models.TextChoices):
    """The reasons for which courseware failed; the cloud's own message is stored beside it."""

    CLOUD = "cloud", _("The file could not be transcoded")
    STUCK = "stuck", _("Transcoding did not finish in time")
    REFUSED = "refused", _("The file was refused")
    GONE = "gone", _("The file was deleted elsewhere")


class Release(models.TextChoices):
    """The times at which students of a lesson may download courseware bound to it."""

    NEVER = "never", _("Not for students")
    BEFORE = "before", _("Before and after class")
    AFTER = "after", _("After class")


class BindTrouble(models.TextChoices):
    """The reasons for which ready courseware is not in its lesson's class yet."""

    LIMIT = "limit", _("The class holds as many documents as are allowed")
    REFUSED = "refused", _("It could not be shown in the class")
    SILENT = "silent", _("No answer")
    FAULT = "fault", _("The platform made a mistake")
