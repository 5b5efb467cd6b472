"""Channels for those who look after them: all with their state, and what is not in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import ngettext, pgettext

from edu_platform.lib.backlog import backlog
from schedule.channels.faults import fault_words
from schedule.channels.robot_addresses import service_name
from schedule.enums import ChannelMessageState
from schedule.hooks import NotInOrder, Remedy, counted
from schedule.models import Channel

# One that missed once or twice may have been a moment's matter.
FAILURES_TO_BE_LISTED = 3
# How far back messages are counted that never arrived.
LOST_WITHIN = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ChannelRow:
    channel: Channel
    lost: int

    @property
    def service(self) -> str:
        return service_name(self.channel.schema)

    @property
    def fault(self) -> str:
        """Return what is wrong with it, in words; empty when nothing is."""
        channel = self.channel
        return fault_words(channel.schema, channel.last_fault) if channel.last_fault else ""


def channel_rows(channels: QuerySet[Channel], *, at: dt.datetime) -> list[ChannelRow]:
    """The school's first, then by class group; one query."""
    lost = Count(
        "messages",
        filter=Q(
            messages__state=ChannelMessageState.EXPIRED,
            messages__created_at__gt=at - LOST_WITHIN,
        ),
    )
    rows = channels.select_related("class_group", "added_by").annotate(lost=lost)
    in_order = rows.order_by(F("class_group__name").asc(nulls_first=True), "name", "pk")
    return [ChannelRow(channel, channel.lost) for channel in in_order]


_failing_backlog = backlog(
    lambda: Channel.objects.active().filter(failures__gte=FAILURES_TO_BE_LISTED),
    since="failing_since",
)


def channels_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    """Robots that took nothing for several times in a row."""
    figures = _failing_backlog()
    sentence = ngettext(
        "%(count)s group robot takes no messages.",
        "%(count)s group robots take no messages.",
        figures.count,
    )
    channels = reverse("schedule:channels")
    remedy = Remedy(pgettext("not in order", "Try or replace them"), channels)
    return counted(figures, NotInOrder(sentence, channels, remedy=remedy))
