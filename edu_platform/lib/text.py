"""Text for storing, logging and showing: accepted by every database, and without addresses.

A cloud's words may repeat the address from which it was to fetch a file, and who has that address has
the file.
"""

from __future__ import annotations

import re
import unicodedata

OMITTED = "…"
BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Me", "Mn", "Zl", "Zp", "Zs"})
# By their categories they are letters, and a symbol.
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# The host may be of any script, the rest is plain letters; words may follow it without a space. Also
# as JSON and as forms write it, and as a path alone, which programs that fetch like to name.
_ADDRESS = re.compile(
    r"https?(?::|%3a)(?:\\?/|%2f){2}[^\s/\"<>]*[!#-;=?-~]*|(?<![\w/])/[!#-;=?-~]*/[!#-;=?-~]*",
    re.IGNORECASE,
)


def storable_text(text: str) -> str:
    """The text without what PostgreSQL refuses: NUL, and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def has_visible(text: str) -> bool:
    """Return whether a reader sees anything of a text: spaces, marks without a letter and fillers leave it blank."""
    return any(
        unicodedata.category(char) not in BLANK_CATEGORIES and char not in FILLERS for char in text
    )


def one_line(text: str, *, max_chars: int = 1000) -> str:
    """The text in one line of bounded length that moves no terminal's cursor."""
    words = " ".join(storable_text(text[:max_chars]).split())
    return "".join(each if each.isprintable() else "?" for each in words)


def redact(text: str) -> str:
    """The text to be kept or shown: storable, and without addresses."""
    return _ADDRESS.sub(OMITTED, storable_text(text))


def error_summary(error: Exception, *, max_chars: int = 255) -> str:
    """Say what went wrong, in a line that fits a column."""
    return redact(f"{type(error).__name__}: {error}")[:max_chars]
