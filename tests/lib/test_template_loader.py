"""Templates as they become pages: without indents."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Context, Engine

LOADER = "edu_platform.lib.template_loader.Loader"
INDENTED = '<p>\n  {% if who %}\n    <b\n       class="name">{{ who }}</b>\n  {% endif %}\n\n  and more\n</p>\n'


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    for name in ("page.html", "mail.txt"):
        (tmp_path / name).write_text(INDENTED, encoding="utf-8")
    return Engine(dirs=[str(tmp_path)], loaders=[LOADER])


def test_pages_keep_their_lines_but_no_indents(engine: Engine):
    page = engine.get_template("page.html").render(Context({"who": "王\n    小明"}))

    # Lines of what is shown are not the template's.
    assert page == '<p>\n\n<b\nclass="name">王\n    小明</b>\n\nand more\n</p>\n'


def test_mail_stays_as_it_is_written(engine: Engine):
    mail = engine.get_template("mail.txt").render(Context({"who": "王"}))

    assert mail == INDENTED.replace("{% if who %}", "").replace("{% endif %}", "").replace(
        "{{ who }}", "王"
    )


def test_templates_of_the_platform_have_no_indents():
    engine = Engine.get_default()

    template = engine.get_template("base.html")

    assert "<!DOCTYPE html>" in template.source
    assert "\n " not in template.source
