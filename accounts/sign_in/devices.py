"""Names of browsers in a few words, by what they say of themselves, for the person who used them.

Browsers name others that they are like, so the first mark that is found counts. What names nothing that
is known here is shown as it came: nothing is guessed.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

SHOWN_CHARS = 60

BROWSERS: tuple[tuple[str, str | Promise], ...] = (
    ("wxwork/", _("WeCom")),
    ("MicroMessenger/", _("WeChat")),
    ("DingTalk/", _("DingTalk")),
    ("Lark/", _("Feishu")),
    ("QQ/", "QQ"),
    ("MQQBrowser/", _("QQ Browser")),
    ("QQBrowser/", _("QQ Browser")),
    ("UCBrowser/", _("UC Browser")),
    ("Quark/", _("Quark")),
    ("HuaweiBrowser/", _("Huawei Browser")),
    ("ArkWeb/", _("Huawei Browser")),
    ("MiuiBrowser/", _("Mi Browser")),
    ("VivoBrowser/", _("vivo Browser")),
    ("HeyTapBrowser/", _("OPPO Browser")),
    ("SamsungBrowser/", _("Samsung Browser")),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: tuple[tuple[str, str | Promise], ...] = (
    ("OpenHarmony", _("HarmonyOS")),
    ("HarmonyOS", _("HarmonyOS")),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_in_words(user_agent: str) -> str:
    """The browser and its system; the beginning of the text itself when neither is known."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    if browser or system:
        return browser or system
    if not user_agent:
        return gettext("not known")
    is_long = len(user_agent) > SHOWN_CHARS
    return f"{user_agent[:SHOWN_CHARS]}…" if is_long else user_agent


def _first(marks: tuple[tuple[str, str | Promise], ...], user_agent: str) -> str:
    return next((str(name) for mark, name in marks if mark in user_agent), "")
