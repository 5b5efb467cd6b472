from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import translation

from classroom.client.users import Ticket
from classroom.links import class_link

TICKET = Ticket("user1", "secret-token")


@pytest.fixture(autouse=True)
def _class_page(settings: Any) -> None:
    settings.LCIC_CLASS_URL = "https://class.example/latest/class.html"
    settings.LCIC_SDK_APP_ID = 3520371


def test_names_application_room_person_ticket_and_language_in_this_order():
    link = class_link(300000001, TICKET, as_supervisor=False)

    assert link == (
        "https://class.example/latest/class.html"
        "?schoolid=3520371&classid=300000001&userid=user1&token=secret-token&lng=zh-CN"
    )


@pytest.mark.parametrize(("language", "asked"), [("zh-hans", "zh-CN"), ("en", "en-US")])
def test_class_page_speaks_as_ours(language: str, asked: str):
    with translation.override(language):
        link = class_link(300000001, TICKET, as_supervisor=False)

    assert parse_qs(urlsplit(link).query)["lng"] == [asked]


def test_supervisor_comes_as_one():
    link = class_link(300000001, TICKET, as_supervisor=True)

    assert link == (
        "https://class.example/latest/class.html"
        "?schoolid=3520371&classid=300000001&userid=user1&token=secret-token&lng=zh-CN"
        "&role=supervisor"
    )


def test_ticket_of_any_letters_arrives_whole():
    ticket = Ticket("u&role=supervisor", "a+b/c==#&x 中")

    query = parse_qs(urlsplit(class_link(1, ticket, as_supervisor=False)).query)

    assert query == {
        "schoolid": ["3520371"],
        "classid": ["1"],
        "userid": [ticket.user_id],
        "token": [ticket.token],
        "lng": ["zh-CN"],
    }
