"""Addresses of channels: what people paste, as their chat shows it, becomes an address of apprise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from apprise import AppriseAsset
from apprise.exception import AppriseException
from apprise.plugins.base import NotifyBase
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from edu_platform.lib.apprise_plugins import find_plugin
from edu_platform.lib.formatting import listed

ADDRESS_CHARS_AT_MOST = 1000
# Only these have names in the interface; any other schema is shown as it stands.
SERVICE_NAMES: dict[str, Promise] = {
    "wecombot": gettext_lazy("WeCom"),
    "dingtalk": gettext_lazy("DingTalk"),
    "feishu": gettext_lazy("Feishu"),
}
WEBHOOK_HOSTS = {
    "qyapi.weixin.qq.com": "wecombot",
    "oapi.dingtalk.com": "dingtalk",
    "open.feishu.cn": "feishu",
}
FEISHU_HOOK = re.compile(r"/open-apis/bot/v2/hook/([A-Za-z0-9_-]+)/?")
TOKEN = re.compile(r"[A-Za-z0-9_-]+")
SECRET = re.compile(r"[A-Za-z0-9]+")

ASSET = AppriseAsset(app_id="edu-platform", app_desc="edu-platform", http_redirects=False)


class AddressRefused(Exception):
    """The pasted text is no address that can be used; the message says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class ChannelAddress:
    schema: str
    # An address of apprise: a secret.
    url: str


def service_name(schema: str) -> str:
    return str(SERVICE_NAMES.get(schema, schema))


def service_names() -> str:
    """The services that channels may be at, for a sentence."""
    return listed(service_name(schema) for schema in settings.NOTIFY_SCHEMAS)


def understand_address(pasted: str, *, secret: str = "") -> ChannelAddress:
    """The channel that people mean by the address of its robot, and by the secret of its signature.

    Raises:
        AddressRefused: it is none that can be used.
    """
    try:
        parts = urlsplit(pasted.strip())
        host = parts.hostname or ""
        query = parse_qs(parts.query)
    except ValueError as err:
        raise AddressRefused(_unknown()) from err
    if parts.scheme in {"http", "https"}:
        address = _of_webhook(host, parts.path, query, secret=secret.strip())
    elif parts.scheme:
        address = _with_secret(ChannelAddress(parts.scheme, pasted.strip()), secret.strip())
    else:
        raise AddressRefused(_unknown())
    if address.schema not in settings.NOTIFY_SCHEMAS:
        raise AddressRefused(
            _("This platform writes to %(services)s only.") % {"services": service_names()}
        )
    if make_plugin(address.url) is None:
        raise AddressRefused(_("The address is not complete, or has letters that no such one has."))
    return address


def make_plugin(url: str) -> NotifyBase | None:
    """Apprise's plugin for an address of its own; None when that is none."""
    plugin = find_plugin(schema_of(url))
    parts = None if plugin is None else plugin.parse_url(url)
    if plugin is None or not parts:
        return None
    try:
        return plugin(**{**parts, "asset": ASSET})
    except (AppriseException, TypeError, ValueError):
        return None


def schema_of(url: str) -> str:
    return url.partition("://")[0].lower()


def _unknown() -> str:
    return _(
        "This is not the address of a robot. Copy the webhook address that the group's settings show, from https:// to its end. Services that can be used here: %(services)s."
    ) % {"services": service_names()}


def _of_webhook(
    host: str, path: str, query: dict[str, list[str]], *, secret: str
) -> ChannelAddress:
    schema = WEBHOOK_HOSTS.get(host, "")
    token = ""
    if schema == "wecombot" and path == "/cgi-bin/webhook/send":
        token = query.get("key", [""])[0]
    elif schema == "dingtalk" and path == "/robot/send":
        token = query.get("access_token", [""])[0]
    elif schema == "feishu" and (match := FEISHU_HOOK.fullmatch(path)):
        token = match[1]
    if not TOKEN.fullmatch(token):
        raise AddressRefused(_unknown())
    return _with_secret(ChannelAddress(schema, f"{schema}://{token}"), secret)


def _with_secret(address: ChannelAddress, secret: str) -> ChannelAddress:
    """DingTalk's robots may ask for a signature; those of the others are protected in other ways."""
    if not secret:
        return address
    if address.schema != "dingtalk":
        raise AddressRefused(
            _(
                "Only robots of DingTalk take a secret here. At Feishu choose a custom keyword instead of a signature: 课程表."
            )
        )
    if not SECRET.fullmatch(secret) or "@" in address.url:
        raise AddressRefused(
            _("This is not the secret of a robot of DingTalk: it begins with SEC.")
        )
    return ChannelAddress("dingtalk", address.url.replace("://", f"://{quote(secret)}@", 1))
