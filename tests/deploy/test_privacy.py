"""The page about personal data says of every column what the registry says, and is not forgotten after a change."""

from __future__ import annotations

import pytest

from deploy.privacy import __main__ as privacy
from edu_platform.lib.personal_data import Purpose, columns_of, lines_of_tables


def test_published_page_is_what_the_registry_says():
    assert privacy.PAGES["en"].read_text(encoding="utf-8") == privacy.page("en")


@pytest.mark.parametrize("language", privacy.PAGES)
def test_each_column_stands_in_the_page_and_each_purpose_has_a_section(language: str):
    text = privacy.page(language)

    columns = {name for line in lines_of_tables() for name in columns_of(line)}
    assert [name for name in columns if f"`{name}`" not in text] == []
    purposes = {line.purpose for line in lines_of_tables()}
    assert [
        purpose for purpose in Purpose if (f"{{#{purpose}}}" in text) != (purpose in purposes)
    ] == []


@pytest.mark.parametrize("language", privacy.PAGES)
def test_the_law_is_a_list_of_points_that_a_lawyer_should_read(language: str):
    text = privacy.page(language)

    said = "A lawyer should read it" if language == "en" else "应当请律师审阅"
    assert said in text
    points = {
        "en": ["art. 17", "art. 44", "art. 45", "art. 46", "art. 47", "art. 9", "art. 37"],
        "zh-hans": [
            "第十七条",
            "第四十四条",
            "第四十五条",
            "第四十六条",
            "第四十七条",
            "第三十七条",
        ],
    }
    assert [point for point in points[language] if point not in text] == []


def test_a_page_that_is_old_is_named(monkeypatch, tmp_path, capsys):
    (tmp_path / "privacy.md").write_text("of last year", encoding="utf-8")
    monkeypatch.setattr(privacy, "ROOT", tmp_path)
    monkeypatch.setattr(privacy, "PAGES", {"en": tmp_path / "privacy.md"})
    monkeypatch.setattr("sys.argv", ["deploy.privacy", "check"])

    assert privacy.main() == 1
    assert capsys.readouterr().out.startswith("privacy.md is not what the registry says")


def test_it_is_written_anew_and_then_in_order(monkeypatch, tmp_path):
    monkeypatch.setattr(privacy, "PAGES", {"en": tmp_path / "privacy.md"})
    monkeypatch.setattr("sys.argv", ["deploy.privacy"])
    assert privacy.main() == 0
    monkeypatch.setattr("sys.argv", ["deploy.privacy", "check"])

    assert privacy.main() == 0
