"""Channels for those who look after them: all with their state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from schedule.channels.faults import fault_words
from schedule.channels.robot_addresses import service_name
from schedule.enums import ChannelMessageState
from schedule.models import Channel

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
    in_order = rows.order_by(F("class_group__name_key").asc(nulls_first=True), "name", "pk")
    return [ChannelRow(channel, channel.lost) for channel in in_order]
