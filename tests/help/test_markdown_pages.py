from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from edu_platform.help.markdown_pages import Heading, render
from tests.support.pages import Element, read


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    for folder in ("help/en", "help/pictures/en"):
        (tmp_path / "docs" / folder).mkdir(parents=True)
    docs = tmp_path / "docs"
    (tmp_path / "README.md").write_text("# All\n")
    (docs / "rooms.md").write_text("# Rooms\n")
    (docs / "help/en/student.md").write_text("# For students\n")
    Image.new("RGB", (40, 30)).save(docs / "help/pictures/en/week.webp")
    return docs


def rendered(docs: Path, text: str) -> Element:
    path = docs / "help/en/teacher.md"
    path.write_text(f"# For teachers\n\n{text}\n")
    return read(render(path, docs).html.encode())


def test_page_has_its_first_paragraph_as_summary_and_its_sections_as_headings(docs: Path):
    path = docs / "help/en/teacher.md"
    path.write_text(
        "# For teachers\n\nHow to *teach*.\n\n## Week {#week}\n\n### Marks {#marks}\n\n## 回放\n"
    )

    text = render(path, docs)

    assert (text.title, text.summary) == ("For teachers", "How to teach.")
    assert text.headings == (Heading("week", "Week"), Heading("回放", "回放"))
    assert text.anchors == {"for-teachers", "week", "marks", "回放"}


@pytest.mark.parametrize("indent", ["", "    "], ids=["in the text", "in an item"])
def test_wide_table_scrolls_by_itself_and_is_named_by_its_section(docs: Path, indent: str):
    lines = ["| a | b |", "|---|---|", "| 1 | 2 |", "", "After."]
    first = "1. Item\n\n" if indent else ""
    table = "\n".join(f"{indent}{line}" for line in lines)

    page = rendered(docs, f"## Rooms {{#rooms}}\n\n{first}{table}")

    box = page.one("div", "help-table")
    assert (box.attrs["aria-labelledby"], box.attrs["tabindex"]) == ("rooms", "0")
    assert [cell.text for cell in box.one("table").all("td")] == ["1", "2"]
    assert "After." in page.text
    assert "After." not in box.text


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("student.md", "/help/student/"),
        ("student.md#calendar", "/help/student/#calendar"),
        ("../../rooms.md", "/help/guides/rooms/"),
        ("../../rooms.md#a", "/help/guides/rooms/#a"),
        ("#week", "#week"),
        ("/schedule/", "/schedule/"),
        ("https://example.com/a.md", "https://example.com/a.md"),
    ],
)
def test_link_leads_to_where_its_text_is_served(docs: Path, href: str, address: str):
    assert rendered(docs, f"See [there]({href}).").link("there") == address


def test_fence_may_say_more_than_its_language(docs: Path):
    page = rendered(docs, "```sh system\n# a comment\nls\n```")

    assert page.one("pre").text == "# a comment ls"
    assert len(page.all("h1")) == 1


def test_fence_in_an_item_is_typed_line_by_line_and_the_list_goes_on(docs: Path):
    page = rendered(docs, "1. First:\n\n   ```sh system\n   cd /\n     ls\n   ```\n\n2. Last")

    assert page.one("pre").one("code").children == ["cd /\n  ls\n"]
    assert [item.text for item in page.one("ol").all("li")] == ["First: cd / ls", "Last"]


def test_item_may_have_paragraphs_and_a_list_of_its_own(docs: Path):
    page = rendered(
        docs, "1. One\n   more:\n   - a\n     b\n   - c\n2. Two\n\n   and more\n3. Three"
    )

    outer = page.one("ol")
    assert [item.text for item in outer.one("ul").all("li")] == ["a b", "c"]
    assert [paragraph.text for paragraph in outer.all("p")][:2] == ["Two", "and more"]
    assert [item.text for item in outer.all("li")][-2:] == ["Two and more", "Three"]


def test_text_behind_a_list_is_no_longer_of_it(docs: Path):
    page = rendered(docs, "- One\n\nBehind it:\n\n```text\n- not an item\n  as typed\n```")

    assert [item.text for item in page.all("li")] == ["One"]
    assert page.one("pre").text == "- not an item as typed"


@pytest.mark.parametrize("href", ["nonesuch.md", "../../../README.md", "../../../deploy/a.conf"])
def test_file_that_is_not_served_is_named_and_leads_nowhere(docs: Path, href: str):
    page = rendered(docs, f"See [there]({href}).")

    assert page.all("a") == []
    assert page.one("span").text == "there"


def test_picture_has_its_size_so_that_nothing_moves_when_it_comes(docs: Path):
    picture = rendered(docs, "![A week](../pictures/en/week.webp)").one("img")

    assert picture.attrs["src"].endswith("help/en/week.webp")
    assert (picture.attrs["width"], picture.attrs["height"]) == ("40", "30")
    assert picture.attrs["alt"] == "A week"


def test_picture_that_is_not_there_is_an_error(docs: Path):
    with pytest.raises(FileNotFoundError):
        rendered(docs, "![A week](../pictures/en/nonesuch.webp)")
