"""Checks that a file's content matches its name; the browser's content type is ignored."""

from __future__ import annotations

from typing import BinaryIO

from django.utils.translation import gettext as _

from courseware.exceptions import WrongContent
from courseware.filetypes.formats import Format
from courseware.filetypes.pdf_and_office import (
    CompoundFile,
    check_compound_file,
    check_pdf,
    office_parts,
)
from courseware.filetypes.signatures import HEAD_BYTES, recognise

# A disk image shows what it is only here.
DEEP_HEAD_BYTES = 0x8001 + 8
# The families (see `recognise`) that a suffix may hold.
FAMILIES: dict[str, frozenset[str]] = {
    "bmp": frozenset({"bmp"}),
    "jpg": frozenset({"jpeg"}),
    "jpeg": frozenset({"jpeg"}),
    "png": frozenset({"png"}),
    "gif": frozenset({"gif"}),
    "pdf": frozenset({"pdf"}),
    "doc": frozenset({"ole"}),
    "ppt": frozenset({"ole"}),
    "xls": frozenset({"ole"}),
    "docs": frozenset({"ole", "zip"}),
    "docx": frozenset({"zip", "ole"}),  # one under a password is an older kind of file
    "pptx": frozenset({"zip", "ole"}),
    "xlsx": frozenset({"zip", "ole"}),
    "mp4": frozenset({"mp4"}),
    "m4v": frozenset({"mp4"}),
    "3gp": frozenset({"mp4"}),
    "3g2": frozenset({"mp4"}),
    "mov": frozenset({"mp4"}),
    "qt": frozenset({"mp4"}),
    "f4v": frozenset({"mp4", "flv"}),
    "mj2": frozenset({"jpeg2000", "mp4"}),
    "mpg": frozenset({"mpeg"}),
    "mpeg": frozenset({"mpeg"}),
    "vob": frozenset({"mpeg"}),
    "avi": frozenset({"avi"}),
    "flv": frozenset({"flv"}),
    "wmv": frozenset({"asf"}),
    "h264": frozenset({"h264"}),
    "ogg": frozenset({"ogg"}),
    "ogv": frozenset({"ogg"}),
    "rm": frozenset({"realmedia"}),
    "rmvb": frozenset({"realmedia"}),
    "webm": frozenset({"matroska"}),
    "mp3": frozenset({"mp3"}),
    "wav": frozenset({"wave"}),
    "wma": frozenset({"asf"}),
    "aac": frozenset({"aac", "mp4", "mp3"}),
    "flac": frozenset({"flac", "mp3"}),  # some begin with the tags of an MP3
    "m4a": frozenset({"mp4"}),
    "oga": frozenset({"ogg"}),
    "opus": frozenset({"ogg"}),
}
# Formats that may begin in ways no table lists.
WITHOUT_SIGNATURE = frozenset({"h264", "rm", "rmvb", "mj2", "3g2", "mpg", "mpeg", "mp3"})
OFFICE_FOLDERS = {"docx": "word", "docs": "word", "pptx": "ppt", "xlsx": "xl"}
OFFICE_STREAMS = {
    "doc": frozenset({"WordDocument"}),
    "docs": frozenset({"WordDocument"}),
    "ppt": frozenset({"PowerPoint Document"}),
    "xls": frozenset({"Workbook", "Book"}),
}


def check_content(file: BinaryIO, form: Format) -> None:
    """Check that what is in a file is what its suffix promises. Reads little, and leaves it at its start.

    Raises:
        WrongContent: it is something else.
        Encrypted: it needs a password.
        Broken: it is damaged or cut off.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    family = recognise(head)
    if not family and file.seek(DEEP_HEAD_BYTES - 8) and file.read(8)[:5] == b"CD001":
        family = "archive"
    try:
        _check_family(file, form, family)
    finally:
        file.seek(0)


def _check_family(file: BinaryIO, form: Format, family: str) -> None:
    is_unknown_yet_fine = not family and form.suffix in WITHOUT_SIGNATURE
    if family not in FAMILIES[form.suffix] and not is_unknown_yet_fine:
        raise _wrong(form, "archive" if family == "zip" else family)
    if family == "pdf":
        check_pdf(file)
    elif family == "zip":
        _check_office(file, form)
    elif family == "ole":
        _check_old_office(file, form)


def _check_office(file: BinaryIO, form: Format) -> None:
    parts = office_parts(file)
    if not parts:
        raise _wrong(form, "archive")
    if OFFICE_FOLDERS[form.suffix] not in parts:
        raise _wrong(form, next((name for name in ("word", "ppt", "xl") if name in parts), "zip"))


def _check_old_office(file: BinaryIO, form: Format) -> None:
    compound = CompoundFile(file)
    check_compound_file(compound)
    wanted = OFFICE_STREAMS.get(form.suffix)
    if wanted is None:
        raise _wrong(form, "ole")
    # What could not be examined may be right: then believe the suffix.
    if compound.is_complete and wanted.isdisjoint(compound.streams):
        raise _wrong(form, "ole")


def _wrong(form: Format, family: str) -> WrongContent:
    return WrongContent(suffix=form.suffix, recognised=family, word=_word(family))


def _word(family: str) -> str:
    """Name what was recognised, for people; empty when there is no better word than "something else"."""
    words = {
        "page": _("a web page"),
        "script": _("a script"),
        "text": _("plain text"),
        "program": _("a program"),
        "archive": _("an archive"),
        "word": _("a Word document"),
        "ppt": _("a PowerPoint presentation"),
        "xl": _("an Excel workbook"),
        "ole": _("another kind of Office file"),
        "rtf": _("an RTF document"),
        "heif": _("a HEIC image"),
        "mp4": _("an MP4 or QuickTime video"),
        "wave": _("WAV audio"),
    }
    plain = {
        *("png", "jpeg", "gif", "bmp", "webp", "tiff", "pdf"),
        *("avi", "flv", "ogg", "mpeg", "mp3", "aac", "flac"),
    }
    if family in plain:
        return _("a file of the kind %(kind)s") % {"kind": family.upper()}
    return words.get(family, "")
