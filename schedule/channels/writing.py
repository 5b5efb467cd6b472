"""Channels as planners look after them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.models import SchoolSettings, User
from schedule.channels.faults import ChannelFault
from schedule.channels.message_queue import HEALTHY, note_failure, note_success
from schedule.channels.message_words import trial_text
from schedule.channels.robot_addresses import ChannelAddress
from schedule.channels.robot_requests import send_to
from schedule.enums import ChannelMessageState
from schedule.models import Channel, ChannelMessage, ClassGroup, lock_channels_to_delete


def add_channel(
    *, class_group: ClassGroup | None, name: str, address: ChannelAddress, by: User
) -> Channel:
    channel = Channel(class_group=class_group, name=name, schema=address.schema, added_by=by)
    channel.set_address(address.url)
    channel.save()
    return channel


def replace_address(channel: Channel, address: ChannelAddress) -> None:
    """Give a channel another address; what failed and went well with the old one says nothing of it.

    Raises:
        Channel.DoesNotExist: it was removed meanwhile.
    """
    channel.set_address(address.url)
    columns = {"encrypted_address": channel.encrypted_address, "schema": address.schema}
    untried = {**HEALTHY, "last_success_at": None}
    if not Channel.objects.filter(pk=channel.pk).update(**columns, **untried):
        raise Channel.DoesNotExist


def send_trial(channel: Channel, *, at: dt.datetime) -> ChannelFault | None:
    """Send a message now, and return what went wrong. Never to be called inside a transaction."""
    group = channel.class_group
    text = trial_text(
        class_group_name="" if group is None else group.name,
        school_name=SchoolSettings.load().school_name,
    )
    try:
        send_to(channel, text)
    except ChannelFault as fault:
        note_failure(channel, fault, at=at)
        return fault
    note_success(channel, at=at)
    return None


@transaction.atomic
def pause_channel(channel: Channel) -> None:
    """Tell this channel nothing any more, what waits for it included."""
    Channel.objects.filter(pk=channel.pk).update(is_active=False)
    waiting = ChannelMessage.objects.filter(channel=channel, state=ChannelMessageState.WAITING)
    waiting.update_in_order(state=ChannelMessageState.WITHDRAWN, due_at=None)


def resume_channel(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(is_active=True, **HEALTHY)


@transaction.atomic
def tell_alarms(channel: Channel, *, is_told: bool) -> None:
    """Have this channel told of alarms of classes, or not any more, what waits for it included."""
    Channel.objects.filter(pk=channel.pk).update(tells_alarms=is_told)
    if not is_told:
        waiting = ChannelMessage.objects.filter(channel=channel, state=ChannelMessageState.WAITING)
        waiting.exclude(cause="").update_in_order(state=ChannelMessageState.WITHDRAWN, due_at=None)


@transaction.atomic
def remove_channel(channel: Channel) -> None:
    """Remove a channel with its messages; one that was removed meanwhile is no fault."""
    rows = Channel.objects.filter(pk=channel.pk)
    lock_channels_to_delete(rows)
    rows.delete()
