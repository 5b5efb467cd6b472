"""Converts one courseware file as its TranscodeType says: to pictures, a page of slides, a video or a sound."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event

from localcloud.errors import TranscodeError
from localcloud.media import audio_video, office, pdf_rendering, slideshow
from localcloud.state import documents
from localcloud.state.documents import Document, Outcome

FETCHED, CONVERTED, DRAWN = 10, 40, 95  # percent of progress when this is done
MAX_WIDTH = 2560
_RESOLUTION = re.compile(r"([1-9][0-9]{1,3})x([1-9][0-9]{1,3})")


def convert(
    document: Document,
    source: Path,
    folder: Path,
    *,
    report: Callable[[int], None],
    stopping: Event,
) -> Outcome:
    """Convert `source` into the folder, which holds nothing but the results; `report` gets the percent done.

    Raises:
        TranscodeError: it failed, or `stopping` was set.
    """
    suffix = suffix_of(document)
    try:
        if document.fields["TranscodeType"] == documents.MEDIA:
            return _media(source, folder, suffix, stopping)
        return _pages(document, source, folder, report, stopping)
    except (OSError, ValueError, RuntimeError) as error:  # a full disk, a missing program ...
        raise TranscodeError("TranscodeFailed", f"转码失败：{error}") from error


def suffix_of(document: Document) -> str:
    """Return the suffix of a document; it is safe in a file's name."""
    suffix: str = document.fields["DocumentType"].lower().removeprefix(".")
    if suffix not in {"pdf", *office.SUFFIXES, *audio_video.VIDEOS, *audio_video.SOUNDS}:
        raise _unsupported(suffix)
    return office.ALIASES.get(suffix, suffix)


def _media(source: Path, folder: Path, suffix: str, stopping: Event) -> Outcome:
    if suffix not in audio_video.VIDEOS | audio_video.SOUNDS:
        raise _unsupported(suffix)
    made = audio_video.convert(
        source, folder, is_video=suffix in audio_video.VIDEOS, stopping=stopping
    )
    return Outcome(
        state=documents.DONE, result=made.name, info="FFmpeg", width=made.width, height=made.height
    )


def _pages(
    document: Document,
    source: Path,
    folder: Path,
    report: Callable[[int], None],
    stopping: Event,
) -> Outcome:
    suffix = suffix_of(document)
    pdf, producer = _as_pdf(document, source, suffix, stopping)
    report(CONVERTED)
    result = documents.SLIDES if suffix in office.SLIDES else documents.PICTURES
    target = (folder / result).parent if result == documents.SLIDES else folder / result
    rendered = pdf_rendering.render(
        pdf,
        target,
        width=_width(document),
        report=lambda share: report(int(CONVERTED + share * (DRAWN - CONVERTED))),
        stopping=stopping,
    )
    if result == documents.SLIDES:
        slideshow.write(target, title=document.fields["DocumentName"], pages=rendered.pages)
    shutil.copyfile(target / "1.jpg", folder / documents.COVER)
    return Outcome(
        state=documents.DONE,
        result=result,
        info=producer or rendered.producer,
        pages=rendered.pages,
        width=rendered.width,
        height=rendered.height,
    )


def _as_pdf(document: Document, source: Path, suffix: str, stopping: Event) -> tuple[Path, str]:
    """Return the file as PDF, and the application that made it when it was no PDF."""
    if suffix == "pdf":
        return source, ""
    if suffix not in office.SUFFIXES:
        raise _unsupported(suffix)
    is_spare = document.fields["TranscodeType"] == documents.SPARE
    application = office.check(source, suffix, is_spare=is_spare)
    return office.to_pdf(source, source.parent, stopping=stopping), application


def _width(document: Document) -> int:
    """Return the width of a page's picture; MinScaleResolution can only raise it."""
    found = _RESOLUTION.fullmatch(document.fields["MinScaleResolution"])
    if found is None or document.fields["TranscodeType"] != documents.PAGES:
        return pdf_rendering.WIDTH
    return max(pdf_rendering.WIDTH, min(int(found[1]), MAX_WIDTH))


def _unsupported(suffix: str) -> TranscodeError:
    return TranscodeError("FormatNotSupported", f"不支持转码这种格式：{suffix[:16] or '没有后缀'}")
