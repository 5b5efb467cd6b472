"""Messages for the codes with which the cloud refuses a file or fails on it: what happened, and who can help.

The cloud's own message is kept as sent, `Code: text`, and shown alone for an unlisted code. A leaf
beside `wording`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CODE = re.compile(r"([A-Z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*)\s*(?::|$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reason:
    """The message for a code; both are whole sentences."""

    sentence: Promise
    advice: Promise


ARREARS = Reason(
    _("The school's account with the cloud is in arrears."),
    _("Tell the school: the cloud's bill has to be paid. Then try again."),
)
QUOTA = Reason(
    _("The school has used up what it may use of the cloud."),
    _(
        "Tell the school: the platform's administrator can have the limit raised in the cloud's console. Then try again."
    ),
)
STORAGE = Reason(
    _("The school's storage in the cloud is full."),
    _(
        "Tell the school: the platform's administrator can free storage in the cloud's console. Then try again."
    ),
)
CONTENT = Reason(
    _("The cloud does not allow some words in it."),
    _("Give the file another name, or take the words out and upload it again."),
)
NOT_ALLOWED = Reason(
    _("The cloud does not let the platform do this."),
    _(
        "Tell the school: the platform's administrator can check its rights in the cloud's console. Then try again."
    ),
)
MALFORMED = Reason(
    _("The cloud does not accept what it was told of the file."),
    _(
        "Give the file a short, plain name and try again; if that does not help, tell the school what the cloud says."
    ),
)
BUSY = Reason(
    _("The cloud was too busy or had a fault of its own."),
    _("Try again in a few minutes."),
)
NOT_FETCHED = Reason(
    _("The cloud could not fetch the file from the platform."),
    _(
        "Try again; if it still fails, tell the school: the platform's administrator can check that the cloud reaches it."
    ),
)
BROKEN = Reason(
    _("The file is damaged, or is not what its ending says."),
    _("Open the file on your computer, save it again, best as PDF, and upload that."),
)
ENCRYPTED = Reason(
    _("The file is protected by a password."),
    _("Save it without a password, and upload that."),
)
TOO_MUCH = Reason(
    _("The file is too large or has too many pages for the cloud."),
    _("Split it into smaller files, and upload those."),
)
EMPTY = Reason(
    _("The file that the cloud got is empty."),
    _("Save the file again and upload that."),
)
FORMAT = Reason(
    _("The cloud does not transcode files of this kind."),
    _("Save it in another format, best as PDF or MP4, and upload that."),
)
WPS = Reason(
    _("The cloud cannot transcode this file as WPS has saved it."),
    _("Save it as PDF or as a PPTX of PowerPoint, and upload that."),
)
UNFINISHED = Reason(
    _("The cloud could not convert the file."),
    _("Try again; if it fails again, save the file again, best as PDF, and upload that."),
)

# The first row that fits counts: a code fits when it is the same or goes on after a dot.
REASONS: tuple[tuple[str, Reason], ...] = (
    ("FailedOperation.Arrears", ARREARS),
    ("ResourceUnavailable.Arrears", ARREARS),
    ("ResourceInsufficient.Record", STORAGE),
    ("ResourceInsufficient.Storage", STORAGE),
    ("LimitExceeded.Storage", STORAGE),
    ("LimitExceeded", QUOTA),
    ("ResourceInsufficient", QUOTA),
    ("FailedOperation.PostpaidNotAvailable", QUOTA),
    ("InvalidParameter.Content", CONTENT),
    ("InvalidParameter", MALFORMED),
    ("InvalidParameterValue", MALFORMED),
    ("InvalidParameterCombination", MALFORMED),
    ("MissingParameter", MALFORMED),
    ("UnknownParameter", MALFORMED),
    ("OperationDenied", NOT_ALLOWED),
    ("UnauthorizedOperation", NOT_ALLOWED),
    ("UnsupportedOperation", NOT_ALLOWED),
    ("AuthFailure", NOT_ALLOWED),
    ("RequestLimitExceeded", BUSY),
    ("ResourceUnavailable", BUSY),
    ("ResourceInUse", BUSY),
    ("InternalError", BUSY),
    ("FailedOperation.RequestTimedOut", BUSY),
    ("DownloadFailed", NOT_FETCHED),
    ("FileBroken", BROKEN),
    ("FileEncrypted", ENCRYPTED),
    ("FileTooLarge", TOO_MUCH),
    ("TooManyPages", TOO_MUCH),
    ("FileEmpty", EMPTY),
    ("FormatNotSupported", FORMAT),
    ("WpsNotSupported", WPS),
    ("ConversionFailed", UNFINISHED),
    ("TranscodeFailed", UNFINISHED),
)


def reason_of(cloud_words: str) -> Reason | None:
    """The message for the cloud's error, by its code; None when the code is unknown."""
    found = CODE.match(cloud_words)
    if found is None:
        return None
    code = found[1]
    for known, reason in REASONS:
        if code == known or code.startswith(f"{known}."):
            return reason
    return None
