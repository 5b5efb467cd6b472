"""Renders a PDF as one JPEG for each page, with PDFium.

PDFium is not thread-safe: one lock is held from opening a file to closing it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pypdfium2
from pypdfium2 import PdfiumError
from pypdfium2.raw import FPDF_ERR_PASSWORD

from localcloud.errors import TranscodeError

MAX_PAGES = 500  # assumed: the sister product whiteboard's limit
WIDTH, MAX_HEIGHT = 1280, 5120  # pixels
JPEG_QUALITY = 85
_PDFIUM = threading.Lock()


@dataclass(frozen=True, slots=True)
class Rendered:
    """The result; width and height are pixels of the first page, `producer` may be empty."""

    pages: int
    width: int
    height: int
    producer: str


def render(
    pdf: Path,
    folder: Path,
    *,
    width: int,
    report: Callable[[float], None],
    stopping: Event,
) -> Rendered:
    """Write `1.jpg`, `2.jpg` and so on into the folder; `report` gets the share that is done.

    Raises:
        TranscodeError: the file is encrypted, broken or too long, or `stopping` was set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _PDFIUM:
        document = _opened(pdf)
        try:
            return _render(document, folder, width=width, report=report, stopping=stopping)
        except PdfiumError as error:
            raise _broken() from error
        finally:
            document.close()  # type: ignore[no-untyped-call] # untyped


def _opened(pdf: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(pdf)  # type: ignore[no-untyped-call] # untyped
    except PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise TranscodeError("FileEncrypted", "文件有密码保护，无法转码") from error
        raise _broken() from error


def _render(
    document: pypdfium2.PdfDocument,
    folder: Path,
    *,
    width: int,
    report: Callable[[float], None],
    stopping: Event,
) -> Rendered:
    pages = len(document)
    if pages == 0:
        raise _broken()
    if pages > MAX_PAGES:
        raise TranscodeError("TooManyPages", f"页数超过 {MAX_PAGES} 页")
    first = (0, 0)
    for index in range(pages):
        if stopping.is_set():
            raise TranscodeError("Stopped", "转码被中断")
        size = _draw(document, index, folder / f"{index + 1}.jpg", width)
        first = first if index else size
        report((index + 1) / pages)
    about = document.get_metadata_dict()  # type: ignore[no-untyped-call] # untyped
    return Rendered(pages, *first, producer=about.get("Producer") or about.get("Creator") or "")


def _draw(document: pypdfium2.PdfDocument, index: int, path: Path, width: int) -> tuple[int, int]:
    page = document[index]
    try:
        across, down = (max(side, 1) for side in page.get_size())
        # PDFium rounds up: a little less, so that no side comes out a pixel longer.
        scale = min((width - 0.01) / across, (MAX_HEIGHT - 0.01) / down)
        bitmap = page.render(scale=scale)
        try:
            image = bitmap.to_pil()
            image.convert("RGB").save(path, "JPEG", quality=JPEG_QUALITY)
            return image.width, image.height
        finally:
            bitmap.close()
    finally:
        page.close()


def _broken() -> TranscodeError:
    return TranscodeError("FileBroken", "文件已损坏，或者不是 PDF")
