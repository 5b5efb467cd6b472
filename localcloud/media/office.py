"""Converts Office files to PDF with LibreOffice, when it is installed.

A .pptx "made by WPS" is one whose properties name WPS as its application or last author. Such files fail in
the cloud's usual transcoder and are meant for the spare one (TranscodeType 3). That all of them fail is a
simplification.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
import zipfile
import zlib
from functools import cache
from pathlib import Path
from threading import Event

from localcloud.errors import TranscodeError
from localcloud.media import fonts, subprocesses

SUFFIXES = frozenset({"doc", "docx", "docs", "ppt", "pptx", "xls", "xlsx"})
SLIDES = frozenset({"ppt", "pptx"})
ALIASES = {"docs": "docx"}  # the cloud's table has this suffix
LIMIT_S = 120.0
_PROGRAMS = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
_ZIPPED = frozenset({"docx", "pptx", "xlsx"})
_OLE_HEAD = bytes.fromhex("d0cf11e0a1b11ae1")  # an encrypted file is wrapped into the old format
_MAX_PROPERTIES_BYTES = 1024 * 1024
_APPLICATION = re.compile(r"<(?:\w+:)?Application>([^<]{0,200})<")
_LAST_AUTHOR = re.compile(r"<(?:\w+:)?lastModifiedBy>([^<]{0,200})<")


def check(source: Path, suffix: str, *, is_spare: bool) -> str:
    """Check a file before it is converted; return the application that made it, where it names one.

    Raises:
        TranscodeError: the file is encrypted or broken, or comes from WPS and `is_spare` is false.
    """
    if suffix not in _ZIPPED:
        return ""
    with source.open("rb") as file:
        if file.read(len(_OLE_HEAD)) == _OLE_HEAD:
            raise TranscodeError("FileEncrypted", "文件有密码保护，无法转码")
    application, last_author = _properties(source)
    if suffix in SLIDES and "WPS" in application + last_author and not is_spare:
        raise TranscodeError("WpsNotSupported", "WPS 制作的课件请改用备用转码")
    return application


def to_pdf(source: Path, folder: Path, *, stopping: Event) -> Path:
    """Convert a file and return the PDF, which lies in the folder.

    Raises:
        TranscodeError: LibreOffice is missing, failed, took too long, or was ended by `stopping`.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise TranscodeError(
            "ConverterMissing", "本地课堂云没有安装 LibreOffice，无法转码 Office 文件"
        )
    _warn_without_font()
    # A profile for each run: two runs with one profile interfere.
    profile = f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"
    arguments = [program, "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder)]
    finished = subprocesses.run([*arguments, str(source)], limit_s=LIMIT_S, stopping=stopping)
    made = folder / f"{source.stem}.pdf"
    if finished.code != 0 or not made.is_file():
        sys.stderr.write(f"{program} ended with {finished.code}: {finished.errors[-500:]}\n")
        raise TranscodeError("ConversionFailed", "LibreOffice 无法打开这个文件")
    return made


def _properties(source: Path) -> tuple[str, str]:
    """Return the application that made a file, and who changed it last."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = set(archive.namelist())
            if "[Content_Types].xml" not in names:
                raise _broken()
            app = _text(archive, names, "docProps/app.xml")
            core = _text(archive, names, "docProps/core.xml")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise _broken() from error
    # Searched, not parsed: untrusted XML is not given to a parser.
    return _found(_APPLICATION, app), _found(_LAST_AUTHOR, core)


def _text(archive: zipfile.ZipFile, names: set[str], name: str) -> str:
    if name not in names:
        return ""
    with archive.open(name) as file:
        return file.read(_MAX_PROPERTIES_BYTES).decode("utf-8", "replace")


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return html.unescape(found[1]).strip() if found else ""


def _broken() -> TranscodeError:
    return TranscodeError("FileBroken", "文件已损坏，或者不是 Office 文件")


@cache  # once
def _warn_without_font() -> None:
    font = fonts.best_font()
    if font is None or not font.is_chinese:
        sys.stderr.write("no font with Chinese letters: courseware will show boxes for them\n")
