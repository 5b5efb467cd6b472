"""Say how long uploads that nobody finishes are kept; courseware itself is kept until somebody deletes it."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from courseware.models import Courseware, Upload
from courseware.services import uploads
from edu_platform.lib.keeping_times import KeptKind


def forget_old_uploads(at: dt.datetime, _kept: dt.timedelta) -> int:
    """Remove those that have expired, and return how many: each knows when, as every part that comes puts it off."""
    return uploads.remove_expired_uploads(at)


COURSEWARE = KeptKind(
    code="courseware",
    name=_("Courseware"),
    purpose=_("Classes show it, also those of other teachers and of the next years."),
    default=None,
    reason=_("Its owner or the school deletes it; who leaves hands it to the school."),
    models=(Courseware,),
)
UPLOADS = KeptKind(
    code="uploads",
    name=_("Uploads that are not finished"),
    purpose=_("Whose connection broke goes on with the upload."),
    default=uploads.LIFETIME,
    reason=_("Counted from the last part that came: long enough for a weekend."),
    forget=forget_old_uploads,
    models=(Upload,),
)
KEPT_KINDS = (COURSEWARE, UPLOADS)
