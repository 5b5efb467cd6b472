"""Previews of courseware: page by page, in a frame, or by the browser itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from courseware import wording
from courseware.enums import FileKind
from courseware.models import Courseware
from edu_platform.lib.hosts import host_of, is_allowed

# What browsers play as it is; of everything else the cloud makes something they do.
PLAYABLE = frozenset(
    {
        *("mp4", "m4v", "webm", "ogv", "ogg"),
        *("mp3", "wav", "aac", "flac", "m4a", "oga", "opus"),
    }
)
# A page with more thumbnails is useless, and the cloud's number is not trusted.
MOST_PAGES = 1000


class PreviewKind(StrEnum):
    PAGES = "pages"
    FRAME = "frame"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Preview:
    """The preview to show, and its source; without an address it is our own file."""

    kind: PreviewKind
    address: str = ""
    # As many as are shown; unknown when the cloud counts none.
    pages: int | None = None
    # The document has more than are shown.
    is_cut: bool = False

    @property
    def most_pages(self) -> int:
        return MOST_PAGES

    @property
    def template(self) -> str:
        return f"courseware/_preview_{self.kind}.html"

    def page_address(self, number: int) -> str:
        return f"{self.address}{number}.jpg"

    def clamp(self, number: int) -> int:
        return max(1, min(number, self.pages or MOST_PAGES))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a document that is shown page by page, and the way to the others."""

    number: int
    address: str
    # The pages that there are for certain; with an unknown count, as far as anybody came.
    thumbnails: tuple[tuple[int, str], ...]
    previous: int | None
    next: int | None


@dataclass(frozen=True, slots=True)
class NoPreview:
    """There is no preview, for a reason in words."""

    title: str
    explanation: str
    advice: str
    status: int = 409


def preview_of(courseware: Courseware) -> Preview | None:
    kind = FileKind(courseware.kind)
    if kind is FileKind.IMAGE:
        return Preview(PreviewKind.IMAGE)
    made = _made_by_cloud(courseware)
    if kind is FileKind.DOCUMENT:
        return made
    if made is None and courseware.suffix in PLAYABLE:
        return Preview(PreviewKind(kind.value))
    return made


def _made_by_cloud(courseware: Courseware) -> Preview | None:
    """Return what the cloud made of the file, when it lies where it may be shown from."""
    url = courseware.result_url
    if not courseware.is_ready or not is_allowed(url, settings.COURSEWARE_HOSTS):
        return None
    if courseware.kind != FileKind.DOCUMENT:
        return Preview(PreviewKind(courseware.kind), url)
    path = urlsplit(url).path
    if path.endswith(".html"):
        return None if _is_our_own(url) else Preview(PreviewKind.FRAME, url)
    return _document(courseware) if path.endswith("/") else None


def _document(courseware: Courseware) -> Preview:
    counted = courseware.pages or None
    return Preview(
        PreviewKind.PAGES,
        courseware.result_url,
        pages=min(counted, MOST_PAGES) if counted else None,
        is_cut=counted is not None and counted > MOST_PAGES,
    )


def _is_our_own(url: str) -> bool:
    """Tell whether scripts there would run as this platform's, whatever the list of hosts says."""
    return urlsplit(url).netloc.lower() == urlsplit(settings.PUBLIC_BASE_URL).netloc.lower()


def leaf_of(preview: Preview, number: int) -> Leaf | None:
    """A page of the document, the first or last for a number outside; None of what has no pages."""
    if preview.kind is not PreviewKind.PAGES:
        return None
    number = preview.clamp(number)
    last = preview.pages or number
    return Leaf(
        number=number,
        address=preview.page_address(number),
        thumbnails=tuple((each, preview.page_address(each)) for each in range(1, last + 1)),
        previous=number - 1 if number > 1 else None,
        # With an unknown page count, the next page may exist.
        next=number + 1 if number < (preview.pages or MOST_PAGES) else None,
    )


def why_none(courseware: Courseware, *, at: dt.datetime, is_staff: bool) -> NoPreview:
    if not courseware.is_ready:
        explanation = wording.explain(courseware, at)
        return NoPreview(
            title=_("There is nothing to preview yet"),
            explanation=explanation.sentence,
            advice=explanation.advice,
        )
    if not is_allowed(courseware.result_url, settings.COURSEWARE_HOSTS):
        return _unknown_place(host_of(courseware.result_url), is_staff=is_staff)
    return NoPreview(
        title=_("There is no preview of this file"),
        explanation=_("What was made of it cannot be shown here."),
        advice=_("It can still be shown in class."),
    )


def file_unavailable() -> NoPreview:
    """Shown when the storage cannot deliver the file now."""
    return NoPreview(
        title=_("The file is not available right now"),
        explanation=_("The file storage does not answer. Nothing is lost."),
        advice=_("Try again in a moment. If it still fails, tell the school."),
    )


def too_many_clients() -> NoPreview:
    """Shown when all slots for downloads are taken."""
    return NoPreview(
        title=_("Too many files at once"),
        explanation=_("Too many files are being loaded right now, by you or by others."),
        advice=_("Wait until one of yours is complete, or a minute, then try again."),
    )


def _unknown_place(host: str, *, is_staff: bool) -> NoPreview:
    advice = (
        _("If courseware of this school lies at %(host)s, add it to the setting COURSEWARE_HOSTS.")
        % {"host": host}
        if is_staff and host
        else _("Tell the school: the platform's administrator can allow the host.")
    )
    return NoPreview(
        title=_("The preview is on an unknown host"),
        explanation=_("It is ready, but not where the platform may show it from."),
        advice=advice,
    )
