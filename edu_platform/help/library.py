"""The texts that there are: those for people of the school in each language, and the guides beside them.

Guides are English; one that operators need at night has a translation too, in the folder of its language.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from edu_platform.help.markdown_pages import HELP_FOLDER, Text, render

DOCS = Path(settings.BASE_DIR) / "docs"
# In the order in which they are listed. Each is a file in the folder of every language.
PAGE_NAMES = (
    *("student", "family", "guest", "teacher", "planner", "administrator"),
    *("operator", "developer", "accessibility"),
)
# Read by those who come by a secret address: in the language of the browser, as the page from which they come.
PAGES_FOR_VISITORS = frozenset({"family", "guest"})


# The language of guides that are not translated.
GUIDE_LANGUAGE = "en"


class NoSuchText(LookupError):
    """Nothing is called so."""


def page(name: str, language: str) -> Text:
    """A page for people of the school, in a language of the settings.

    Raises:
        NoSuchText: there is none of this name.
    """
    if name not in PAGE_NAMES:
        raise NoSuchText(name)
    return _read(DOCS / HELP_FOLDER / language / f"{name}.md")


def guide_names() -> list[str]:
    """The guides for operators and developers, by the alphabet."""
    return sorted(path.stem for path in DOCS.glob("*.md"))


def guide_language(name: str, language: str) -> str:
    """Return the language in which readers of `language` get a guide: their own if it is translated, else English."""
    is_translated = name in guide_names() and (DOCS / language / f"{name}.md").is_file()
    return language if is_translated else GUIDE_LANGUAGE


def guide(name: str, language: str = GUIDE_LANGUAGE) -> Text:
    """Return a guide for operators and developers, in a language of `guide_language`.

    Raises:
        NoSuchText: there is none of this name.
    """
    # Looked up among those that there are, so that no name leads out of the folder.
    if name not in guide_names():
        raise NoSuchText(name)
    folder = DOCS if language == GUIDE_LANGUAGE else DOCS / language
    return _read(folder / f"{name}.md")


def _read(path: Path) -> Text:
    return _rendered(path, path.stat().st_mtime_ns)


# Every page in every language, and the guides. A file that is written anew is read anew.
@lru_cache(maxsize=100)
def _rendered(path: Path, _changed_at_ns: int) -> Text:
    return render(path, DOCS)
