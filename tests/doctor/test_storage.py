from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from edu_platform.doctor.storage import MANIFEST, files, static
from tests.support.doctor import levels, said


class TestFiles:
    def test_nothing_stays_behind(self, settings: Any, tmp_path: Path):
        settings.MEDIA_ROOT = str(tmp_path)

        assert levels(files) == {"storage.files": "ok"}
        assert list(tmp_path.iterdir()) == []

    def test_place_where_nothing_can_be_written(self, settings: Any, tmp_path: Path):
        (tmp_path / "media").write_text("a file, where a folder should be")
        settings.MEDIA_ROOT = str(tmp_path / "media")

        assert levels(files) == {"storage.files": "error"}

    def test_place_that_keeps_something_else(self, settings: Any, tmp_path: Path, monkeypatch: Any):
        settings.MEDIA_ROOT = str(tmp_path)
        save = default_storage.save

        def cut(name: str, content: Any) -> str:
            kept = save(name, content)
            (tmp_path / kept).write_bytes(b"cut")
            return str(kept)

        monkeypatch.setattr(default_storage, "save", cut)

        assert said(files, "storage.files").text == "A file was read back otherwise than written."


class TestStatic:
    @pytest.fixture
    def root(self, settings: Any, tmp_path: Path, collected_static: Path) -> Path:
        settings.STATIC_ROOT = str(shutil.copytree(collected_static, tmp_path / "static"))
        return Path(settings.STATIC_ROOT)

    @pytest.mark.processes
    def test_as_collected(self, root: Path):
        assert levels(static) == {"storage.static": "ok"}

    @pytest.mark.processes
    def test_of_an_older_code(self, root: Path):
        (root / "css" / "admin.css").write_text("old")

        finding = said(static, "storage.static")

        assert finding.level == "warning"
        assert "css/admin.css" in finding.text

    @pytest.mark.processes
    def test_without_a_file_that_pages_name(self, root: Path):
        told = json.loads((root / MANIFEST).read_text())
        del told["paths"]["css/admin.css"]
        (root / MANIFEST).write_text(json.dumps(told))

        finding = said(static, "storage.static")

        assert finding.level == "error"
        assert "css/admin.css" in finding.text

    @pytest.mark.parametrize("content", [None, "", "[]", "{}"])
    def test_never_collected(self, settings: Any, tmp_path: Path, content: str | None):
        settings.STATIC_ROOT = str(tmp_path)
        if content is not None:
            (tmp_path / MANIFEST).write_text(content)

        assert levels(static) == {"storage.static": "error"}
