"""The settings of the environment in words, for pages: whoever reads these does not look after the server.

The command keeps the names, since it is read where they are changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from edu_platform import env
from edu_platform.doctor.findings import Finding, Level

NOUNS: Mapping[str, StrPromise] = {
    "ALLOWED_HOSTS": _("list of allowed hosts"),
    "DATABASE_URL": _("address of the database"),
    "DEBUG": _("debug mode"),
    "DEFAULT_FROM_EMAIL": _("sender of mails"),
    "EMAIL_URL": _("address of the mail server"),
    "LCIC_APPLICATION_ID": _("application id of the cloud's console"),
    "LCIC_CALLBACK_KEY": _("callback key"),
    "LCIC_DEVELOPER_ID": _("developer id of the cloud's console"),
    "LCIC_ENDPOINT": _("address of the cloud's interface"),
    "LCIC_SDK_APP_ID": _("application number of the cloud"),
    "LCIC_SECRET_ID": _("id of the cloud's key"),
    "LCIC_SECRET_KEY": _("secret of the cloud's key"),
    "LCIC_VOD_KEY": _("hot-link key"),
    "MEDIA_ROOT": _("folder of files"),
    "PUBLIC_BASE_URL": _("public address"),
    "REDIS_URL": _("address of Redis"),
    "REPLAY_DELIVERY": _("delivery of replays"),
    "REPLAY_HOSTS": _("list of replay hosts"),
    "SECRET_KEY": _("secret key of the platform"),
    "STORAGE_URL": _("address of the storage"),
    "TRUSTED_PROXIES": _("number of trusted proxies"),
    "WEB_CONCURRENCY": _("number of web processes"),
    "WORKER_CONCURRENCY": _("number of worker processes"),
}
ANY_OTHER = _("setting of the environment")
# An English sentence has another word than “the” before some of them.
NAME = re.compile(r"(?P<before>\b(?:this|another) )?(?<!\w)(?P<name>[A-Z][A-Z0-9_]{4,})(?!\w)")
# Chinese stands without blanks, which Latin letters have around them.
BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
# The line that is about names and nothing else.
LINE_OF_NAMES = "settings.names"


def in_words_of_pages(finding: Finding) -> tuple[str, str]:
    """Return what was found and what to do, without names of the environment."""
    if finding.check == LINE_OF_NAMES and finding.level is not Level.OK:
        said = gettext("A setting of the environment is misspelt, or nobody reads it.")
        return said, gettext("`manage.py doctor` says which one: correct it, or take it away.")
    return without_variables(finding.text), without_variables(finding.advice)


def without_variables(text: str) -> str:
    """Return a sentence of the doctor that says in words which settings it means."""
    return BETWEEN_HAN.sub("", NAME.sub(_in_words, text))


def _in_words(match: re.Match[str]) -> str:
    name, before = match["name"], match["before"] or ""
    if name not in NOUNS and name not in env.read_names:
        return match[0]
    noun = str(NOUNS.get(name, ANY_OTHER))
    words = before + noun if before else gettext("the %(setting)s") % {"setting": noun}
    begins_sentence = match.start() == 0 or match.string[: match.start()].endswith(". ")
    return capfirst(words) if begins_sentence else words
