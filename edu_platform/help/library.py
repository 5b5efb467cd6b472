"""Which texts there are: those for people of the school in each language, and the English guides beside them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from edu_platform.help.markdown_pages import HELP_FOLDER, Text, render

DOCS = Path(settings.BASE_DIR) / "docs"
# In the order in which they are listed. Each is a file in the folder of every language.
PAGE_NAMES = (
    *("student", "teacher", "planner", "administrator"),
    *("operator", "developer", "accessibility"),
)


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


def guide(name: str) -> Text:
    """A guide for operators and developers, in English.

    Raises:
        NoSuchText: there is none of this name.
    """
    # Looked up among those that there are, so that no name leads out of the folder.
    if name not in guide_names():
        raise NoSuchText(name)
    return _read(DOCS / f"{name}.md")


def _read(path: Path) -> Text:
    return _rendered(path, path.stat().st_mtime_ns)


# Every page in every language, and the guides. A file that is written anew is read anew.
@lru_cache(maxsize=100)
def _rendered(path: Path, _changed_at_ns: int) -> Text:
    return render(path, DOCS)
