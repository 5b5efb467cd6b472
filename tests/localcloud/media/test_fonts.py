"""Fonts."""

from __future__ import annotations

import shutil

import pytest

from localcloud.media import fonts


def test_font_list_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert fonts.listed_fonts(":lang=zh") == []
