"""The age of the school's last backup."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from edu_platform.backup.latest import is_old, latest_ended_at
from edu_platform.doctor.findings import Finding, check, ok, warning
from edu_platform.lib.formatting import moment_text


@check("backups.age")
def age() -> Iterator[Finding]:
    at = timezone.now()
    ended_at = latest_ended_at()
    advice = _("Have `manage.py backup FOLDER` run every night, and find out why it did not.")
    if ended_at is None:
        yield warning("backups.age", _("There has never been a backup."), advice)
        return
    told = {"moment": moment_text(ended_at, at)}
    if is_old(ended_at, at):
        yield warning("backups.age", _("The latest backup is old: %(moment)s.") % told, advice)
    else:
        yield ok("backups.age", _("The latest backup was finished at %(moment)s.") % told)
