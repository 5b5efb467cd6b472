"""Texts of the kinds of notices. A leaf: apps register theirs when they start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """A sentence with `%(name)s` for its arguments, and what the link to its page is called.

    `in_words` makes of the kept arguments those of the sentence, where some depend on the language.
    """

    sentence: Promise | str
    way: Promise | str
    in_words: Callable[[Mapping[str, object]], Mapping[str, object]] = dict


# For a kind that is no longer there; its address may still lead on.
UNKNOWN = NoticeWords(_("Something has changed for you."), _("Have a look"))

_kinds: dict[str, NoticeWords] = {}


def register_notice(kind: str, words: NoticeWords) -> None:
    _kinds[kind] = words


def words_of(kind: str) -> NoticeWords:
    return _kinds.get(kind, UNKNOWN)


def sentence_of(kind: str, arguments: Mapping[str, object]) -> str:
    """Return what a notice says, in the language that is active now."""
    words = words_of(kind)
    try:
        return str(words.sentence) % words.in_words(arguments)
    except (KeyError, TypeError, ValueError):  # kept from before the sentence came to need others
        return str(UNKNOWN.sentence)
