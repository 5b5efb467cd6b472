"""The style sheets that browsers get."""

from __future__ import annotations

from pathlib import Path

from django.core.files.base import ContentFile

from edu_platform.lib.static_files import StaticFilesStorage

WRITTEN = "/* Why. */\n.week :is(.lesson, .mark) > * + * {\n  width: calc(100% - 4px);\n}\n"


def test_copies_named_by_their_content_are_small_and_mean_the_same(tmp_path: Path):
    storage = StaticFilesStorage(location=tmp_path, base_url="/static/")

    for name in ("css/week.css", "css/week.0123456789ab.css"):
        content = ContentFile(WRITTEN.encode())
        content.read()  # as whoever makes the name does
        storage.save(name, content)

    assert (tmp_path / "css/week.css").read_text() == WRITTEN
    small = (tmp_path / "css/week.0123456789ab.css").read_text()
    assert small == ".week :is(.lesson,.mark)>* + *{width:calc(100% - 4px)}"
