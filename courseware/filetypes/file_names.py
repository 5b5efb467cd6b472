"""Names of files, as they are kept and shown."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from courseware.filetypes.formats import suffix_of

NAME_MAX_CHARS = 200
# Letters by category that are invisible: Hangul fillers.
EMPTY_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")


def clean_name(filename: str) -> str:
    """A file's name as pages may show it: without folders, and without letters that nobody sees.

    At most 200 characters, of which the suffix is kept. Empty when nothing is left.
    """
    name = _seen(filename)
    suffix = suffix_of(name)
    stem = name.rpartition(".")[0].strip(" .") if suffix else name.strip(" .")
    if suffix:
        return _with_ending(stem or _("Untitled"), f".{suffix[:16]}")
    return stem[:NAME_MAX_CHARS]


def name_with_suffix(name: str, suffix: str) -> str:
    """A name as somebody chose it, with the file's own suffix; another dot in it is no suffix's.

    Cleaned and cut like a file's name. Empty when nothing is left of it.
    """
    stem = _without_ending(_seen(name), suffix)
    return _with_ending(stem, f".{suffix}") if stem.strip(" .") else ""


def name_with_other_suffix(name: str, before: str, after: str) -> str:
    """Return a file's name for a file of another kind: `plan.PPTX` is `plan.pdf` then."""
    return name if before == after else _with_ending(_without_ending(name, before), f".{after}")


def _seen(name: str) -> str:
    return seen_text(name.replace("\\", "/").rpartition("/")[2])


def seen_text(text: str) -> str:
    """A line of text without what nobody sees, and with single spaces."""
    seen = "".join(" " if char in "\t\r\n" else char for char in text)
    seen = "".join(char for char in seen if not _is_unseen(char))
    return " ".join(unicodedata.normalize("NFC", seen).split())


def _is_unseen(char: str) -> bool:
    # Cc: controls; Cf: marks that turn the direction of writing, or have no width; Cs, Co, Cn: no letters.
    return char in EMPTY_LETTERS or unicodedata.category(char).startswith("C")


def _without_ending(name: str, suffix: str) -> str:
    ending = f".{suffix}"
    return name[: -len(ending)].rstrip() if name.lower().endswith(ending) else name


def _with_ending(stem: str, ending: str) -> str:
    return stem[: NAME_MAX_CHARS - len(ending)].rstrip() + ending
