"""The help pages: both languages say the same, in the words of the interface, and no link is dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import allauth
import django
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.text import capfirst

from deploy.messages import ROOT
from deploy.wording import terms_of
from edu_platform.help import library
from edu_platform.help.markdown_pages import Text
from tests.support.pages import read

LANGUAGES = [code for code, _name in settings.LANGUAGES]
CATALOGUES = {
    "zh-hans": [
        ROOT / "locale/zh_Hans",
        Path(django.__file__).parent / "contrib/admin/locale/zh_Hans",
        Path(allauth.__file__).parent / "locale/zh_Hans",
    ],
    "en": [
        ROOT / "locale/en",
        Path(django.__file__).parent / "contrib/admin/locale/en",
    ],
}
BOLD = re.compile(r"\*\*(.+?)\*\*")
RAW_HTML = re.compile(r"^<|<(?!https?:)[a-z/!]", re.IGNORECASE)
# What is shown as it is typed, and where links lead, is in no language.
CODE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|\{#[^}]*\}", re.DOTALL)
# A list, a heading or a fence has such a mark at the beginning of a line that is read as text.
MARK = re.compile(r"^ *(?:[-*]|\d+\.|#+|```) ", re.MULTILINE)
HAN = re.compile("[\u4e00-\u9fff]")
# Guides that have a translation.
TRANSLATED = sorted(path.stem for path in (library.DOCS / "zh-hans").iterdir())
# What is typed or named; a line that explains something has three blanks in it.
COMMAND = re.compile(r"^ {4,}\S(?:(?! {3}).)*$|`[^`]*`", re.MULTILINE)
EVERY_PAGE = [(language, name) for language in LANGUAGES for name in library.PAGE_NAMES]


def source_of(language: str, name: str) -> str:
    path = library.DOCS / "help" / language / f"{name}.md"
    return path.read_text(encoding="utf-8")


def words_of_interface(language: str) -> set[str]:
    words: set[str] = set()
    for folder in CATALOGUES[language]:
        with (folder / "LC_MESSAGES/django.po").open("rb") as file:
            for message in read_po(file):
                said = message.id if language == "en" else message.string
                words |= {said} if isinstance(said, str) else set(said or ())
    # Labels of fields begin with a capital where they are shown.
    return (words | {capfirst(word) for word in words}) - {""}


def all_texts() -> Iterator[tuple[str, Text]]:
    for language, name in EVERY_PAGE:
        yield f"{language}/{name}", library.page(name, language)
    for name in library.guide_names():
        yield f"guides/{name}", library.guide(name)
    for name in TRANSLATED:
        yield f"zh-hans/guides/{name}", library.guide(name, "zh-hans")


def test_each_language_has_the_same_pages_and_no_others():
    for language in LANGUAGES:
        found = {path.stem for path in (library.DOCS / "help" / language).iterdir()}
        assert found == set(library.PAGE_NAMES)


@pytest.mark.parametrize("name", library.PAGE_NAMES)
def test_sections_are_the_same_in_both_languages(name: str):
    chinese, english = (library.page(name, language) for language in ("zh-hans", "en"))

    sections = [heading.anchor for heading in english.headings]
    assert [heading.anchor for heading in chinese.headings] == sections
    assert all(anchor.isascii() for anchor in sections)


@pytest.mark.parametrize("name", TRANSLATED)
def test_translated_guide_has_the_sections_and_commands_of_the_english_one(name: str):
    chinese, english = (library.guide(name, language) for language in ("zh-hans", "en"))
    commands = [
        {
            each.strip()
            for each in COMMAND.findall(path.read_text(encoding="utf-8"))
            if each.isascii()
        }
        for path in (library.DOCS / "zh-hans" / f"{name}.md", library.DOCS / f"{name}.md")
    ]

    assert chinese.anchors == english.anchors
    assert commands[0] == commands[1]
    assert len(commands[0]) > 20


@pytest.mark.parametrize("name", TRANSLATED)
def test_translated_guide_has_the_words_of_the_glossary(name: str):
    chinese, _english = terms_of((library.DOCS / "glossary.md").read_text(encoding="utf-8"))
    text = CODE.sub(" ", (library.DOCS / "zh-hans" / f"{name}.md").read_text(encoding="utf-8"))

    assert [term for term in chinese if term.is_in(text)] == []
    assert "你" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_bold_is_a_text_of_the_interface(language: str):
    known = words_of_interface(language)
    bold = {
        (name, word)
        for name in library.PAGE_NAMES
        for word in BOLD.findall(source_of(language, name))
    }

    assert len(bold) > 100
    assert {(name, word) for name, word in bold if word not in known} == set()


@pytest.mark.parametrize(("language", "name"), EVERY_PAGE)
def test_words_are_those_of_the_glossary(language: str, name: str):
    glossary = (library.DOCS / "glossary.md").read_text(encoding="utf-8")
    chinese, english = terms_of(glossary)
    text = CODE.sub(" ", source_of(language, name))

    said = [term for term in (english if language == "en" else chinese) if term.is_in(text)]

    assert said == []
    assert "你" not in text


@pytest.mark.parametrize(("language", "name"), EVERY_PAGE)
def test_text_holds_no_html_of_its_own(language: str, name: str):
    text = CODE.sub(" ", source_of(language, name))

    assert [line for line in text.splitlines() if RAW_HTML.search(line)] == []


def test_every_link_leads_to_a_text_and_a_section_of_it():
    texts = dict(all_texts())
    anchors = {f"/help/{name}/": texts[f"en/{name}"].anchors for name in library.PAGE_NAMES}
    anchors |= {
        f"/help/guides/{name}/": texts[f"guides/{name}"].anchors for name in library.guide_names()
    }
    dead = []
    for where, text in texts.items():
        for link in read(text.html.encode()).all("a"):
            address, _, anchor = link.attrs["href"].partition("#")
            known = anchors.get(address) if address else text.anchors
            is_ours = address == "" or address.startswith("/")
            if is_ours and (known is None or (anchor and anchor not in known)):
                dead.append((where, link.attrs["href"]))

    assert dead == []


def test_no_text_shows_how_it_was_written():
    shown = [
        (where, piece.strip())
        for where, text in all_texts()
        for element in read(text.html.encode()).all()
        if element.tag in ("p", "li", "td")
        for piece in element.children
        if isinstance(piece, str) and MARK.search(piece)
    ]
    fences = [where for where, text in all_texts() if "<p><code>sh" in text.html]

    assert (shown, fences) == ([], [])


@pytest.mark.parametrize("name", library.PAGE_NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_for_people_names_no_file_that_is_not_served(language: str, name: str):
    assert read(library.page(name, language).html.encode()).all("span") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_have_words_in_the_language_of_their_page(language: str):
    pictures = [
        picture.attrs
        for name in library.PAGE_NAMES
        for picture in read(library.page(name, language).html.encode()).all("img")
    ]

    alts = [picture["alt"] for picture in pictures]
    assert len(set(alts)) == len(alts) > 20
    assert all(bool(HAN.search(alt)) == (language == "zh-hans") and len(alt) >= 4 for alt in alts)
    assert all(f"help/{language}/" in picture["src"] for picture in pictures)
