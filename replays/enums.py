from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReplayState(models.TextChoices):
    EXPECTED = "expected", _("Expected")
    RECORDING = "recording", _("Being recorded")
    PROCESSING = "processing", _("Being made")
    READY = "ready", _("Ready to play")
    NONE = "none", _("No replay")
    FAILED = "failed", _("Failed")
    DELETED = "deleted", _("Deleted")


class ReplayReason(models.TextChoices):
    """Why a replay is in its state."""

    TO_COME = "to_come", _("The class is still to come")
    RUNNING = "running", _("The class is running")
    ENDED = "ended", _("The class has ended; the cloud is making the recording")
    BY_HAND_RUNNING = "by_hand_running", _("The class is running; it is recorded by hand")
    BY_HAND_ENDED = "by_hand_ended", _("The class has ended; it was to be recorded by hand")
    FOUND = "found", _("The recording was found")
    NOT_RECORDED = "not_recorded", _("Recording is off for this class")
    SIGNALLING = "signalling", _("The class is kept as signalling, not as a video file")
    NOT_STARTED_BY_HAND = "not_started_by_hand", _("Nobody started a recording in the class")
    CANCELLED = "cancelled", _("The lesson was cancelled")
    NEVER_HELD = "never_held", _("The class was never held")
    ROOM_GONE = "room_gone", _("The class's room was deleted in the cloud")
    GIVEN_UP = "given_up", _("The cloud showed no recording for 30 days")
    VANISHED = "vanished", _("The recording was deleted in the cloud")


class UseKind(models.TextChoices):
    PLAY = "play", _("Played")
    DOWNLOAD = "download", _("Downloaded")
