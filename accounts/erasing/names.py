"""The names and addresses by which a person is known, found in text and struck out of it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Q

from accounts.hooks import word_finders
from accounts.models import ExternalAccount, User
from accounts.names import sign_in_name
from edu_platform.lib.personal_rows import known_strings

# The name of everybody who is erased, in the database and on all pages, whatever language they are in.
ERASED_NAME = "已注销"
# A single character, and what is shorter in Latin letters or digits, stands in too many words to be looked for.
SHORTEST_LOOKED_FOR = 2
SHORTEST_IN_LATIN = 4
SHORTEST_IN_DIGITS = 6
# A name of so few characters is often a word as well: it is struck out of free text only when somebody wants it.
SHORT_NAME_CHARS = 2
# A word goes on beside a Latin letter or a digit; in Chinese nothing shows where a name ends.
WORD = "[0-9A-Za-z_]"
# An address or the ending of a file name goes on after a word; a short name there means something else.
INSIDE_ADDRESS = "[0-9A-Za-z_/][./@]"
# A letter in JSON of ASCII.
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class Print:
    """A name that is kept as a digest alone, by which it is found in text once more."""

    length: int
    digest: str


@dataclass(frozen=True)
class KnownStrings:
    """The strings by which somebody is known, until they are erased."""

    # Wherever a row belongs to the person.
    own: frozenset[str]
    # Looked for in all text of the school: names and addresses that are theirs beyond doubt, and long enough.
    free: frozenset[str]
    # Those of `free` that another person bears too, alone or as a part of their name.
    shared: frozenset[str]

    def as_json(self) -> dict[str, list[str]]:
        return {name: sorted(getattr(self, name)) for name in ("own", "free", "shared")}

    @classmethod
    def from_json(cls, texts: dict[str, list[str]]) -> KnownStrings:
        return cls(*(frozenset(texts.get(name, ())) for name in ("own", "free", "shared")))

    @cached_property
    def unshared(self) -> frozenset[str]:
        return self.free - self.shared


def strings_of(person: User, before: KnownStrings) -> KnownStrings:
    """Return by what the person is known now, together with what was known `before`."""
    sure = {person.display_name, person.username, person.email}
    accounts = ExternalAccount.objects.filter(user=person)
    for columns in accounts.values_list("subject", "username", "display_name"):
        sure.update(columns)
    registered = {string.text for string in known_strings(person)}
    own = {text for text in sure | registered if text and not _is_common(text)}
    free = {text for text in sure & own if is_looked_for(text)} | before.free
    shared = {text for text in free if is_borne_by_another(text, person)}
    return KnownStrings(frozenset(own) | before.own, frozenset(free), frozenset(shared))


def is_looked_for(text: str) -> bool:
    """Tell whether a name is long enough for what it is written in to be looked for in all text."""
    if not text.isascii():
        return len(text) >= SHORTEST_LOOKED_FOR
    return len(text) >= (SHORTEST_IN_DIGITS if text.isdigit() else SHORTEST_IN_LATIN)


def _is_common(text: str) -> bool:
    """Tell whether it is a word of the platform, or the address of a network, which a whole school may share."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return text.lower() in platform_words()
    return True


@cache
def platform_words() -> frozenset[str]:
    """Return the names of tables and columns, and values of choices: what is kept may hold each of them."""
    words: set[str] = set()
    for model in apps.get_models():
        options = model._meta  # noqa: SLF001 -- as documented by Django
        words.add(str(options.model_name))
        for field in options.get_fields():
            choices = getattr(field, "flatchoices", None) or ()
            words.update({field.name, *(str(value) for value, _label in choices)})
    return frozenset(word.lower() for word in words)


def is_borne_by_another(text: str, person: User) -> bool:
    """Tell whether somebody else is called so, or has it in their name."""
    others = User.objects.exclude(pk=person.pk)
    named = Q(display_name__icontains=text) | Q(username__iexact=text) | Q(email__iexact=text)
    return others.filter(named).exists()


