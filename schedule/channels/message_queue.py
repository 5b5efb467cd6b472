"""Telling groups of changes: one message an action and channel, held back for a while, then sent by a worker."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from edu_platform.lib.due import (
    MOST_ATTEMPTS,
    DueLoop,
    DueQuerySet,
    NotReached,
    Rules,
    exponential,
)
from edu_platform.lib.queueing import enqueue_on_commit
from schedule.channels.faults import LIMITED_FOR, MESSAGES_A_MINUTE, ChannelFault
from schedule.channels.message_words import GroupNews, message_text, news_of
from schedule.channels.robot_requests import send_to
from schedule.enums import ChannelMessageState
from schedule.history.telling_rules import told_outside_at
from schedule.models import Channel, ChannelMessage, Lesson, LessonChange, PlanningAction

MESSAGES_A_RUN = 200
# Longer than the slowest answer takes; a message whose sender was killed is due again afterwards.
LEASE = dt.timedelta(minutes=2)
A_MINUTE = dt.timedelta(minutes=1)
# Later a change is no news in a group any more; its people have read it on the site.
TOLD_WITHIN = dt.timedelta(hours=6)
# An alarm is over by then, or somebody has seen it on the site.
ALARM_TOLD_WITHIN = dt.timedelta(minutes=30)
FIRST_RETRY = A_MINUTE
LAST_RETRY = dt.timedelta(hours=1)
SENDING = Rules(
    name="messages to channels",
    limit_s=50,  # about the pause between two runs
    expected=(ChannelFault,),
)
# How long what became of messages can be looked up, unless the school chooses otherwise (`schedule.kept_kinds`).
KEPT_FOR = dt.timedelta(days=30)
MESSAGES_A_STATEMENT = 500
# The columns of a channel of which nothing bad is known.
HEALTHY: dict[str, Any] = {"failing_since": None, "failures": 0, "last_fault": "", "retry_at": None}


# --- What is to be told -------------------------------------------------------------------------


@transaction.atomic
def queue_messages(
    action: PlanningAction, changes: Sequence[LessonChange], *, at: dt.datetime
) -> None:
    """Queue messages that tell the groups what an action did; a channel that was told of it already is left out.

    What was not sent yet of the same lessons is told as one with it, or, where it is undone, not at all. An
    action of which nobody is to be told mends what is not sent yet, and tells nothing of its own.
    """
    news = news_of(changes, at=at)
    channels = _channels_for(action, news.values()) if news else []
    if not channels:
        return
    waiting = _waiting_messages(channels)
    new_messages = []
    for channel in channels:
        mine = _news_for(channel, news)
        net = _together_with_unsent(waiting.get(channel.pk, []), mine, is_told=action.is_told)
        new_messages.append(_message(channel, action, net, at=at))
    ChannelMessage.objects.bulk_create(new_messages, batch_size=MESSAGES_A_STATEMENT)
    _save_taken(message for channel_messages in waiting.values() for message in channel_messages)
    if any(message.due_at is not None and message.due_at <= at for message in new_messages):
        enqueue_on_commit("schedule.send_channel_messages")


def _channels_for(action: PlanningAction, news: Iterable[GroupNews]) -> list[Channel]:
    """Locked: who plans at the same moment tells after this, and sees what waits by then."""
    group_ids = {pk for group_news in news for pk in group_news.class_group_ids}
    told_channels = ChannelMessage.objects.filter(action=action).values("channel")
    channels = Channel.objects.active().filter(Q(class_group=None) | Q(class_group__in=group_ids))
    locked = channels.exclude(pk__in=told_channels).select_for_update(of=("self",), no_key=True)
    return list(locked.order_by("pk"))


def _waiting_messages(channels: Sequence[Channel]) -> dict[int, list[ChannelMessage]]:
    """Return the messages of actions that nobody is sending at the moment, the oldest first, by the channel's key."""
    waiting = ChannelMessage.objects.unleased(at=timezone.now()).filter(
        channel__in=channels, state=ChannelMessageState.WAITING, cause=""
    )
    messages_by_channel: dict[int, list[ChannelMessage]] = {}
    for message in waiting.select_for_update(of=("self",), no_key=True).order_by("pk"):
        messages_by_channel.setdefault(message.channel_id, []).append(message)
    return messages_by_channel


def _news_for(channel: Channel, news: Mapping[str, GroupNews]) -> dict[str, GroupNews]:
    if channel.class_group_id is None:
        return dict(news)
    return {
        code: group_news
        for code, group_news in news.items()
        if channel.class_group_id in group_news.class_group_ids
    }


def _together_with_unsent(
    waiting: Sequence[ChannelMessage], news: Mapping[str, GroupNews], *, is_told: bool
) -> dict[str, GroupNews]:
    """The news with what was not told yet of the same lessons, which is taken from its messages."""
    net, unsent = dict(news), set()
    for message in reversed(waiting):
        for code in net.keys() & message.lessons.keys():
            net[code] = net[code].since(GroupNews.read(message.lessons.pop(code)))
            unsent.add(code)
    return {
        code: group_news
        for code, group_news in net.items()
        if group_news.kinds and (is_told or code in unsent)
    }


def _message(
    channel: Channel, action: PlanningAction, news: Mapping[str, GroupNews], *, at: dt.datetime
) -> ChannelMessage:
    """The message; one that has nothing to tell is kept as well, as a mark that the action was told."""
    sides = [side for group_news in news.values() for side in group_news.sides]
    return ChannelMessage(
        channel=channel,
        action=action,
        lessons={code: group_news.kept() for code, group_news in news.items()},
        state=ChannelMessageState.WAITING if news else ChannelMessageState.WITHDRAWN,
        created_at=at,
        due_at=told_outside_at(sides, at=at) if news else None,
    )


