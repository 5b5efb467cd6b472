"""Handling of a full disk: a message instead of a server error, and no half-written files."""

from __future__ import annotations

import errno
import io
import logging
import sqlite3
from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT})
POSTGRESQL_DISK_FULL = "53100"


def is_disk_full(err: BaseException) -> bool:
    """Tell whether a file, or the database, could not be written because no place is left."""
    if isinstance(err, OSError):
        return err.errno in FULL_ERRORS
    cause = err.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(cause, "pgcode", None) == POSTGRESQL_DISK_FULL


def storage_failed_text() -> str:
    return _(
        "The file storage does not answer or is full: try again later, and tell the platform's administrator if it still fails."
    )


def disk_full_text() -> str:
    return _(
        "The server disk is full: nothing was saved. Tell the platform's administrator, then try again."
    )


def file_lost_text() -> str:
    return _(
        "The server could not store the file; its disk may be full. Nothing was saved. Tell the platform's administrator, then try again."
    )


class LostFile(UploadedFile[bytes]):
    """Placeholder for a file that could not be stored: form fields turn it into an error."""

    def __init__(self, name: str) -> None:
        super().__init__(io.BytesIO(), name)

    def __getattribute__(self, attribute: str) -> Any:
        # The first that a field of a form asks, when it has seen that there is a file.
        if attribute == "size":
            raise ValidationError(file_lost_text(), code="lost")
        return super().__getattribute__(attribute)


class FileKeeper(TemporaryFileUploadHandler):
    """Keeps an uploaded file on the disk; when that does not take it, the rest comes to nothing.

    Django would let the whole request fail, before anything of the page has run.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_lost = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._is_lost = False
        try:
            super().new_file(*args, **kwargs)
        except OSError as err:
            self._lose(err)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._is_lost:
            return
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as err:
            self._lose(err)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        if not self._is_lost:
            try:
                return super().file_complete(file_size)
            except OSError as err:
                self._lose(err)
        return LostFile(str(self.file_name))

    def _lose(self, err: OSError) -> None:
        logger.error("an uploaded file cannot be kept", exc_info=err)
        self._is_lost = True
        drop_temporary_file(self)


def drop_temporary_file(handler: TemporaryFileUploadHandler) -> None:
    """Let go of the file that a handler was writing; also where its last bytes cannot be written."""
    if hasattr(handler, "file"):
        with suppress(OSError):
            handler.file.close()
        del handler.file