def strikes_text_usually(person: User) -> bool:
    """Tell whether the names are struck out of free text unless somebody says otherwise: they are no words as well."""
    if len(person.display_name) <= SHORT_NAME_CHARS:
        return False
    names = {person.display_name, person.username}
    return not any(is_word(names) for is_word in word_finders)


# --- In text --------------------------------------------------------------------------------------


def finder(strings: Collection[str]) -> re.Pattern[str]:
    """Return a pattern that finds these, the longest first, where no Latin word goes on beside them."""
    if not strings:
        return re.compile(r"(?!)")
    longest_first = sorted(strings, key=lambda text: (-len(text), text))
    return re.compile("|".join(_with_edges(text) for text in longest_first), re.IGNORECASE)


def _with_edges(text: str) -> str:
    if len(text) == 1:
        # A name of one character is a part of many names and words: it is found where it stands alone.
        return rf"(?<!\w){re.escape(text)}(?!\w)"
    before = f"(?<!{WORD})" if re.match(WORD, text[0]) else ""
    if before and not is_looked_for(text):
        before += f"(?<!{INSIDE_ADDRESS})"
    after = f"(?!{WORD})" if re.match(WORD, text[-1]) else ""
    return f"{before}{re.escape(text)}{after}"


def in_ascii(text: str) -> str:
    """Return the text as it stands inside JSON that is written in ASCII."""
    return json.dumps(text)[1:-1]


def struck(value: Any, pattern: re.Pattern[str]) -> Any:
    """Return a text, or all texts inside of JSON, with the name of the erased in place of what is found."""
    if isinstance(value, str):
        return pattern.sub(ERASED_NAME, value)
    if isinstance(value, list):
        return [struck(part, pattern) for part in value]
    if isinstance(value, dict):
        return {_struck_key(key, pattern): struck(part, pattern) for key, part in value.items()}
    return value


def _struck_key(key: str, pattern: re.Pattern[str]) -> str:
    # What the platform itself looks for is in English.
    return key if key.isascii() else pattern.sub(ERASED_NAME, key)


def struck_text(text: str, strings: Collection[str], limit: int | None) -> str:
    """Return a text in which JSON of ASCII may stand, as Django's log keeps it, with these struck out."""
    shown = finder(strings).sub(ERASED_NAME, text)
    escaped = [in_ascii(string) for string in strings if in_ascii(string) != string]
    shown = finder(escaped).sub(lambda _found: in_ascii(ERASED_NAME), shown)
    return shown if limit is None else shown[:limit]


# --- Names that are kept as digests ---------------------------------------------------------------


def print_of(text: str) -> Print:
    """Return the digest of a name, which only this installation can make."""
    key = settings.SECRET_KEY.encode()
    digest = hmac.digest(key, f"erased name {text.casefold()}".encode(), hashlib.sha256)
    return Print(len(text), digest.hex()[:32])


def username_print(username: str) -> str:
    """Return the digest of a username, however it is typed."""
    return print_of(sign_in_name(username)).digest


def strings_in(text: str, prints: Iterable[Print]) -> set[str]:
    """Return what of a text has one of these digests."""
    digests_by_length: dict[int, set[str]] = {}
    for name in prints:
        digests_by_length.setdefault(name.length, set()).add(name.digest)
    return {
        part
        for length, digests in digests_by_length.items()
        for part in _parts(text, length)
        if print_of(part).digest in digests
    }


def _parts(text: str, length: int) -> set[str]:
    return {text[at : at + length] for at in range(len(text) - length + 1)}


def texts_in(value: Any) -> Sequence[str]:
    """Return a text, or all texts inside of JSON, with the letters that JSON of ASCII stands for."""
    if isinstance(value, str):
        return [_unescaped(value)]
    if isinstance(value, list):
        return [text for part in value for text in texts_in(part)]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts_in(part)]
    return []


def _unescaped(text: str) -> str:
    letters = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    # A rare letter is written as two.
    return letters.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
