"""Say how long it is kept who watched what; replays themselves are kept as their class group says."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from edu_platform.lib.keeping_times import KeptKind
from replays.models import PlaybackUse, Progress, Replay
from replays.services import trash, watching

WATCHED = KeptKind(
    code="watched",
    name=_("Who watched what of replays"),
    purpose=_("People go on where they stopped, and attendance counts what they watched."),
    default=watching.KEPT,
    shortest=dt.timedelta(days=31),
    reason=_("A replay is watched in the weeks after its class; what it counted stays."),
    forget=watching.forget_old_uses,
    models=(PlaybackUse, Progress),
)
REPLAYS = KeptKind(
    code="replays",
    name=_("Replays"),
    purpose=_("Students see classes again."),
    default=None,
    reason=_("Each class group has its own retention period; without one they are kept for good."),
    models=(Replay,),
    set_at="admin:replays_retention_changelist",
)
DELETED_REPLAYS = KeptKind(
    code="deleted_replays",
    name=_("Deleted replays"),
    purpose=_("A replay that was deleted by mistake is brought back."),
    default=trash.IN_TRASH_FOR,
    reason=_("Pages that delete say so; after it the cloud deletes them too."),
)
KEPT_KINDS = (REPLAYS, DELETED_REPLAYS, WATCHED)
