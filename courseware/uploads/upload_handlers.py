"""Upload handlers of plain forms.

Each file is stopped as soon as it is clear that it will be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.utils.translation import gettext as _

from courseware.exceptions import CoursewareRefused, storage_in_words
from courseware.filetypes.file_names import clean_name
from courseware.filetypes.formats import FORMATS, Format, known_format
from edu_platform.lib.formatting import MIB, megabytes_text
from edu_platform.lib.full_disk import drop_temporary_file

FIELD = "file"
# Several files together are as large as the largest one may be; the rest is for the form around them.
FORM_LIMIT_BYTES = max(form.limit_bytes for form in FORMATS.values()) + MIB


class FormTooLarge(CoursewareRefused):
    """The form is larger than accepted."""

    status = 413

    def __init__(self) -> None:
        super().__init__(
            _(
                "Together these files are larger than the %(limit)s that fit in one go:"
                " upload them one after the other."
            )
            % {"limit": megabytes_text(FORM_LIMIT_BYTES - MIB)}
        )


class FormBroken(CoursewareRefused):
    """The form has not come to its end."""

    status = 408

    def __init__(self) -> None:
        super().__init__(_("The upload is incomplete or took too long: upload the file again."))


class FileReceiver(TemporaryFileUploadHandler):
    """Keeps the form's files on disk; for refused ones only the reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused: list[tuple[str, CoursewareRefused]] = []
        self._form: Format | None = None

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        if field_name != FIELD:
            raise SkipFile
        try:
            form = known_format(clean_name(file_name))
        except CoursewareRefused as err:
            self._refuse(file_name, err)
        try:
            with storage_in_words():
                super().new_file(field_name, file_name, *args, **kwargs)
        except CoursewareRefused as err:
            self._refuse(file_name, err)
        self._form = form

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            if self._form is not None:
                self._form.check_limit(start + len(raw_data))
            with storage_in_words():
                super().receive_data_chunk(raw_data, start)
        except CoursewareRefused as err:
            self._refuse(str(self.file_name), err)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        self._form = None
        try:
            with storage_in_words():
                complete = super().file_complete(file_size)
        except CoursewareRefused as err:
            self._note(str(self.file_name), err)
            return None
        # Django closes whatever stands here when a later file is skipped.
        del self.file
        return complete

    def upload_interrupted(self) -> None:
        # Django calls this also when the last file was skipped.
        if self._form is not None:
            self._note(str(self.file_name), FormBroken())

    def _refuse(self, name: str, refusal: CoursewareRefused) -> NoReturn:
        self._note(name, refusal)
        raise SkipFile

    def _note(self, name: str, refusal: CoursewareRefused) -> None:
        self._form = None
        # Django would close it as well, and fail where its last bytes cannot be written.
        drop_temporary_file(self)
        self.refused.append((name, refusal))


def check_length(headers: Mapping[str, Any]) -> None:
    """Check how much a form says that it brings.

    Raises:
        FormTooLarge: it is more than is taken.
    """
    said = str(headers.get("Content-Length", ""))
    if said.isdecimal() and int(said) > FORM_LIMIT_BYTES:
        raise FormTooLarge
