"""Chinese pages are Chinese, also those that the walk of test_permission_walk.py does not reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from replays.models import Retention
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.stories import test_permission_walk as walk
from tests.support.chinese import foreign_words, is_page, names_of_objects, with_blanks
from tests.support.pages import read
from tests.support.second_factor import CODE, SET_UP, code_of, type_code, wrong_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lenient_templates")]

PASSWORD = "correct horse battery"
places, called = walk.places, walk.called
visit, one_of_each = walk.visit, walk.one_of_each


@pytest.fixture(autouse=True)
def _mail_is_sent(settings: Any) -> None:
    settings.SENDS_MAIL = True


def test_pages_of_the_second_factor_have_no_foreign_word():
    """Those that the people of the cast do not see: they have neither password nor factor."""
    UserFactory.create(username="chief", password=PASSWORD, roles=[Role.PLANNER])
    client = Client()
    client.post("/accounts/login/", {"login": "chief", "password": PASSWORD})
    shown = read(client.get(SET_UP).content)
    secret = shown.one("span", id="secret").text
    pages = [shown, read(client.post(SET_UP, {"code": wrong_code(secret)}).content)]
    client.post(SET_UP, {"code": code_of(secret)})
    # The recovery codes are shown once: the second time the page says so.
    paths = ("", "recovery-codes/", "recovery-codes/", "recovery-codes/new/", "remove/")
    pages += [read(client.get(f"/accounts/second-factor/{path}").content) for path in paths]
    for path in ("/accounts/second-factor/code-again/", "/accounts/reauthenticate/"):
        pages += [read(client.get(path).content), read(client.post(path, {"code": "1"}).content)]
    client = Client()
    client.post("/accounts/login/", {"login": "chief", "password": PASSWORD})
    pages += [read(client.get(CODE).content), *(read(type_code(client, "1").content) for _ in "12345678901")]  # fmt: skip

    found = [foreign_words(page, {*secret.split(), "chief"}) | with_blanks(page) for page in pages]

    assert [words for words in found if words] == []


def pages_of_objects(who: str) -> Iterator[str]:
    """The administration's pages of one object of each model, and all that ask before one is deleted.

    What these say hangs on what belongs to the object. What was done to it is told to all in the same words.
    """
    kinds = ("delete", "change") if who == "planner" else ("delete", "change", "history")
    for model in admin.site._registry:
        route = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for place, each in enumerate(model._default_manager.order_by("pk")):
            for page in kinds[: 1 if place else None]:
                yield reverse(f"{route}_{page}", args=[each.pk])


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("who", walk.READERS)
def test_no_page_of_an_object_in_the_administration_has_a_foreign_word(
    who: str, called: set[str], visit: Callable[..., Any], request: pytest.FixtureRequest
):
    request.getfixturevalue(who)
    called |= names_of_objects()

    answers = {path: visit(who, "get", path) for path in pages_of_objects(who)}

    found = {
        path: foreign_words(read(answer.content), called)
        for path, answer in answers.items()
        if is_page(answer)
    }
    assert {path: words for path, words in found.items() if words} == {}
    assert len(found) > 20


@pytest.mark.parametrize("button", ["_continue", "_addanother"])
def test_what_the_administration_has_saved_is_told_in_our_words(
    button: str, planner: User, class_group: ClassGroup, signed_in: SignedIn
):
    client = signed_in(planner)
    fields = {"class_group": class_group.pk, "days": "30", button: ""}

    added = client.post("/admin/replays/retention/add/", fields, follow=True)
    edit = reverse("admin:replays_retention_change", args=[Retention.objects.get().pk])
    changed = client.post(edit, {**fields, "days": "60"}, follow=True)

    for answer in (added, changed):
        told = read(answer.content).one("ul", "messagelist").text
        assert "您可以在下面" in told


def test_wrong_username_is_told_what_it_may_contain(planner: User, signed_in: SignedIn):
    fields = {"username": "王 小明", "display_name": "王小明", "roles": ["student"]}

    answer = signed_in(planner).post("/people/new/", fields)

    (error,) = answer.context["form"].errors["username"]
    assert error == "用户名只能包含字母、数字、汉字和 @ . + - _。"


def test_wrong_old_password_is_told_in_our_words(planner: User, signed_in: SignedIn):
    planner.set_password("correct horse")
    planner.save()
    client = signed_in(planner)
    address = client.post("/admin/password_change/")["Location"]

    answer = client.post(address, {"oldpassword": "x"})

    (error,) = answer.context["form"].errors["oldpassword"]
    assert error == "旧密码不正确，请重新输入。"
