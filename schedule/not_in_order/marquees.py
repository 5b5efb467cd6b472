"""The running mark, where the cloud has refused it: classes are held without."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext, pgettext

from accounts.models import SchoolSettings
from edu_platform.lib.statements import Statement
from schedule.models import RoomMarquee
from schedule.rooms.marquees import ask_for_marquees_again
from schedule.school_day_hooks import NotInOrder, Remedy

_FIRST_REFUSED = Statement(
    lambda: RoomMarquee.objects.filter(refused_at__isnull=False).order_by("refused_at", "pk")[:1]
)


def marquees_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    """Say once that the cloud refuses the running mark, which the school wants."""
    refused = _FIRST_REFUSED.first()
    if refused is not None and SchoolSettings.load().shows_marquee:
        yield NotInOrder(
            gettext("The cloud has refused the running mark: classes are held without it."),
            "",
            since=refused.refused_at,
            advice=gettext(
                "Buy an edition that has it in the cloud's console, then ask again; or switch it off in the school's settings. Answer of the cloud: %(code)s."
            )
            % {"code": refused.refusal},
            remedy=Remedy(pgettext("not in order", "Ask for it again now"), run=_ask_again),
            kind="marquee",
        )


def _ask_again(at: dt.datetime) -> str:
    ask_for_marquees_again(at)
    return gettext("A worker asks for the running mark now.")
