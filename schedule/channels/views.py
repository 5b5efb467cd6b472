"""The pages of channels: the groups whose robots tell of changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.hooks import OwnLink
from accounts.models import User
from accounts.permissions import Action, may
from edu_platform.lib.http import (
    READ_AND_WRITE,
    form_status,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.violations import violation_in_words
from schedule import access
from schedule.channels import writing as channel_services
from schedule.channels.access import channels_for, get_channel
from schedule.channels.faults import fault_words
from schedule.channels.forms import ChannelAddressForm, NewChannelForm
from schedule.channels.message_queue import TOLD_WITHIN
from schedule.channels.message_words import KEYWORD
from schedule.channels.reading import channel_rows
from schedule.channels.robot_addresses import service_names
from schedule.history.telling_rules import OUTSIDE_WAIT
from schedule.models import Channel


def channel_links(user: User) -> Iterator[OwnLink]:
    """For the profile of those who look after channels."""
    if may(Action.MANAGE_CHANNELS, access.general_relations(user)):
        yield OwnLink(reverse("schedule:channels"), _("Group robots"))


@require_safe
def channels(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.MANAGE_CHANNELS)
    context = {
        "rows": channel_rows(channels_for(request.user), at=timezone.now()),
        "minutes": OUTSIDE_WAIT // dt.timedelta(minutes=1),
        "hours": TOLD_WITHIN // dt.timedelta(hours=1),
    }
    return render(request, "schedule/channels.html", context)


@sensitive_post_parameters("address", "secret")
@require_http_methods(READ_AND_WRITE)
def new(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.MANAGE_CHANNELS)
    form = NewChannelForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form_page(request, form, {})
    try:
        channel = channel_services.add_channel(
            class_group=form.cleaned_data["class_group"],
            name=form.cleaned_data["name"],
            address=form.understood,
            by=request.user,
        )
    except IntegrityError as err:
        form.add_error(None, violation_in_words(err))  # the class group was deleted meanwhile
        return _form_page(request, form, {})
    sentence = _("Added: %(name)s. Send a test message to see whether it arrives.")
    messages.success(request, sentence % {"name": channel.name})
    return _to_list()


@sensitive_post_parameters("address", "secret")
@require_http_methods(READ_AND_WRITE)
def address(request: SignedInRequest, code: str) -> HttpResponse:
    """Another address in place of the one that nobody can see."""
    channel = get_channel(request.user, code)
    form = ChannelAddressForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form_page(request, form, {"channel": channel})
    try:
        channel_services.replace_address(channel, form.understood)
    except Channel.DoesNotExist as err:
        raise Http404 from err  # removed meanwhile
    sentence = _(
        "The address of %(name)s was replaced. Send a test message to see whether it arrives."
    )
    messages.success(request, sentence % {"name": channel.name})
    return _to_list()


@require_post_or_explain("schedule:channels", keeps_arguments=False)
def test(request: SignedInRequest, code: str) -> HttpResponse:
    channel = get_channel(request.user, code)
    fault = channel_services.send_trial(channel, at=timezone.now())
    if fault is None:
        sentence = _("%(name)s took the message: look into the group.")
        messages.success(request, sentence % {"name": channel.name})
    else:
        why = fault_words(channel.schema, fault.fault)
        sentence = _("%(name)s did not take the message. %(why)s")
        messages.error(request, sentence % {"name": channel.name, "why": why})
    return _to_list()


@require_post_or_explain("schedule:channels", keeps_arguments=False)
def pause(request: SignedInRequest, code: str) -> HttpResponse:
    channel = get_channel(request.user, code)
    channel_services.pause_channel(channel)
    messages.success(request, _("%(name)s is told nothing now.") % {"name": channel.name})
    return _to_list()


@require_post_or_explain("schedule:channels", keeps_arguments=False)
def resume(request: SignedInRequest, code: str) -> HttpResponse:
    channel = get_channel(request.user, code)
    channel_services.resume_channel(channel)
    messages.success(request, _("%(name)s is told of changes again.") % {"name": channel.name})
    return _to_list()


@require_post_or_explain("schedule:channels", keeps_arguments=False)
def alarms(request: SignedInRequest, code: str) -> HttpResponse:
    """Switch whether a channel is told of alarms of classes: `on`, 1 or 0."""
    channel = get_channel(request.user, code)
    is_told = request.POST.get("on") == "1"
    channel_services.tell_alarms(channel, is_told=is_told)
    sentence = (
        _("%(name)s is told of alarms of classes now.")
        if is_told
        else _("%(name)s is told of no alarms of classes now.")
    )
    messages.success(request, sentence % {"name": channel.name})
    return _to_list()


@require_http_methods(READ_AND_WRITE)
def remove(request: SignedInRequest, code: str) -> HttpResponse:
    """Ask first: the address is gone then."""
    channel = get_channel(request.user, code)
    if request.method != "POST":
        return render(request, "schedule/channel_remove.html", {"channel": channel})
    channel_services.remove_channel(channel)
    messages.success(request, _("Removed: %(name)s") % {"name": channel.name})
    return _to_list()


def _form_page(
    request: HttpRequest, form: ChannelAddressForm, context: dict[str, object]
) -> HttpResponse:
    defaults = {"form": form, "services": service_names(), "keyword": KEYWORD, "channel": None}
    return render(
        request, "schedule/channel_form.html", defaults | context, status=form_status(form)
    )


def _to_list() -> HttpResponse:
    return see_other(reverse("schedule:channels"))
