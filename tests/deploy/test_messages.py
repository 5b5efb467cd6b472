from __future__ import annotations

from pathlib import Path

import pytest

from deploy import messages

TEMPLATE = """{% load i18n %}
  <p>It's {% translate "Hello" %}</p>
    {% blocktranslate count n=lessons %}{{ n }} lesson{% plural %}{{ n }} lessons{% endblocktranslate %}
 {% translate "Bye" context "door" %}
"""
CODE = """
from django.utils.translation import gettext_lazy as _
A = _("%(name)s is here")
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.html").write_text(TEMPLATE)
    (tmp_path / "schedule").mkdir()
    (tmp_path / "schedule" / "a.py").write_text(CODE)
    messages.extract_all()
    return tmp_path


def translate(root: Path, source: str, target: str) -> None:
    path = messages.po_path("zh_Hans")
    text = path.read_text()
    assert source in text
    path.write_text(text.replace(source, f"{source.splitlines()[0]}\n{target}", 1))
    messages.compile_all()


def text_of(language: str, source: str) -> object:
    message = messages.stored(language).get(source)
    assert message is not None
    return message.string


def complete(root: Path) -> None:
    translate(root, 'msgid "Hello"\nmsgstr ""', 'msgstr "你好"')
    translate(root, 'msgid "Bye"\nmsgstr ""', 'msgstr "再见"')
    translate(root, 'msgid "%(name)s is here"\nmsgstr ""', 'msgstr "%(name)s在"')
    translate(root, 'msgid_plural "%(n)s lessons"\nmsgstr[0] ""', 'msgstr[0] "%(n)s节课"')


def test_check_passes_when_all_is_translated_and_compiled(root: Path):
    complete(root)

    assert messages.check_all() == 0


def test_check_names_what_is_empty(root: Path, capsys: pytest.CaptureFixture[str]):
    messages.compile_all()

    assert messages.check_all() == 1
    assert "locale/zh_Hans/LC_MESSAGES/django.po: empty: 'Hello'" in capsys.readouterr().err


def test_english_fills_itself(root: Path):
    assert text_of("en", "Hello") == "Hello"
    assert text_of("en", "%(n)s lesson") == ("%(n)s lesson", "%(n)s lessons")


@pytest.mark.parametrize(
    ("source", "target", "fault"),
    [
        ('msgid "Hello"\nmsgstr "你好"', 'msgstr ""', "empty: 'Hello'"),
        (
            'msgid "%(name)s is here"\nmsgstr "%(name)s在"',
            'msgstr "%(nmae)s在"',
            "placeholders differ",
        ),
    ],
)
def test_check_finds_faulty_texts(
    root: Path, source: str, target: str, fault: str, capsys: pytest.CaptureFixture[str]
):
    complete(root)
    translate(root, source, target)

    assert messages.check_all() == 1
    assert fault in capsys.readouterr().err


def test_check_finds_texts_that_are_new_or_gone(root: Path, capsys: pytest.CaptureFixture[str]):
    complete(root)
    (root / "schedule" / "a.py").write_text(CODE.replace("is here", "is away"))

    assert messages.check_all() == 1
    told = capsys.readouterr().err
    assert "missing: '%(name)s is away'" in told
    assert "no longer used: '%(name)s is here'" in told


def test_check_finds_what_was_not_compiled(root: Path, capsys: pytest.CaptureFixture[str]):
    complete(root)
    messages.mo_path("zh_Hans").unlink()

    assert messages.check_all() == 1
    assert "django.mo: not made from the present django.po" in capsys.readouterr().err


def test_extracting_keeps_translations(root: Path):
    complete(root)

    messages.extract_all()

    assert text_of("zh_Hans", "Hello") == "你好"
