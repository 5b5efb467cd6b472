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


# Without a state chosen, lists show what was recorded, or should have been.
LISTED = (
    ReplayState.RECORDING,
    ReplayState.PROCESSING,
    ReplayState.READY,
    ReplayState.FAILED,
)


# In lists, replays under way stand first; these follow by time.
SETTLED = frozenset({ReplayState.READY, ReplayState.FAILED})


class ReplayReason(models.TextChoices):
    """The reasons for which a replay is in its state."""

    TO_COME = "to_come", _("The class is still to come")
    RUNNING = "running", _("The class is running")
    ENDED = "ended", _("The class has ended; the recording is being made")
    BY_HAND_RUNNING = "by_hand_running", _("The class is running; it is recorded by hand")
    BY_HAND_ENDED = "by_hand_ended", _("The class has ended; it was to be recorded by hand")
    FOUND = "found", _("The recording was found")
    NOT_RECORDED = "not_recorded", _("Recording is off for this class")
    NOT_STARTED_BY_HAND = "not_started_by_hand", _("Nobody started a recording in the class")
    CANCELLED = "cancelled", _("The lesson was cancelled")
    NEVER_HELD = "never_held", _("The class was never held")
    ROOM_GONE = "room_gone", _("The class's room was deleted")
    GIVEN_UP = "given_up", _("No recording appeared within 30 days")
    REFUSED = "refused", _("For 30 days the platform was not allowed to look for it")
    VANISHED = "vanished", _("The recording was deleted elsewhere")
    STORAGE_FULL = (
        "storage_full",
        _("The school's storage for recordings was full, or its bill not paid"),
    )
    TRASHED = "binned", _("In the trash")
    DELETED_HERE = "deleted_here", _("Deleted by the school for good")


class ReplayEventKind(models.TextChoices):
    """The kinds of events that can happen to a replay."""

    STATE = "state", _("It came into another state")  # detail: state/reason
    # Detail: the callback's EventType, or ANOTHER_CALL.
    CALLBACK = "callback", _("Message received about the class")
    NOTHING_YET = "nothing_yet", _("Checked: no recording yet")
    SILENT = (
        "silent",
        _("Checks were not possible"),
    )  # detail: FAULT, when it was a fault of ours
    REFUSED = "refused", _("The check was refused")  # detail: the error's code
    ANSWERS = "answers", _("Checks are possible again")
    FILE_FOUND = "file_found", _("Files were found")  # detail: their numbers, as 1 or 2-4
    # The same for these three.
    FILE_MISSING = "file_missing", _("Files could not be found any more")
    FILE_BACK = "file_back", _("Files were found again")
    FILE_GONE = "file_gone", _("Files were deleted elsewhere")
    ASKED_BY_HAND = "asked_by_hand", _("Somebody checked by hand")  # detail: what it said
    TOLD_LATE = "told_late", _("People were told that it is late")  # detail: late/teacher+staff
    TOLD_READY = "told_ready", _("People were told that it is ready")
    TRASHED = "binned", _("It was moved to the trash")
    RESTORED = "restored", _("It was restored from the trash")
    EXPIRY_TOLD = "expiry_told", _("People were told that its time is soon over")  # detail: whom
    # Detail: the error's code, or NOT_OURS.
    PURGE_REFUSED = "purge_refused", _("It could not be deleted")
    PURGED = "purged", _("It was deleted for good")  # detail: ROOM_GONE, when its room is too


FAULT = "fault"
NOT_OURS = "not_ours"
ROOM_GONE = "room_gone"


class AnswerKind(models.TextChoices):
    """The outcome of a refresh that somebody asked for."""

    ASKING = "asking", _("A check is running")
    FOUND = "found", _("The recording is there")
    NOTHING_YET = "nothing_yet", _("There is no recording yet")
    NOT_HELD = "not_held", _("The class is not over yet")
    NOT_STARTED = "not_started", _("Nobody has started the class")
    NO_ROOM = "no_room", _("There is no room yet")
    MISSING = "missing", _("It cannot be found any more")
    GONE = "gone", _("It does not exist any more")
    NO_SUCH_ROOM = "no_such_room", _("Its room does not exist")
    NONE = "none", _("No recording is to be expected")
    SILENT = "silent", _("No answer")
    REFUSED = "refused", _("The check was refused")
    FAULT = "fault", _("A fault of the platform itself")
    TOO_SOON = "too_soon", _("It was checked a moment ago")
    BUSY = "busy", _("Too many people checked at once")
    DELETED = "deleted", _("It was deleted")


class Audience(models.IntegerChoices):
    """The people to whom a replay is explained: they can do different things about it."""

    ANYBODY = 0, _("Anybody")
    TEACHER = 1, _("Its teacher or assistant")
    STAFF = 2, _("Staff")


class LinkState(models.TextChoices):
    """The states of a link: it leads to its replay now, or why it does not."""

    VALID = "valid", _("Valid")
    # These three may lead there again.
    PAUSED = "paused", _("Paused")
    NOT_ALLOWED = "not_allowed", _("Not allowed any more")  # its maker may not share the replay
    CLOSED = "closed", _("Account closed")
    OVER = "over", _("Over")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class UseKind(models.TextChoices):
    PLAY = "play", _("Played")
    DOWNLOAD = "download", _("Downloaded")
