"""Checks that the words of a page are Chinese, and ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.contrib import admin
from django.db.models import Model

from courseware.filetypes.formats import FORMATS
from schedule.models import FamilyLink, FamilySlips, Guest
from tests.support.pages import Element, read

# Words of Django's catalogue that ours has others for.
OTHERWISE = re.compile("你|注销其他会话")
BLANK_AFTER_POINT = re.compile(r"[，。：；！？、] (?=[\u4e00-\u9fff])")
WORD = re.compile(r"[A-Za-z0-9]*[A-Za-z]{2,}[A-Za-z0-9]*")
# What a reader meets of an element beside its text.
READ_ATTRIBUTES = ("title", "alt", "placeholder", "aria-label")
# Names, formats of files and units have no Chinese.
NAMES = {
    "Chrome",
    "Edge",
    "English",
    "Asia",
    "Shanghai",
    "Excel",
    "PowerPoint",
    "Cookie",
    "ID",
    "TOTP",
}
# The standards by which the school's other systems sign people in.
SIGN_IN = {"OpenID", "Connect", "CAS"}
FORMATS_READ = {"CSV", "XLSX", "JPEG", "PNG", "WebP", "GIF", "PDF", "UTF", "GB18030"}
UNITS = {"KB", "MB", "GB", "MiB", "GiB"}
# What the vendors' own pages call the address of a robot, and how its secret begins.
ROBOTS = {"Webhook", "https", "SEC"}
# The free scheduler whose timetables are imported, and the name that it gives their file.
SCHEDULERS = {"FET", "timetable"}
# Calendars, and the phones that they are on.
CALENDARS = {
    *("Google", "Outlook", "Thunderbird", "Safari", "ICSx", "bitfire"),
    *("calendar", "com", "webcal", "App", "URL", "Web", "Internet"),
    *("iPhone", "iPad", "Mac", "Windows", "HarmonyOS", "NEXT", "vivo", "OPPO"),
}
# What Django's pictures of yes and no are called, and what the school's nicknames put a name for.
GIVEN = {"True", "False", "name"}
# By which what went wrong is found in the log.
REFERENCE = re.compile(r"\b[0-9a-f]{8}\b")
CALLED = ("username", "code", "origin_id", "event_type", "document_id", "filename", "name")
# The audit log shows the codes of these, and the administration has no pages of them.
LOGGED_BY_CODE = (FamilyLink, FamilySlips, Guest)
ALLOWED = {
    word.lower()
    for word in {
        *NAMES,
        *SIGN_IN,
        *FORMATS_READ,
        *UNITS,
        *ROBOTS,
        *SCHEDULERS,
        *CALENDARS,
        *GIVEN,
        *FORMATS,
    }
}


def is_page(answer: Any) -> bool:
    return str(answer.get("Content-Type", "")).startswith("text/html")


def wrong_words(answer: Any, called: set[str]) -> set[str]:
    """The texts with foreign words or wrong blanks on the page that was answered, if it is one."""
    if not is_page(answer):
        return set()
    page = read(answer.content)
    return foreign_words(page, called) | with_blanks(page)


def names_of_objects() -> set[str]:
    """Return what people or the cloud call whatever the administration shows."""
    models: list[type[Model]] = [*admin.site._registry, *LOGGED_BY_CODE]
    names = {
        str(getattr(row, name, "") or "")
        for model in models
        for row in model._default_manager.all()
        for name in CALLED
    }
    return names - {""}


def foreign_words(page: Element, called: set[str]) -> set[str]:
    """Words that are neither Chinese nor allowed, or not ours, with the text in which they stand."""
    names = re.compile("|".join(map(re.escape, sorted(called, key=len, reverse=True))))
    return {" ".join(text.split()) for text in read_texts(page) if _is_foreign(text, names)}


@lru_cache(maxsize=10_000)
def _is_foreign(text: str, names: re.Pattern[str]) -> bool:
    """Most texts stand on every page: they are looked at once."""
    if OTHERWISE.search(text):
        return True
    words = WORD.findall(REFERENCE.sub("", names.sub("", text)))
    return any(word.lower() not in ALLOWED for word in words)


def with_blanks(page: Element) -> set[str]:
    """Paragraphs that go on with a blank after Chinese punctuation; not where one of two parts is hidden."""
    shown = [each.text for each in page.all("p") if not each.all(hidden="")]
    return {text for text in shown if BLANK_AFTER_POINT.search(text)}


def read_texts(page: Element) -> Iterator[str]:
    for element in page.all():
        yield from (element.attrs[name] for name in READ_ATTRIBUTES if name in element.attrs)
        if element.attrs.get("type") in {"submit", "button"}:
            yield element.attrs.get("value", "")
        # Some texts are kept in both languages, and say in which they are.
        if element.tag not in {"script", "style"} and element.attrs.get("lang") != "en":
            yield from (child for child in element.children if isinstance(child, str))
