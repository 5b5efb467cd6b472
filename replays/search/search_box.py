"""The search box finds titles, by their one- and two-character n-grams, and room numbers.

Most searches here are one or two Chinese characters, for which word and trigram indexes are no use.
"""

from __future__ import annotations

import unicodedata

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value

# Room numbers are 64-bit in the database; longer digits are part of a title at most.
LARGEST_ROOM_NUMBER = 2**63 - 1
SEPARATOR = " "
# So many characters are a gram of their own: having it is having them in the title.
LONGEST_GRAM = 2


class HasGrams(Func):
    """A condition that a title has all of these grams; PostgreSQL has an index of this expression."""

    template = "(string_to_array(%(expressions)s, ' '))"
    arg_joiner = ", ' ') @> string_to_array("
    output_field = BooleanField()


def folded(text: str) -> str:
    """Text as it is compared: full-width letters and digits are the plain ones, large are small."""
    return unicodedata.normalize("NFKC", text).casefold()


def title_grams(title: str) -> str:
    """Each one and two characters of the title once, separated by spaces."""
    text = folded(title)
    grams = dict.fromkeys([*text, *_pairs(text)])
    return SEPARATOR.join(gram for gram in grams if SEPARATOR not in gram)


def matching(text: str) -> Q:
    """Replays with this text in their title, or with this room number."""
    found = _matching_title(text)
    if text.isascii() and text.isdigit() and int(text) <= LARGEST_ROOM_NUMBER:
        found |= Q(room_number=int(text))
    return found


def _matching_title(text: str) -> Q:
    """Replays whose title has this text in it."""
    text = folded(text)
    has_text = Q(title_folded__contains=text)
    needed = _needed_grams(text)
    if connection.vendor != "postgresql" or not needed:
        return has_text
    has_grams = Q(HasGrams(F("title_grams"), Value(SEPARATOR.join(needed))))
    is_one_gram = len(text) <= LONGEST_GRAM and len(needed) == 1
    return has_grams if is_one_gram else has_grams & has_text


def _needed_grams(text: str) -> list[str]:
    """The longest grams that every title with this text has."""
    pairs = [pair for pair in _pairs(text) if SEPARATOR not in pair]
    return pairs or [letter for letter in text if letter != SEPARATOR]


def _pairs(text: str) -> list[str]:
    return [text[at : at + LONGEST_GRAM] for at in range(len(text) - 1)]
