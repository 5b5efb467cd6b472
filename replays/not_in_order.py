"""Replays that are late or failed, and those that cannot be deleted, for those who look after the school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, Min, Value
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from edu_platform.lib.statements import Statement
from replays.models import ReplayPurge
from replays.overdue import late_count_and_age, late_replays
from replays.services.polling import ask_soon
from schedule.hooks import NotInOrder, Remedy

# A deletion that is refused once or twice may pass the next day.
RESISTING_AFTER = dt.timedelta(days=1)

_RESISTING = Statement(
    lambda until: (
        ReplayPurge.objects.filter(due_at__isnull=False, unreachable_since__lte=until)
        .order_by()
        .values(all=Value(1))
        .annotate(count=Count("pk"), since=Min("unreachable_since"))
        .values_list("count", "since")
    )
)


def late_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Replays that are late or failed, as their page lists them."""
    count, since = late_count_and_age(at)
    if count:
        sentence = ngettext(
            "%(count)s replay is late or failed.", "%(count)s replays are late or failed.", count
        )
        yield NotInOrder(
            sentence % {"count": count},
            reverse("replays:late"),
            since,
            remedy=Remedy(pgettext("not in order", "Check all now"), run=_ask_again),
            kind="replays",
        )


def deletions_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Replays of the trash that are still there after a day of trying."""
    count, since = _RESISTING.first(until=at - RESISTING_AFTER) or (0, None)
    if count:
        sentence = ngettext(
            "%(count)s deleted replay could not be removed for a day.",
            "%(count)s deleted replays could not be removed for a day.",
            count,
        )
        resisting = f"{reverse('admin:replays_replay_changelist')}?bin=resisting"
        remedy = Remedy(pgettext("not in order", "See why"), resisting)
        yield NotInOrder(sentence % {"count": count}, resisting, since, remedy=remedy)


def _ask_again(at: dt.datetime) -> str:
    count = ask_soon(late_replays(at), at)
    if not count:
        return gettext("None of them is checked any more: their page says what can still be done.")
    text = ngettext(
        "A check of %(count)s replay begins.", "A check of %(count)s replays begins.", count
    )
    return text % {"count": count}
