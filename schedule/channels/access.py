"""The channels of class groups: the only door from a request to one."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from accounts.permissions import Action, may
from schedule.access import general_relations
from schedule.models import Channel


def channels_for(user: User) -> QuerySet[Channel]:
    """The channels that a person looks after: all, or none."""
    is_theirs = may(Action.MANAGE_CHANNELS, general_relations(user))
    return Channel.objects.all() if is_theirs else Channel.objects.none()


def get_channel(user: User, code: str) -> Channel:
    """The channel of this code, for those who look after channels.

    Raises:
        Http404: there is none, or not for this person.
    """
    channel = channels_for(user).select_related("class_group").filter(code=code).first()
    if channel is None:
        raise Http404
    return channel
