"""The format of a file: the cloud's, else by the suffix of the address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

TYPES = {
    "mp4": "video/mp4",
    "m4s": "video/iso.segment",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "flv": "video/x-flv",
    "webm": "video/webm",
    "m3u8": "application/vnd.apple.mpegurl",
    "ts": "video/mp2t",
    "vtt": "text/vtt",
}
UNKNOWN_TYPE = "application/octet-stream"
SUFFIX = re.compile(r"\.([a-z0-9]{1,8})$")
PLAYLIST_FORMATS = frozenset({"hls", "m3u8"})
# What playlists name: further playlists, pieces of films, what these begin with, subtitles, keys.
PIECE = re.compile(r"[^/]+\.(m3u8|ts|m4s|aac|vtt|key)|init[^/]*\.mp4")


def content_type(url: str) -> str:
    return TYPES.get(suffix_of(url), UNKNOWN_TYPE)


def suffix_of(url: str) -> str:
    """The suffix of the address's path in lower case; empty when there is none or it cannot be parsed."""
    try:
        found = SUFFIX.search(urlsplit(url).path.lower())
    except ValueError:
        return ""
    return found[1] if found else ""


def format_of(url: str) -> str:
    """The format of a file of which the cloud names none; empty when the address does not tell either."""
    suffix = suffix_of(url)
    if suffix == "m3u8":
        return "hls"
    return suffix if suffix in TYPES else ""


def is_playlist(file_format: str) -> bool:
    """Tell whether such a file is a list of many small ones (HLS)."""
    return file_format.lower() in PLAYLIST_FORMATS


def is_piece(name: str) -> bool:
    """Tell whether a file of this name may be a segment of a playlist; a video beside it is not."""
    return PIECE.fullmatch(name.lower()) is not None
