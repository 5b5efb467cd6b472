"""Telling groups of alarms: one message an alarm and channel, for those channels that people chose for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import Q

from edu_platform.lib.queueing import enqueue_on_commit
from schedule.channels.message_queue import MESSAGES_A_STATEMENT
from schedule.enums import ChannelMessageState
from schedule.models import Channel, ChannelMessage


def queue_alarm(
    *, cause: str, text: str, class_group_ids: Collection[int], at: dt.datetime
) -> None:
    """Queue a text for the channels of the school and of these class groups; each is told of a cause once.

    To be called in the transaction that notes that the alarm was told.
    """
    of_these = Q(class_group=None) | Q(class_group__in=class_group_ids)
    channels = Channel.objects.active().filter(of_these, tells_alarms=True).order_by("pk")
    # Locked, so that whoever tells of the same cause at the same moment sees what is told here.
    locked = list(channels.select_for_update(of=("self",), no_key=True))
    of_cause = ChannelMessage.objects.filter(channel__in=locked, cause=cause)
    told_channels = set(of_cause.values_list("channel", flat=True))
    messages = [
        ChannelMessage(channel=channel, cause=cause, text=text, created_at=at, due_at=at)
        for channel in locked
        if channel.pk not in told_channels
    ]
    if messages:
        ChannelMessage.objects.bulk_create(messages, batch_size=MESSAGES_A_STATEMENT)
        enqueue_on_commit("schedule.send_channel_messages")


def withdraw_alarm(cause: str, *, at: dt.datetime) -> None:
    """Take back what has not been sent of a cause, and is not being sent."""
    waiting = ChannelMessage.objects.filter(due_at__isnull=False, state=ChannelMessageState.WAITING)
    unsent = waiting.filter(cause=cause)
    unsent.unleased(at=at).update_in_order(state=ChannelMessageState.WITHDRAWN, due_at=None)
