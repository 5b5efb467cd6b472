"""Pages for when something is wrong: in people's language, and without a word about the inside."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from tests.cast import SignedIn
from tests.support.pages import read

pytestmark = pytest.mark.django_db


def refuse(_request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("secret reason")


def distrust(_request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("secret reason")


def fall(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret reason")


urlpatterns = [
    path("refused/", refuse),
    path("distrusted/", distrust),
    path("fallen/", fall),
    path("", include("edu_platform.urls")),
]


@pytest.fixture
def _with_faults(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.usefixtures("_with_faults")
@pytest.mark.parametrize(
    ("address", "status", "chinese", "english"),
    [
        ("/refused/", 403, "您没有权限这样做", "You may not do this"),
        ("/distrusted/", 400, "无法理解这个请求", "The request could not be understood"),
        ("/nowhere/", 404, "没有这个页面", "There is no such page for you"),
    ],
)
def test_pages_of_errors(
    signed_in: SignedIn, teacher, address: str, status: int, chinese: str, english: str
) -> None:
    for language, title in (("zh-hans", chinese), ("en", english)):
        answer = signed_in(teacher, language).get(address)

        page = read(answer.content)
        assert answer.status_code == status
        assert page.one("h1").text == title
        assert page.one("main").all("a", href="/")
        assert "secret reason" not in answer.content.decode()


@pytest.mark.usefixtures("_with_faults")
def test_server_error_needs_nothing_that_may_be_broken(teacher) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(teacher)

    answer = client.get("/fallen/")

    page = read(answer.content)
    assert answer.status_code == 500
    assert [each.text for each in page.all("h1")] == ["出错了", "Something went wrong"]
    assert {each.attrs["href"] for each in page.all("a")} == {"/"}
    assert "secret reason" not in answer.content.decode()


@pytest.mark.usefixtures("_with_faults")
def test_server_error_with_the_database_down(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the database is down")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", broken)
    client.cookies["sessionid"] = "a" * 32

    answer = client.get("/schedule/")

    assert answer.status_code == 500
    assert "出错了" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "title"), [("zh-hans", "表单已失效"), ("en", "The form is no longer valid")]
)
def test_form_from_elsewhere(teacher, language: str, title: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(teacher)
    client.cookies["django_language"] = language

    answer = client.post("/accounts/profile/picture/", {"remove": "1"})

    assert answer.status_code == 403
    assert read(answer.content).one("h1").text == title


def test_visitor_is_not_told_what_exists(client: Client) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code in {302, 404}
    assert "/schedule/" not in answer.content.decode()
