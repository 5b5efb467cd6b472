"""The files of a replay in words."""

from __future__ import annotations

from django.utils.translation import gettext as _


def part_text(number: int) -> str:
    return _("Part %(number)s") % {"number": number}


def beside_text(number: int) -> str:
    """That a file was recorded at the time of an earlier one."""
    return _("same time as part %(number)s") % {"number": number}


def stream_text(name: str) -> str:
    """That a file shows one person alone, and whom, when that is known."""
    return _("single stream of %(name)s") % {"name": name} if name else _("single stream")


def signalling_text() -> str:
    return _("Signalling")
