"""The way of a file from the cloud's storage to a player: by REPLAY_DELIVERY.

`redirect` leads to the cloud's own address, which the viewer can keep. `accel` has nginx fetch the file (see
deploy/nginx/), so that nobody learns the address. `signed` leads to an address that expires, where the storage
is the school's own and demands a signature.

Who may have the file, and that it lies on one of REPLAY_HOSTS, is checked before.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils.encoding import iri_to_uri
from django.utils.http import content_disposition_header

from edu_platform.lib.hosts import DEFAULT_PORTS
from replays.models import ReplayFile
from replays.playback.file_kinds import TYPES, is_piece, suffix_of
from replays.playback.hotlinks import signed_address
from replays.wording.files_and_quantities import part_text

# Where nginx listens for what it is to fetch: scheme, host and path follow.
INTERNAL_PATH = "/replay-media/"
# Characters that file systems do not take in a name, and invisible ones.
BAD_IN_NAMES = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]+')
NAME_CHARS = 120
# What in a path stands for no name.
NO_STEPS = frozenset({"", ".", ".."})


class Delivery(StrEnum):
    REDIRECT = "redirect"
    ACCEL = "accel"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class MediaRequest:
    """One file for one person: where it lies, what it is called there, how long they need it."""

    url: str
    file_name: str
    content_type: str
    is_download: bool
    lasts_s: int


def deliver(media: MediaRequest, *, at: dt.datetime) -> HttpResponse:
    """Serve a file as REPLAY_DELIVERY says."""
    url = iri_to_uri(media.url)
    if settings.REPLAY_DELIVERY == Delivery.ACCEL:
        return _by_nginx(url, media)
    if settings.REPLAY_DELIVERY == Delivery.SIGNED:
        url = signed_address(
            url,
            key=settings.LCIC_VOD_KEY,
            expires_at=at + dt.timedelta(seconds=media.lasts_s),
            download_name=media.file_name if media.is_download else "",
        )
    return lead_to(url)


def lead_to(address: str) -> HttpResponse:
    """Redirect there, without a referrer and without caching."""
    headers = {
        "Location": address,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return HttpResponse(status=302, headers=headers)


def hides_addresses() -> bool:
    """Tell whether players never learn where the files lie."""
    return bool(settings.REPLAY_DELIVERY == Delivery.ACCEL)


def names_downloads() -> bool:
    """Tell whether an answer says that the file is to be saved, and under which name; the cloud's own does not."""
    return bool(settings.REPLAY_DELIVERY != Delivery.REDIRECT)


def file_name(title: str, file: ReplayFile, *, number: int, count: int) -> str:
    """The name to save a file under: lesson, part and suffix."""
    name = BAD_IN_NAMES.sub(" ", title).strip(" .")[:NAME_CHARS].strip()
    if count > 1:
        name = f"{name} {part_text(number)}".strip()
    return f"{name or 'replay'}.{suffix_of(file.url) or _suffix_of_format(file.file_format)}"


def _suffix_of_format(file_format: str) -> str:
    """Return the suffix for a file whose address has none; what the cloud calls a format may be anything."""
    suffix = file_format.lower()
    return suffix if suffix in TYPES else "mp4"


def playlist_name(url: str) -> str:
    """Return a playlist's name in its folder; empty when it has no name, or no folder of its own.

    For a playlist at the root of a host, everything on the host could be a segment.
    """
    folder, _slash, quoted_name = urlsplit(url).path.rpartition("/")
    name = unquote(quoted_name)
    return name if folder.strip("/") and name not in NO_STEPS else ""


def piece_of(url: str, name: str, query: str) -> str | None:
    """The address of what a playlist names so, with this query: pieces can be parts of one file.

    None when that is no piece, or lies outside the playlist's folder. The playlist keeps the query of
    its own address, which is a signature or a version.
    """
    own_name = playlist_name(url)
    steps = name.split("/")
    if not own_name:
        return None
    parts = urlsplit(url)
    if name == own_name:
        return urlunsplit(parts._replace(fragment=""))
    if "\\" in name or not NO_STEPS.isdisjoint(steps) or not is_piece(steps[-1]):
        return None
    folder = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{folder}/{quote(name)}", query=query, fragment=""))


def _by_nginx(url: str, media: MediaRequest) -> HttpResponse:
    """Have nginx fetch the file. It undoes one quoting of the path, so there is one more."""
    parts = urlsplit(url)
    path = f"{INTERNAL_PATH}{parts.scheme}/{_host(parts)}{quote(parts.path)}"
    response = HttpResponse(content_type=media.content_type)
    response["X-Accel-Redirect"] = f"{path}?{parts.query}" if parts.query else path
    disposition = content_disposition_header(media.is_download, media.file_name)
    response["Content-Disposition"] = disposition or "inline"
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _host(parts: SplitResult) -> str:
    """The host as nginx compares it: in lower case, with a port only where it is not the default."""
    usual = f":{DEFAULT_PORTS.get(parts.scheme)}"
    return parts.netloc.lower().removesuffix(usual)
