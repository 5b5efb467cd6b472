"""The message catalogues, made with Babel: gettext's own programs are not needed.

python -m deploy.messages extract   bring locale/*/LC_MESSAGES/django.po up to the code
python -m deploy.messages compile   make the .mo files that Django reads
python -m deploy.messages check     fail when a catalogue is not complete and up to date

Source texts are English, so the English catalogue is filled by itself. The .mo files are committed:
running the platform needs neither this module nor Babel.
"""

from __future__ import annotations

import argparse
import gettext
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh_Hans", "en")
SOURCE = "en"
CODE_FOLDERS = (
    "edu_platform",
    "replays",
    "courseware",
    "attendance",
    "schedule",
    "accounts",
    "classroom",
)
TEMPLATE_FOLDER = "templates"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Half of the files have no text: to read them as code takes as long as the other half.
ANY_KEYWORD = re.compile(rf"\b(?:{'|'.join(KEYWORDS)})\b".encode())
# The rest of a header is dates and names, which only make two people's edits collide.
HEADERS = ("Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")


class PlainCatalog(Catalog):
    """A catalogue whose header holds only what a reader of it needs."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().mime_headers if name in HEADERS]


def po_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def mo_path(language: str) -> Path:
    return po_path(language).with_suffix(".mo")


def sources() -> Iterator[tuple[Path, bytes]]:
    """Each file that may hold texts, as Python-like code."""
    for folder in CODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_bytes()
    for path in sorted((ROOT / TEMPLATE_FOLDER).rglob("*.*")):
        if path.suffix in {".html", ".txt"}:
            code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            # Without the indentation, which the tokenizer of Python would take for blocks.
            yield path, "\n".join(line.lstrip() for line in code.splitlines()).encode()


def extracted() -> Catalog:
    """All texts of the code and the templates, without translations."""
    found = PlainCatalog(charset="utf-8")
    for path, code in sources():
        if not ANY_KEYWORD.search(code):
            continue
        try:
            for line, texts, comments, context in extract(
                "python",
                io.BytesIO(code),
                keywords=KEYWORDS,
                comment_tags=("Translators:",),
                options={"encoding": "utf-8"},
                strip_comment_tags=True,
            ):
                place = (path.relative_to(ROOT).as_posix(), line)
                found.add(texts, locations=[place], auto_comments=comments, context=context)
        except (SyntaxError, IndentationError) as err:
            raise SystemExit(f"{path.relative_to(ROOT)}: {err}") from err
    return found


def stored(language: str) -> Catalog:
    catalog = PlainCatalog(locale=language, charset="utf-8", fuzzy=False)
    if po_path(language).is_file():
        with po_path(language).open("rb") as file:
            for message in read_po(file, locale=language, charset="utf-8"):
                if message.id:
                    catalog[message.id] = message
    return catalog


def updated(language: str, template: Catalog) -> Catalog:
    """The stored catalogue with the texts of the template: new ones empty, unused ones left out."""
    catalog = stored(language)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    if language == SOURCE:
        for message in catalog:
            message.string = message.id
    return catalog


def _first(text: str | Iterable[str]) -> str:
    return text if isinstance(text, str) else next(iter(text))


def as_po(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=100, no_location=True, sort_output=True, omit_header=True)
    header = "".join(f'"{name}: {value}\\n"\n' for name, value in catalog.mime_headers)
    return f'msgid ""\nmsgstr ""\n{header}\n'.encode() + file.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def faults(language: str, template: Catalog) -> Iterator[str]:
    """Say what keeps this language from being complete, one line each."""
    path = po_path(language).relative_to(ROOT)
    catalog = stored(language)
    for message in updated(language, template):
        if not message.id:
            continue
        text = _first(message.id)
        known = catalog.get(text, message.context)
        if known is None:
            yield f"{path}: missing: {text!r}"
            continue
        yield from (f"{path}: {fault}: {text!r}" for fault in _faults_of(known, catalog))
    for message in catalog:
        if message.id and template.get(_first(message.id), message.context) is None:
            yield f"{path}: no longer used: {_first(message.id)!r}"
    if not mo_path(language).is_file() or _texts(mo_path(language).read_bytes()) != _texts(
        as_mo(catalog)
    ):
        yield f"{mo_path(language).relative_to(ROOT)}: not made from the present django.po"


def _faults_of(message: Message, catalog: Catalog) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if not strings or not all(strings):
        yield "empty"
        return
    yield from (f"placeholders differ: {err}" for err in message.check(catalog))


def _texts(compiled: bytes) -> dict[object, str]:
    translations = gettext.GNUTranslations(io.BytesIO(compiled))
    return {key: text for key, text in vars(translations)["_catalog"].items() if key}


def extract_all() -> int:
    template = extracted()
    for language in LANGUAGES:
        po_path(language).parent.mkdir(parents=True, exist_ok=True)
        po_path(language).write_bytes(as_po(updated(language, template)))
    return 0


def compile_all() -> int:
    for language in LANGUAGES:
        mo_path(language).write_bytes(as_mo(stored(language)))
    return 0


def check_all() -> int:
    template = extracted()
    found = [fault for language in LANGUAGES for fault in faults(language, template)]
    print("\n".join(found), file=sys.stderr) if found else None
    if found:
        print("Run make messages, translate what is empty, and run it again.", file=sys.stderr)
    return 1 if found else 0


def prepare() -> None:
    """Set up what Django's template lexer asks for."""
    settings.configure(USE_I18N=False)
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    django.setup()


def main() -> int:
    commands = {"extract": extract_all, "compile": compile_all, "check": check_all}
    parser = argparse.ArgumentParser(prog="python -m deploy.messages")
    parser.add_argument("command", choices=commands)
    command = parser.parse_args().command
    prepare()
    return commands[command]()


if __name__ == "__main__":
    raise SystemExit(main())
