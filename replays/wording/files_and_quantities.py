"""Texts about the files of a replay; sizes, durations and counts as text."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.formatting import NOTHING, size_text


def sizes_text(sizes_bytes: Sequence[int | None]) -> str:
    """Number of files and total size, unknown when any size is."""
    if not sizes_bytes:
        return NOTHING
    known = [size for size in sizes_bytes if size is not None]
    total = sum(known) if len(known) == len(sizes_bytes) else None
    count = len(sizes_bytes)
    if count == 1 and total is None:
        return size_text(None)
    text = ngettext("%(count)s file (%(size)s)", "%(count)s files (%(size)s)", count)
    return text % {"count": count, "size": size_text(total)}


def duration_text(duration_s: int | None) -> str:
    """Hours, minutes and seconds, as players show them."""
    if duration_s is None:
        return NOTHING
    minutes, seconds = divmod(duration_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def length_text(seconds: int) -> str:
    """A length as it stands on a picture: without hours where there are none."""
    whole = duration_text(seconds)
    return whole.removeprefix("0:")


def views_text(count: int) -> str:
    return ngettext("%(count)s view", "%(count)s views", count) % {"count": count}


def downloads_text(count: int) -> str:
    return ngettext("%(count)s download", "%(count)s downloads", count) % {"count": count}


def part_text(number: int) -> str:
    return _("Part %(number)s") % {"number": number}


def beside_text(number: int) -> str:
    """The note that a file overlaps an earlier one."""
    return _("same time as part %(number)s") % {"number": number}


def stream_text(name: str) -> str:
    """The note that a file shows one person, and whom if known."""
    return _("single stream of %(name)s") % {"name": name} if name else _("single stream")


def signalling_text() -> str:
    return _("Signalling")
