"""Sending to a channel: by apprise's plugins, through requests of our own.

The plugins take any answer with status 200 for a success, follow redirects when an address says so, and know
no limit for the whole of an answer. So they are given requests that are bounded and lead nowhere else, and
what was answered is read here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import requests
from apprise.common import NotifyFormat
from apprise.plugins.base import NotifyBase
from django.conf import settings

from edu_platform.lib.bounded_http import Answer, BoundedHttp, NoUsableAnswer
from edu_platform.lib.secret_text import Unreadable
from schedule.channels import faults
from schedule.channels.faults import ChannelFault
from schedule.channels.robot_addresses import make_plugin, schema_of
from schedule.models import Channel

HTTP = BoundedHttp()
# Where the answers of these say that a message was taken: zero.
CODE_KEYS = {"wecombot": ("errcode",), "dingtalk": ("errcode",), "feishu": ("code", "StatusCode")}
# An answer that is none of the vendor's, such as the page of a proxy.
NO_CODE = -1
CODES_BELOW = 10**10

_answers: ContextVar[list[Answer] | None] = ContextVar("answers", default=None)


class PluginRequests:
    """The `requests` of a plugin's module, as much of it as plugins use."""

    codes = requests.codes
    RequestException = requests.RequestException

    def post(self, url: str, **sent: Any) -> requests.Response:
        return self.request("POST", url, **sent)

    def request(
        self,
        method: str,
        url: str,
        *,
        data: Mapping[str, str] | str | bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_own: Any,
    ) -> requests.Response:
        """Ask within our bounds: time limits, redirects and checks of certificates are not the address's."""
        answer = HTTP.ask(method, url, params=params, data=data, headers=headers, auth=auth)
        if (heard := _answers.get()) is not None:
            heard.append(answer)
        response = requests.Response()
        response.status_code, response._content = answer.status, answer.body  # noqa: SLF001 -- no server to read from
        return response


PLUGIN_REQUESTS = PluginRequests()


def send_to(channel: Channel, text: str) -> None:
    """Send a text, without holding a connection of the database.

    Raises:
        ChannelFault: the channel did not take it.
    """
    try:
        url = channel.read_address()
    except Unreadable:
        raise ChannelFault(faults.UNREADABLE) from None
    schema = schema_of(url)
    plugin = make_plugin(url) if schema in settings.NOTIFY_SCHEMAS else None
    if plugin is None:
        raise ChannelFault(faults.NOT_ALLOWED)
    is_content, heard = _heard_of(plugin, text)
    _judge(schema, heard, is_content=is_content)


def _heard_of(plugin: NotifyBase, text: str) -> tuple[bool, list[Answer]]:
    """Send with the plugin; return whether it was content, and what it was answered."""
    # Nothing of apprise sets it back, and everything here wants the same.
    sys.modules[type(plugin).__module__].requests = PLUGIN_REQUESTS  # type: ignore[attr-defined] # where plugins look
    heard: list[Answer] = []
    token = _answers.set(heard)
    try:
        is_content = plugin.notify(body=text, body_format=NotifyFormat.TEXT)
    except NoUsableAnswer:
        # The plugin's frames hold the address.
        raise ChannelFault(faults.SILENT) from None
    finally:
        _answers.reset(token)
    return bool(is_content), heard


def _judge(schema: str, heard: list[Answer], *, is_content: bool) -> None:
    """Check that the message was taken.

    Raises:
        ChannelFault: an answer says that the message was not taken.
    """
    if not heard:
        raise ChannelFault(faults.SILENT)
    for answer in heard:
        if answer.status == 429:
            raise ChannelFault(faults.LIMITED)
        if 300 <= answer.status < 400:
            raise ChannelFault(faults.REDIRECT)
        if not 200 <= answer.status < 300:
            raise ChannelFault(f"{faults.STATUS}:{answer.status}")
        code = _code_of(schema, answer.body)
        if code in faults.LIMIT_CODES.get(schema, ()):
            raise ChannelFault(faults.LIMITED)
        if code:
            raise ChannelFault(f"{faults.CODE}:{code}")
    if not is_content:
        raise ChannelFault(f"{faults.STATUS}:{heard[-1].status}")


def _code_of(schema: str, body: bytes) -> int:
    """The vendor's own code in an answer; zero where the message was taken."""
    if schema not in CODE_KEYS:
        return 0
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        return NO_CODE
    reply = reply if isinstance(reply, dict) else {}
    codes = [reply[key] for key in CODE_KEYS[schema] if key in reply]
    # Neither yes or no, which Python counts as numbers, nor what no column holds.
    is_code = codes and type(codes[0]) is int and abs(codes[0]) < CODES_BELOW
    return codes[0] if is_code else NO_CODE
