"""Messages for the codes with which the cloud refuses a file or fails on it: what happened, and who can help.

The cloud's own message is kept as sent, `Code: text`, and shown alone for an unlisted code.
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
    _("The school's account for the classroom service is in arrears."),
    _("Tell the school: its bill for the classroom service has to be paid. Then try again."),
)
QUOTA = Reason(
    _("The school has used up what it may use for courseware."),
    _("Tell the school: the platform's administrator can have the limit raised. Then try again."),
)
STORAGE = Reason(
    _("The school's storage in the classroom service is full."),
    _("Tell the school: the platform's administrator can free storage. Then try again."),
)
CONTENT = Reason(
    _("Some words in it are not allowed."),
    _("Give the file another name, or take the words out and upload it again."),
)
NOT_ALLOWED = Reason(
    _("The platform is not allowed to do this."),
    _("Tell the school: the platform's administrator can check its rights. Then try again."),
)
MALFORMED = Reason(
    _("The file's name or other facts about it were refused."),
    _(
        "Give the file a short, plain name and try again; if that does not help, tell the school the technical detail."
    ),
)
BUSY = Reason(
    _("The transcoding service was too busy or had a fault."),
    _("Try again in a few minutes."),
)
NOT_FETCHED = Reason(
    _("The file could not be fetched for transcoding."),
    _(
        "Try again; if it still fails, tell the school: the platform's administrator can check that the platform can be reached from outside."
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
    _("The file is too large or has too many pages."),
    _("Split it into smaller files, and upload those."),
)
EMPTY = Reason(
    _("The file was empty when it was to be transcoded."),
    _("Save the file again and upload that."),
)
FORMAT = Reason(
    _("Files of this kind cannot be transcoded."),
    _("Save it in another format, best as PDF or MP4, and upload that."),
)
CONVERTER = Reason(
    _("The program that converts such files (LibreOffice) is not installed."),
    _(
        "Save it as PDF and upload that; or tell the platform's administrator to install LibreOffice, then try again."
    ),
)
WPS = Reason(
    _("This file cannot be transcoded as WPS has saved it."),
    _("Save it as PDF or as a PPTX of PowerPoint, and upload that."),
)
UNFINISHED = Reason(
    _("The file could not be converted."),
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
    # The local cloud answers this, where no LibreOffice is installed.
    ("ConverterMissing", CONVERTER),
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
