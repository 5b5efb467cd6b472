"""Say how long notices, the audit log, sign-ins and used tickets are kept."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, Notice, Session, UsedTicket
from accounts.services import audit, notices, used_tickets
from edu_platform.lib.keeping_times import KeptKind

SIGNED_IN_FOR = dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)


def forget_old_sessions(at: dt.datetime, _kept: dt.timedelta) -> int:
    """Delete those that have expired, and return how many: each knows when, as visitors' last for an hour."""
    return Session.objects.filter(expire_date__lt=at).delete()[0]


NOTICES = KeptKind(
    code="notices",
    name=_("Notices"),
    purpose=_("People read again what they were told, on the page of their notices."),
    default=notices.KEPT_FOR,
    # Replays are looked for, and told of, for a month.
    shortest=dt.timedelta(days=60),
    reason=_("A notice that is there keeps people from being told of the same thing twice."),
    forget=notices.forget_old,
    models=(Notice,),
)
AUDIT_LOG = KeptKind(
    code="audit_log",
    name=_("Audit log"),
    purpose=_("It says who signed in, and who did what to accounts and in the administration."),
    default=audit.KEPT_FOR,
    # The year that is over and the one before, with a leap year.
    shortest=dt.timedelta(days=2 * 365 + 1),
    reason=_("The yearly report on personal data counts by it, also for the year before."),
    forget=audit.forget_old,
    models=(AuditEntry,),
)
SESSIONS = KeptKind(
    code="sessions",
    name=_("Sign-ins, from which address and with which browser"),
    purpose=_("They keep people signed in, who see and end them on their page."),
    default=SIGNED_IN_FOR,
    reason=_("Counted from the last use: so long a sign-in lasts."),
    forget=forget_old_sessions,
    models=(Session,),
)
USED_TICKETS = KeptKind(
    code="used_tickets",
    name=_("Used tickets of other systems"),
    purpose=_("Nobody signs in twice by one ticket."),
    default=used_tickets.KEPT_FOR,
    reason=_("Counted from the end of the ticket, which is refused from then on anyway."),
    forget=used_tickets.forget_expired,
    models=(UsedTicket,),
)
KEPT_KINDS = (NOTICES, AUDIT_LOG, SESSIONS, USED_TICKETS)