def _save_taken(messages: Iterable[ChannelMessage]) -> None:
    """Save what is left of unsent messages; those of which nothing is left are withdrawn."""
    changed = list(messages)
    for message in changed:
        if not message.lessons:
            message.state, message.due_at = ChannelMessageState.WITHDRAWN, None
    columns = ["lessons", "state", "due_at"]
    ChannelMessage.objects.bulk_update(changed, columns, batch_size=MESSAGES_A_STATEMENT)


# --- Sending ------------------------------------------------------------------------------------


def messages_to_send(at: dt.datetime) -> DueQuerySet[ChannelMessage]:
    """Messages of channels whose turn it is: one that fails has pauses of its own."""
    now = Q(channel__retry_at=None) | Q(channel__retry_at__lte=at)
    return ChannelMessage.objects.filter(now, channel__is_active=True)


def send_due_messages(at: dt.datetime) -> int:
    """Send what is due, and return how much that was. Never to be called inside a transaction."""
    run = _SendingRun(at)
    loop = DueLoop(
        rules=SENDING,
        rows=ChannelMessage.objects.all(),
        lease=LEASE,
        pause=_pause,
        failed=_note_failed,
    )
    return loop.run(run.due(), run.send, at).done


class _SendingRun:
    """One run: a channel that fails in it is left alone, and none gets more than its robot takes."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        self._failed: set[int] = set()
        # By the index of their age: what was made before cannot have been sent since.
        recent = ChannelMessage.objects.filter(
            created_at__gt=at - TOLD_WITHIN - A_MINUTE, sent_at__gt=at - A_MINUTE
        )
        self._sent = Counter(recent.values_list("channel", flat=True))

    def due(self) -> Iterable[ChannelMessage]:
        """Return messages of channels whose turn it is; those that failed of late come last."""
        full = [pk for pk, count in self._sent.items() if count >= MESSAGES_A_MINUTE]
        due = messages_to_send(self.at).due(self.at)
        return due.exclude(channel__in=full)[:MESSAGES_A_RUN]

    def send(self, message: ChannelMessage) -> None:
        channel_id = message.channel_id
        if channel_id in self._failed or self._sent[channel_id] >= MESSAGES_A_MINUTE:
            raise NotReached
        try:
            self._sent[channel_id] += _send(message)
        except ChannelFault:
            self._failed.add(channel_id)
            raise


def _send(leased: ChannelMessage) -> bool:
    """Send a message as it stands now, and return whether that was done."""
    rows = ChannelMessage.objects.select_related("channel", "action").filter(pk=leased.pk)
    message = rows.first()
    # None: its channel was removed.
    if message is None or message.state != ChannelMessageState.WAITING:
        return False
    if expires_at(message) <= timezone.now():
        _close(message, ChannelMessageState.EXPIRED)
        return False
    send_to(message.channel, _text_of(message))
    _close(message, ChannelMessageState.SENT, sent_at=timezone.now())
    note_success(message.channel, at=timezone.now())
    return True


def _text_of(message: ChannelMessage) -> str:
    if message.action is None:
        return message.text
    news = {code: GroupNews.read(contents) for code, contents in message.lessons.items()}
    return message_text(message.action, news, is_deleted=_is_deleted(news))


def _is_deleted(news: Mapping[str, GroupNews]) -> bool:
    return len(news) == 1 and not Lesson.objects.filter(code__in=news).exists()


def _close(message: ChannelMessage, state: ChannelMessageState, **more: dt.datetime) -> None:
    ChannelMessage.objects.filter(pk=message.pk).update(state=state, **more)


def expires_at(message: ChannelMessage) -> dt.datetime:
    return message.created_at + (TOLD_WITHIN if message.action_id else ALARM_TOLD_WITHIN)


def _pause(message: ChannelMessage, err: Exception, at: dt.datetime) -> dt.timedelta | None:
    """A channel that fails has pauses of its own, which go for all of its messages."""
    is_channels = isinstance(err, ChannelFault)
    pause = FIRST_RETRY if is_channels else exponential(message.attempts, FIRST_RETRY, LAST_RETRY)
    return pause if at + pause < expires_at(message) else None


def _note_failed(message: ChannelMessage, err: Exception, at: dt.datetime) -> None:
    if _pause(message, err, at) is None:
        _close(message, ChannelMessageState.EXPIRED)
    if isinstance(err, ChannelFault):
        note_failure(message.channel, err, at=at)


# --- The state of a channel -----------------------------------------------------------------------


def note_success(channel: Channel, *, at: dt.datetime) -> None:
    Channel.objects.filter(pk=channel.pk).update(last_success_at=at, **HEALTHY)


def note_failure(channel: Channel, fault: ChannelFault, *, at: dt.datetime) -> None:
    """Leave the channel alone for a while: ever longer, unless it just had too much at once."""
    rows = Channel.objects.filter(pk=channel.pk)
    if fault.is_limit:
        rows.update(retry_at=at + LIMITED_FOR)
        return
    current = rows.first()
    if current is None:
        return
    failures = min(current.failures + 1, MOST_ATTEMPTS)
    rows.update(
        failures=failures,
        failing_since=current.failing_since or at,
        last_fault=fault.fault,
        retry_at=at + exponential(failures, FIRST_RETRY, LAST_RETRY),
    )


def forget_old_messages(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what is older, and return how much that was."""
    old = ChannelMessage.objects.filter(created_at__lt=at - length)
    forgotten = 0
    while some := list(old.order_by("pk").values_list("pk", flat=True)[:MESSAGES_A_STATEMENT]):
        forgotten += ChannelMessage.objects.filter(pk__in=some).delete()[0]
    return forgotten
