"""The style sheets that browsers get."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
import rcssmin
from django.conf import settings
from django.core.files.base import ContentFile

from edu_platform.lib.static_files import StaticFilesStorage

# As they are delivered: without comments and blanks, and compressed on their way.
MOST_BYTES = 102_000
MOST_BYTES_COMPRESSED = 34_700
MOST_BYTES_OF_A_PAGE = 38_000
ON_EACH_PAGE = ("tokens.css", "base.css", "components.css")
LOADS = re.compile(r"{% static 'css/([\w-]+\.css)' %}")
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


@pytest.fixture(scope="module")
def small_sheets() -> dict[str, bytes]:
    """The delivered text of each style sheet, by its name."""
    sheets = (Path(settings.BASE_DIR) / "static/css").glob("*.css")
    return {sheet.name: rcssmin.cssmin(sheet.read_text()).encode() for sheet in sheets}


def test_all_style_sheets_together_stay_small(small_sheets: dict[str, bytes]):
    assert sum(map(len, small_sheets.values())) <= MOST_BYTES
    compressed = (len(gzip.compress(sheet, mtime=0)) for sheet in small_sheets.values())
    assert sum(compressed) <= MOST_BYTES_COMPRESSED


def test_no_page_loads_many_style_sheets(small_sheets: dict[str, bytes]):
    templates = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    loaded = {path: {*ON_EACH_PAGE, *LOADS.findall(path.read_text())} for path in templates}
    sizes = {path: sum(len(small_sheets[name]) for name in loaded[path]) for path in loaded}

    assert {path: size for path, size in sizes.items() if size > MOST_BYTES_OF_A_PAGE} == {}
