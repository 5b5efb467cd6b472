"""Refusals of files, each with a sentence that says what to do.

A leaf: any module may raise these.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError
from django.utils.translation import gettext as _

from courseware.enums import TranscodeType
from edu_platform.lib.full_disk import is_disk_full, storage_failed_text

logger = logging.getLogger(__name__)


class CoursewareRefused(Exception):
    """A refused file; the sentence is in the language of the request."""

    status = 415

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UnknownSuffix(CoursewareRefused):
    """No format of the table has this suffix."""

    def __init__(self, suffix: str) -> None:
        super().__init__(
            _(".%(suffix)s files are not accepted: upload one of the listed formats.")
            % {"suffix": suffix[:16]}
            if suffix
            else _("The file's name has no ending such as .pdf: add it, then upload again.")
        )


class TooLarge(CoursewareRefused):
    """More bytes than its format allows."""

    status = 413

    def __init__(self, *, limit: str) -> None:
        super().__init__(
            _(
                "The file is larger than the %(limit)s allowed for its kind:"
                " make it smaller or split it."
            )
            % {"limit": limit}
        )


class Empty(CoursewareRefused):
    """Not a single byte."""

    status = 400

    def __init__(self) -> None:
        super().__init__(_("The file is empty: choose it again, or save it again first."))


class QuotaExceeded(CoursewareRefused):
    """The quota of the person or the school is not enough."""

    status = 413


class PersonQuotaExceeded(QuotaExceeded):
    def __init__(self, *, left: str) -> None:
        super().__init__(
            _(
                "You have %(left)s left for courseware, too little for this file: delete some that you no longer need."
            )
            % {"left": left}
        )


class SchoolQuotaExceeded(QuotaExceeded):
    def __init__(self) -> None:
        super().__init__(
            _(
                "The school's storage for courseware is full: tell the platform's administrator, or delete what nobody needs."
            )
        )


class ContentRefused(CoursewareRefused):
    """The file's content does not match its name, or cannot be used.

    `reason` is a code for logs and tests: what was recognised, `encrypted`, or `broken`.
    """

    def __init__(self, sentence: str, *, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class WrongContent(ContentRefused):
    """Recognised as something else, or not recognised as what it should be."""

    def __init__(self, *, suffix: str, recognised: str, word: str) -> None:
        sentence = (
            _(
                "The file is called .%(suffix)s, but what is in it is %(word)s:"
                " open it and save it as a real .%(suffix)s file."
            )
            % {"suffix": suffix, "word": word}
            if word
            else _(
                "The file's content is not .%(suffix)s: open it and save it as a real .%(suffix)s file."
            )
            % {"suffix": suffix}
        )
        super().__init__(sentence, reason=recognised or "unknown")


class OtherType(CoursewareRefused):
    """A newer version of which the cloud would make something else than of the present one."""

    def __init__(self, transcode_type: TranscodeType) -> None:
        sentences = {
            TranscodeType.NONE: _(
                "An image can be replaced by an image only: choose another file, or upload this one by itself."
            ),
            TranscodeType.DOCUMENT: _(
                "A document can be replaced by a document only: choose another file, or upload this one by itself."
            ),
            TranscodeType.MEDIA: _(
                "A video or audio file can be replaced by a video or audio file only: choose another file, or upload this one by itself."
            ),
        }
        super().__init__(sentences[transcode_type])


class ReplacedGone(CoursewareRefused):
    """The courseware that was to be replaced is no longer there."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            _("The courseware was deleted meanwhile: upload the file as new courseware.")
        )


class Encrypted(ContentRefused):
    """It needs a password, which the cloud does not have."""

    def __init__(self) -> None:
        super().__init__(
            _("The file is protected by a password: save it without one, then upload that."),
            reason="encrypted",
        )


class Broken(ContentRefused):
    """It starts like what it should be, but is damaged."""

    def __init__(self) -> None:
        super().__init__(
            _("The file is damaged or incomplete: open it, save it again, then upload that."),
            reason="broken",
        )


class StorageSilent(CoursewareRefused):
    """Nothing can be stored now; neither the file nor its sender is at fault."""

    status = 503

    def __init__(self) -> None:
        super().__init__(storage_failed_text())


@contextmanager
def storage_in_words() -> Iterator[None]:
    """Turn a failing storage into a refusal: disks and other storages raise OSError.

    The database may lie on a full disk as well.

    Raises:
        StorageSilent: it failed.
    """
    try:
        yield
    except (OSError, DatabaseError) as err:
        if isinstance(err, DatabaseError) and not is_disk_full(err):
            raise
        logger.exception("the storage of files does not do what it should")
        raise StorageSilent from err
