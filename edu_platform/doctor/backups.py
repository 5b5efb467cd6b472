"""When the school was last backed up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from edu_platform.doctor.findings import Finding, check, ok, warning
from edu_platform.lib.formatting import moment_text
from edu_platform.models import Backup

# One a day, and two hours for a late or slow one.
OLD_AFTER = dt.timedelta(hours=26)


@check("backups.age")
def age() -> Iterator[Finding]:
    at = timezone.now()
    latest = Backup.objects.order_by("-ended_at").first()
    advice = _("Have `manage.py backup FOLDER` run every night, and find out why it did not.")
    if latest is None:
        yield warning("backups.age", _("There has never been a backup."), advice)
        return
    told = {"moment": moment_text(latest.ended_at, at)}
    if at - latest.ended_at > OLD_AFTER:
        yield warning("backups.age", _("The latest backup is old: %(moment)s.") % told, advice)
    else:
        yield ok("backups.age", _("The latest backup was finished at %(moment)s.") % told)
