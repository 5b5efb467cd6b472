from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from edu_platform.help import library
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor() -> Client:
    return Client()


def in_english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def links_of(page: Element) -> Iterator[str]:
    yield from (link.attrs["href"] for link in page.all("a") if "href" in link.attrs)


def test_contents_lead_to_every_page(visitor: Client):
    page = read(visitor.get("/help/").content)

    assert set(links_of(page)) >= {f"/help/{name}/" for name in library.PAGE_NAMES}
    assert page.one("h1").text == "帮助"


def test_contents_begin_with_the_page_of_the_reader(signed_in: SignedIn, planner: User):
    page = read(signed_in(planner).get("/help/").content)

    titles = [heading.text for heading in page.all("h2")]
    assert titles[0] == "教务使用说明"
    assert len(titles) == len(set(titles)) == len(library.PAGE_NAMES)


def test_page_is_in_the_language_of_its_reader(visitor: Client):
    chinese = read(visitor.get("/help/student/").content)
    english = read(in_english(visitor).get("/help/student/").content)

    assert chinese.one("h1").text == "学生使用说明"
    assert english.one("h1").text == "For students"


def test_pages_for_visitors_are_in_the_language_of_the_browser(
    visitor: Client, signed_in: SignedIn, planner: User
):
    def headings(client: Client) -> list[str]:
        names = ("family", "guest", "student")
        pages = [
            client.get(f"/help/{name}/", headers={"Accept-Language": "en-GB"}) for name in names
        ]
        return [read(page.content).one("h1").text for page in pages]

    assert headings(visitor) == ["For families", "For guests", "学生使用说明"]
    # A school works in one language, on machines that are set up in any.
    assert headings(signed_in(planner)) == ["家长使用说明", "访客使用说明", "学生使用说明"]


def test_page_lists_its_sections(visitor: Client):
    page = read(visitor.get("/help/student/").content)

    contents = page.one("nav", "help-contents")
    anchors = [link.removeprefix("#") for link in links_of(contents)]
    assert anchors == [heading.attrs["id"] for heading in page.all("h2")]


def test_guide_is_english_and_says_so_to_others(visitor: Client):
    chinese = read(visitor.get("/help/guides/rooms/").content)
    english = read(in_english(visitor).get("/help/guides/rooms/").content)

    assert chinese.one("article").attrs["lang"] == "en"
    assert "只有英文版" in chinese.text
    assert "in English only" not in english.text


def test_guide_that_is_translated_is_in_the_language_of_its_reader(visitor: Client):
    chinese = read(visitor.get("/help/guides/backup/").content)
    english = read(in_english(visitor).get("/help/guides/backup/").content)

    assert chinese.one("h1").text == "备份与恢复"
    assert "lang" not in chinese.one("article").attrs
    assert "只有英文版" not in chinese.text
    assert english.one("h1").text == "Backup and restore"


@pytest.mark.parametrize(
    "path", ["nonesuch/", "guides/nonesuch/", "..%2fstudent/", "guides/..%2f..%2fREADME/"]
)
def test_nothing_else_is_there(visitor: Client, path: str):
    assert visitor.get(f"/help/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "student/", "guides/rooms/"])
def test_help_is_only_read(visitor: Client, path: str):
    assert visitor.post(f"/help/{path}").status_code == 405


def test_help_is_open_to_those_who_owe_a_password_or_a_second_factor():
    SchoolSettings.objects.update_or_create(pk=1, defaults={"second_factor_is_compulsory": True})
    owing = UserFactory.create(
        username="owing",
        password="correct horse battery",
        must_change_password=True,
        roles=[Role.PLANNER],
    )
    client = Client()
    client.post("/accounts/login/", {"login": owing.username, "password": "correct horse battery"})

    assert client.get("/schedule/").status_code == 302
    assert client.get("/help/planner/").status_code == 200


def test_pages_lead_to_what_explains_them(
    signed_in: SignedIn, teacher: User, administrator: User, visitor: Client
):
    found = {
        read(client.get(path).content).link("本页帮助")
        for client, path in (
            (visitor, "/accounts/login/"),
            (signed_in(teacher), "/courseware/"),
            (signed_in(administrator), "/admin/"),
        )
    }

    assert found == {
        "/help/student/#sign-in",
        "/help/teacher/#states",
        "/help/administrator/#start",
    }


def test_help_page_leads_to_the_other_pages(visitor: Client):
    page = read(visitor.get("/help/student/").content)

    assert page.link("全部帮助页面") == "/help/"
    assert page.link("帮助") == "/help/"
