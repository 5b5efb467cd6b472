"""Say how long the cloud's callbacks are kept."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from classroom.models import CallbackEvent
from classroom.services import purge
from edu_platform.lib.keeping_times import KeptKind

# A recording is asked for so long, and its page says when the cloud told of it.
SHORTEST = dt.timedelta(days=31)

HANDLED_CALLBACKS = KeptKind(
    code="handled_callbacks",
    name=_("Callbacks of the cloud"),
    purpose=_("Operators see what the cloud told, and when."),
    default=purge.KEEP_PROCESSED,
    shortest=SHORTEST,
    reason=_("A replay is looked for for a month, by what the cloud told of its class."),
    forget=purge.purge_processed,
    models=(CallbackEvent,),
)
FAILED_CALLBACKS = KeptKind(
    code="failed_callbacks",
    name=_("Callbacks of the cloud that failed"),
    purpose=_("Administrators try them again once the cause is mended."),
    default=purge.KEEP_DEAD,
    shortest=SHORTEST,
    reason=_("There must be time to mend the cause, holidays included."),
    forget=purge.purge_dead,
    models=(CallbackEvent,),
)
KEPT_KINDS = (HANDLED_CALLBACKS, FAILED_CALLBACKS)
