from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edu_platform.help import library


@pytest.mark.parametrize(
    "name", ["nonesuch", "../student", "student.md", "../../../README", "", "Student"]
)
def test_names_of_other_files_are_unknown(name: str):
    with pytest.raises(library.NoSuchText):
        library.page(name, "en")
    for language in ("en", "zh-hans"):
        with pytest.raises(library.NoSuchText):
            library.guide(name, library.guide_language(name, language))


def test_guides_are_all_texts_that_lie_beside_the_folder_of_the_help_pages():
    names = library.guide_names()

    assert {"architecture", "accounts", "glossary"} <= set(names)
    assert names == sorted(names)
    assert all(library.guide(name).title for name in names)


def test_text_is_read_again_when_its_file_has_changed(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(library, "DOCS", tmp_path)
    path = tmp_path / "rooms.md"
    path.write_text("# Before\n")
    before = library.guide("rooms")
    path.write_text("# Afterwards\n")

    assert before.title == "Before"
    assert library.guide("rooms").title == "Afterwards"
    assert library.guide("rooms") is library.guide("rooms")
