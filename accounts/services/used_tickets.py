"""Uses of what works once, such as hand-over tickets and logout tokens; kept until these have expired anyway."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from accounts.models import UsedTicket

# Beyond its end, in case a clock of ours is set back.
KEPT_FOR = dt.timedelta(days=1)
# One statement, which decides between two who come at once, and which fails in no transaction.
_USE = (
    "INSERT INTO accounts_usedticket (issuer, ticket_id, expires_at)"
    " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)


def use(*, issuer: str, ticket_id: str, expires_at: dt.datetime) -> bool:
    """Note that a ticket is used; False when it was used before."""
    moment = connection.ops.adapt_datetimefield_value(expires_at)
    with connection.cursor() as cursor:
        cursor.execute(_USE, [issuer, ticket_id, moment])
        return bool(cursor.rowcount)


def forget_expired(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what is refused as expired anyway, and return how many that were."""
    return UsedTicket.objects.filter(expires_at__lt=at - length).delete()[0]
