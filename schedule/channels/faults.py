"""Faults of a channel, as they are kept and in words: never with an address or an answer."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

# A group hears no more of us in a minute than its robot takes: 20 at WeCom and DingTalk.
MESSAGES_A_MINUTE = 18
# How long DingTalk takes nothing after it was told too much in a minute.
LIMITED_FOR = dt.timedelta(minutes=10)

SILENT = "silent"
UNREADABLE = "unreadable"
NOT_ALLOWED = "not_allowed"
LIMITED = "limited"
REDIRECT = "redirect"
STATUS = "status"  # with the number, as in "status:500"
CODE = "code"

# As the vendors' documentation has them, by schema.
LIMIT_CODES = {
    "wecombot": {45009},
    "dingtalk": {130101},
    "feishu": {9499, 11232},
}
GONE_CODES = {
    "wecombot": {93000},
    "dingtalk": {300001, 300005, 400101, 400102},
    "feishu": {19001},
}
SECURITY_CODES = {
    "dingtalk": {310000},
    "feishu": {19021, 19022, 19024},
}


class ChannelFault(Exception):
    """A channel takes no message; the text is one of the faults here."""

    @property
    def fault(self) -> str:
        return str(self)

    @property
    def is_limit(self) -> bool:
        return self.fault == LIMITED


def fault_words(schema: str, fault: str) -> str:
    """Return what is wrong, and what to do about it, in the language of the page."""
    kind, _colon, number = fault.partition(":")
    if kind == CODE:
        return _code_words(schema, int(number))
    words = {
        SILENT: _("Its server does not answer."),
        UNREADABLE: _(
            "Its address can no longer be read, since the platform's key was changed. Replace the address."
        ),
        NOT_ALLOWED: _("Its service is no longer among those that this platform writes to."),
        LIMITED: _("It got too many messages at once; the rest follows later."),
        REDIRECT: _("Its server sends us to another address, where we do not go."),
        STATUS: _("Its server refuses the message (status %(number)s).") % {"number": number},
    }
    return words.get(kind, fault)


def _code_words(schema: str, code: int) -> str:
    if code in GONE_CODES.get(schema, ()):
        explanation = _("The robot is gone, or the address is wrong. Replace the address.")
    elif code in SECURITY_CODES.get(schema, ()):
        explanation = _(
            "The robot's security settings refuse the message. Allow the keyword 课程表 there, or enter the secret of its signature here."
        )
    else:
        explanation = _("The robot refuses the message.")
    return _("%(told)s (code %(code)s)") % {"told": explanation, "code": code}
