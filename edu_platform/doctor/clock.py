"""Agreement of the clocks of this machine, the database and the cloud."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from classroom.client.clock import SIGNATURES_LAST, cloud_time
from classroom.client.clock_difference import AGREE_WITHIN
from classroom.client.errors import CloudUnavailable
from edu_platform.doctor.findings import Finding, check, error, ok, warning

# Leases and moments that are due are compared with each machine's own clock.
FAR_OFF_AFTER = dt.timedelta(minutes=1)


@check("clock.database")
def database_clock() -> Iterator[Finding]:
    if connection.vendor != "postgresql":
        yield ok("clock.database", _("The database has this machine's clock."))
        return
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (told,) = cursor.fetchone()
    off = told - middle(before, timezone.now())
    yield check_offset("clock.database", off, _("the database"), FAR_OFF_AFTER)


@check("clock.cloud")
def cloud_clock() -> Iterator[Finding]:
    before = timezone.now()
    try:
        told = cloud_time()
    except CloudUnavailable as err:
        yield error(
            "clock.cloud",
            _("The cloud does not say what time it is: %(reason)s") % {"reason": err},
            _("See the lines that begin with cloud: this machine must reach LCIC_ENDPOINT."),
        )
        return
    off = told - middle(before, timezone.now())
    yield check_offset("clock.cloud", off, _("the cloud"), SIGNATURES_LAST)


def middle(before: dt.datetime, after: dt.datetime) -> dt.datetime:
    """Return when the other side looked at its clock, as far as anybody can know."""
    return before + (after - before) / 2


def check_offset(line: str, off: dt.timedelta, whose: str, refused_after: dt.timedelta) -> Finding:
    told = {"seconds": round(abs(off.total_seconds()), 1), "whose": whose}
    if abs(off) <= AGREE_WITHIN:
        return ok(line, _("The clocks of this machine and %(whose)s agree.") % told)
    if off > dt.timedelta():
        text = _("This machine's clock is %(seconds)s s behind %(whose)s.") % told
    else:
        text = _("This machine's clock is %(seconds)s s ahead of %(whose)s.") % told
    advice = _("Have every machine set its clock by NTP (chrony, systemd-timesyncd).")
    if abs(off) < refused_after:
        return warning(line, text, advice)
    return error(line, text, advice)
