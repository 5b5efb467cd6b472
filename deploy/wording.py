"""`python -m deploy.wording`: the words of the catalogues, as `docs/glossary.md` has them.

Fails when a text uses a word that the glossary has another one for, is set otherwise than the glossary
says, or speaks to teachers or students of the cloud.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from babel.messages.catalog import Message

from deploy import messages

GLOSSARY = Path("docs") / "glossary.md"
HEAD = "Chinese"  # of the first column

HAN = "\u4e00-\u9fff"
NO_BLANK = re.compile(rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]")
HALF_WIDTH = re.compile(rf"[{HAN}][,;:!?]|[{HAN}]\.(?![A-Za-z0-9])")
BLANK_AFTER_POINT = re.compile(r"[，。：；！？、] ")
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|\{(\w+)\}")
# These stand for Chinese words at one end or at both: "约 5 秒", "2 小时", "第 2 段".
CHINESE_PLACEHOLDERS = frozenset(
    {
        *("age", "wait", "label", "sharer", "parity", "weekday", "other", "whose"),
        # What Django calls our models and their fields.
        *("verbose_name", "module_name", "objects_name", "items", "fields"),
    }
)
# How these look is fixed: lists of replays and the weeks of terms show them so, and a nickname stays what it was.
FIXED_TEXTS = frozenset(
    {
        "%(count)s a page",
        # The name is that of a model.
        *("Add %(name)s", "%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
        *("Added {name} “{object}”.", "Deleted {name} “{object}”."),
        "Changed {fields} for {name} “{object}”.",
        "The {name} “{obj}” was added successfully.",
        "The {name} “{obj}” was changed successfully.",
        "The %(name)s “%(obj)s” was deleted successfully.",
        # Both stand for "4 位老师", or for names.
        "Concerns %(staff)s and %(students)s.",
        # Statutory days, by the names that are kept of them.
        *("70th anniversary of victory", "Make-up day for %(holiday)s"),
        # Days, and whose lessons they have: "周四、周五放假".
        *("%(days)s: holiday", "%(days)s: school day", "%(days)s: lessons of %(weekday)s"),
        "%(count)s download",
        "%(count)s view",
        "%(count)s file (%(size)s)",
        "Participant %(code)s",
        "Period %(number)s",
        "Period %(number)s, %(starts)s–%(ends)s",
        "Start of period %(number)s",
        "End of period %(number)s",
        "Periods %(first)s–%(last)s",
        "Week %(number)s",
        "Week %(week)s, %(parity)s",
        "Week %(week)s, %(parity)s, makes up for %(weekday)s",
        "weeks %(weeks)s",
    }
)

# Only staff read of the cloud and its callbacks: here, and in texts with this context.
STAFF_CONTEXT = "staff"
STAFF_PLACES = (
    "accounts/admin/",
    "accounts/enums.py",  # what the cloud knows of a person
    "accounts/models/",  # names of fields, which the administration shows
    "accounts/management/",
    "attendance/kept_kinds.py",
    "classroom/",
    "courseware/admin.py",
    "courseware/models/",
    "edu_platform/doctor/",
    "edu_platform/management/",
    "edu_platform/start/",
    "replays/admin/",
    "replays/models/",
    "replays/kept_kinds.py",
    "schedule/admin.py",
    "schedule/rooms/admin.py",
    "schedule/enums.py",  # why a room was made
    "schedule/management/",
    "schedule/models/",
    "schedule/not_in_order/",
    "schedule/people/",
    "templates/admin/",
    "templates/people/",
    "templates/start/",
)
OF_THE_CLOUD = re.compile(r"云|回调|\bcloud|\bcallback", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is not used, and the one that stands for it."""

    banned: str
    used: str
    # Words of the glossary that hold it: 总课表 holds 课表.
    within: tuple[str, ...] = ()

    def is_in(self, text: str) -> bool:
        if self.banned.isascii():
            return bool(_pattern_of(self.banned).search(text))
        for word in self.within:
            text = text.replace(word, "")
        return self.banned in text


@functools.cache
def _pattern_of(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}s?\b", re.IGNORECASE)


def terms_of(glossary: str) -> tuple[list[Term], list[Term]]:
    """Return the words that Chinese texts do not use, and those that English ones do not."""
    chinese: list[Term] = []
    english: list[Term] = []
    for line in glossary.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        is_row = line.startswith("|") and len(cells) == 5 and cells[0] != HEAD
        if not is_row or set(cells[0]) <= {"-"}:
            continue
        for terms, banned, used in ((chinese, cells[3], cells[0]), (english, cells[4], cells[1])):
            terms += [Term(word.strip(), used) for word in banned.split(",") if word.strip()]
    words = _words_of(glossary)
    return [_apart_from(term, words) for term in chinese], english


def _words_of(glossary: str) -> set[str]:
    """Return the Chinese words of the tables, also those in whose place nobody says another one."""
    rows = (line.strip("|").split("|") for line in glossary.splitlines() if line.startswith("|"))
    return {cells[0].strip() for cells in rows}


def _apart_from(term: Term, words: Iterable[str]) -> Term:
    return replace(term, within=tuple(sorted(word for word in words if term.banned in word)))


def _is_for_staff(message: Message) -> bool:
    places = [place for place, _line in message.locations]
    return message.context == STAFF_CONTEXT or all(
        place.startswith(STAFF_PLACES) for place in places
    )


def _texts(text: str | Iterable[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def setting_faults(text: str) -> Iterator[str]:
    """Name what is set otherwise than Chinese texts are."""
    plain = PLACEHOLDER.sub(_stand_in, text)
    if NO_BLANK.search(plain):
        yield "no blank between Chinese and Latin"
    if HALF_WIDTH.search(plain):
        yield "punctuation that is not Chinese"
    if BLANK_AFTER_POINT.search(plain):
        yield "a blank after Chinese punctuation"


def _stand_in(placeholder: re.Match[str]) -> str:
    return "…" if (placeholder[1] or placeholder[2]) in CHINESE_PLACEHOLDERS else "0"


def faults(
    source: Message, translated: Message, chinese: list[Term], english: list[Term]
) -> Iterator[str]:
    """Name what is wrong with the words of one text, in either language."""
    ids = _texts(source.id)
    strings = _texts(translated.string)
    for terms, texts in ((chinese, strings), (english, ids)):
        plain = [PLACEHOLDER.sub("", text) for text in texts]
        for term in terms:
            if any(term.is_in(text) for text in plain):
                yield f"says {term.banned}, not {term.used}"
    if ids[0] not in FIXED_TEXTS:
        yield from (fault for text in strings for fault in setting_faults(text))
    if not _is_for_staff(source) and any(OF_THE_CLOUD.search(text) for text in ids + strings):
        yield "speaks to teachers and students of the cloud"


def check() -> int:
    chinese, english = terms_of((messages.ROOT / GLOSSARY).read_text(encoding="utf-8"))
    stored = messages.stored("zh_Hans")
    found = []
    for source in messages.extracted():
        text = _texts(source.id)[0] if source.id else ""
        translated = stored.get(text, source.context) if text else None
        if translated is not None:
            found += [
                f"{text!r} ({_texts(translated.string)[0]}): {fault}"
                for fault in faults(source, translated, chinese, english)
            ]
    print("\n".join(found), file=sys.stderr) if found else None
    return 1 if found else 0


if __name__ == "__main__":
    messages.prepare()
    raise SystemExit(check())
