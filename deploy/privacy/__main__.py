from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import django
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": ROOT / "docs/privacy.md", "zh-hans": ROOT / "docs/zh-hans/privacy.md"}
# In the page that is written by hand: here stand the tables.
TABLES = "<!-- tables -->"


def page(language: str) -> str:
    """Return the page in a language. Django is set up by now."""
    from deploy.privacy.tables import tables_in_words  # noqa: PLC0415 -- it reads models

    by_hand = (Path(__file__).parent / f"page.{language}.md").read_text(encoding="utf-8")
    with translation.override(language):
        return by_hand.replace(TABLES, tables_in_words())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.privacy")
    parser.add_argument("what", nargs="?", choices=["check"])
    is_check = parser.parse_args().what == "check"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")
    django.setup()
    texts = {path: page(language) for language, path in PAGES.items()}
    if is_check:
        old = [path for path, text in texts.items() if _read(path) != text]
        for path in old:
            print(
                f"{path.relative_to(ROOT)} is not what the registry says: run python -m deploy.privacy"
            )
        return 1 if old else 0
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
