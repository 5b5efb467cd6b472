"""Texts about the files of a replay."""

from __future__ import annotations

from django.utils.translation import gettext as _


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
