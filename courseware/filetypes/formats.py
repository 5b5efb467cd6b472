"""Accepted formats, their size limits, and how the cloud transcodes them: one table for all."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from courseware.enums import FileKind, TranscodeType
from courseware.exceptions import Empty, TooLarge, UnknownSuffix
from edu_platform.lib.formatting import MIB, megabytes_text


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file; the suffix is lower-case and without its dot, the limit is still allowed."""

    suffix: str
    kind: FileKind
    transcode_type: TranscodeType
    limit_bytes: int
    content_type: str

    @property
    def may_go_second_way(self) -> bool:
        """Tell whether the cloud's spare transcoder may do what the usual one could not."""
        return self.suffix in {"ppt", "pptx"}

    def check_limit(self, size_bytes: int) -> None:
        """Check the bytes received so far.

        Raises:
            TooLarge: it is more than is taken.
        """
        if size_bytes > self.limit_bytes:
            raise TooLarge(limit=megabytes_text(self.limit_bytes))

    def check_size(self, size_bytes: int) -> None:
        """Check the size of a whole file.

        Raises:
            Empty: there is nothing in it.
            TooLarge: it is more than is taken.
        """
        if not size_bytes:
            raise Empty
        self.check_limit(size_bytes)


@dataclass(frozen=True, slots=True)
class Limit:
    """A row of the table shown before an upload."""

    kind: FileKind
    label: str
    suffixes: tuple[str, ...]
    limit_bytes: int

    @property
    def limit(self) -> str:
        return megabytes_text(self.limit_bytes)


_OFFICE = "application/vnd.openxmlformats-officedocument"
_IMAGES = {
    "bmp": "image/bmp",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
}
_DOCUMENTS = {
    "doc": "application/msword",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "docs": "application/msword",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "pdf": "application/pdf",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}
_VIDEOS = {
    "mp4": "video/mp4",
    "3gp": "video/3gpp",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "3g2": "video/3gpp2",
    "avi": "video/x-msvideo",
    "flv": "video/x-flv",
    "wmv": "video/x-ms-wmv",
    "h264": "video/h264",
    "m4v": "video/x-m4v",
    "mj2": "video/mj2",
    "mov": "video/quicktime",
    "ogg": "video/ogg",
    "ogv": "video/ogg",
    "rm": "application/vnd.rn-realmedia",
    "qt": "video/quicktime",
    "vob": "video/mpeg",
    "webm": "video/webm",
    "f4v": "video/x-f4v",
    "rmvb": "application/vnd.rn-realmedia-vbr",
}
_AUDIO = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "wma": "audio/x-ms-wma",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
}


def _formats(
    content_types: dict[str, str], kind: FileKind, transcode_type: TranscodeType, limit_mib: int
) -> dict[str, Format]:
    return {
        suffix: Format(suffix, kind, transcode_type, limit_mib * MIB, content_type)
        for suffix, content_type in content_types.items()
    }


FORMATS: dict[str, Format] = {
    **_formats(_IMAGES, FileKind.IMAGE, TranscodeType.NONE, 100),
    **_formats(_DOCUMENTS, FileKind.DOCUMENT, TranscodeType.DOCUMENT, 100),
    **_formats(_VIDEOS, FileKind.VIDEO, TranscodeType.MEDIA, 500),
    **_formats(_AUDIO, FileKind.AUDIO, TranscodeType.MEDIA, 50),
}


def suffix_of(filename: str) -> str:
    """The last suffix, lower-case and without its dot; empty when there is none."""
    stem, dot, suffix = filename.rpartition(".")
    return suffix.strip().lower() if dot and stem else ""


def format_of(filename: str) -> Format | None:
    """The format that a file's last suffix stands for; None when such files are not taken."""
    return FORMATS.get(suffix_of(filename))


def known_format(filename: str) -> Format:
    """The format that a file's last suffix stands for.

    Raises:
        UnknownSuffix: such files are not taken.
    """
    form = format_of(filename)
    if form is None:
        raise UnknownSuffix(suffix_of(filename))
    return form


def accept_attribute(transcode_type: TranscodeType | None = None) -> str:
    """Return what a file field of a page offers: `.bmp,.jpg,...`; of all formats, or of those of one type."""
    return ",".join(f".{form.suffix}" for form in _of_type(transcode_type))


def _of_type(transcode_type: TranscodeType | None) -> list[Format]:
    return [
        form
        for form in FORMATS.values()
        if transcode_type is None or form.transcode_type == transcode_type
    ]


def limits_for_pages(transcode_type: TranscodeType | None = None) -> list[Limit]:
    """Return the table in the words of the reader; of all formats, or of those of one type."""
    labels = {
        FileKind.DOCUMENT: _("Documents"),
        FileKind.IMAGE: _("Images"),
        FileKind.VIDEO: _("Videos"),
        FileKind.AUDIO: _("Audio"),
    }
    lines = []
    for kind, label in labels.items():
        formats = [form for form in _of_type(transcode_type) if form.kind == kind]
        suffixes = tuple(form.suffix for form in formats)
        if formats:
            lines.append(Limit(kind, label, suffixes, formats[0].limit_bytes))
    return lines
