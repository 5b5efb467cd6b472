"""Say how people are shown what the tables of this app hold of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from edu_platform.lib.own_data import OwnTable
from replays.models import PlaybackUse, Progress, Replay, ReplayEvent, ReplayFile, Share

REPLAY = _("replay")


def _steps(person: Any, steps: Sequence[ReplayEvent]) -> list[str]:
    return [str(step.get_kind_display()) for step in steps]


OWN_DATA = [
    OwnTable(
        Replay,
        "title planned_start made_at teacher state size_bytes deleted_by deleted_at",
    ),
    OwnTable(
        ReplayFile,
        "replay__title started_at stopped_at duration_s stream_of",
        called={"replay__title": REPLAY},
        title=_("Recordings of your camera alone"),
    ),
    OwnTable(
        ReplayEvent,
        "at replay__title",
        called={"replay__title": REPLAY},
        in_words=_steps,
        title=_("What you did to replays"),
    ),
    OwnTable(
        Share,
        "replay__title created_at expires_at revoked_at may_download views downloads last_used_at",
        called={"replay__title": REPLAY},
    ),
    OwnTable(
        PlaybackUse,
        "at kind file__replay__title",
        called={"at": _("time"), "kind": _("kind"), "file__replay__title": REPLAY},
        title=_("Replays that you opened"),
    ),
    OwnTable(
        Progress,
        "updated_at file__replay__title position_s watched",
        called={
            "updated_at": _("time"),
            "file__replay__title": REPLAY,
            "position_s": _("stopped at second"),
            "watched": _("watched parts, in seconds"),
        },
        title=_("Which parts of replays you watched"),
    ),
]
