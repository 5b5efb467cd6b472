"""Names and addresses by which somebody is known: which are looked for, where they are found, and their digests."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from accounts.erasing.names import (
    KnownStrings,
    finder,
    is_looked_for,
    print_of,
    strings_in,
    strings_of,
    struck,
    struck_text,
    username_print,
)
from accounts.models import ExternalAccount, Session
from tests.support.erasing import ERASED, somebody

NOTHING = KnownStrings.from_json({})


@pytest.mark.parametrize(
    ("text", "is_looked"),
    [
        ("明", False),
        ("王芳", True),
        ("Li", False),
        ("Lin W", True),
        ("12345", False),
        ("202401", True),
        ("a@b.cn", True),
    ],
)
def test_is_looked_for_when_it_is_long_enough_for_its_letters(text: str, *, is_looked: bool):
    assert is_looked_for(text) is is_looked


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("请王芳来", "请已注销来"),
        ("linwei", "已注销"),
        ("LinWei!", "已注销!"),
        ("linwei2 xlinwei", "linwei2 xlinwei"),
        ("(linwei)", "(已注销)"),
        ("", ""),
    ],
)
def test_names_are_struck_out_of_text_word_by_word(text: str, result: str):
    assert struck_text(text, ["王芳", "linwei"], None) == result


def test_json_inside_of_text_is_struck_out_as_it_is_written():
    message = json.dumps([{"changed": {"name": "王芳"}}])

    assert json.loads(struck_text(message, ["王芳"], None)) == [{"changed": {"name": ERASED}}]


@pytest.mark.parametrize(
    ("text", "struck_out"),
    [
        ("add of the library", f"{ERASED} of the library"),
        ("(Add) 来了", f"({ERASED}) 来了"),
        ("madder", "madder"),
        ("/people/add/", "/people/add/"),
        ("https://add.school.example", "https://add.school.example"),
        ("x@add.example", "x@add.example"),
        ("photo.add", "photo.add"),
        ("add.pdf", f"{ERASED}.pdf"),
    ],
)
def test_a_short_name_is_struck_out_as_a_word_alone(text: str, struck_out: str):
    assert struck_text(text, ["add"], None) == struck_out


def test_a_text_that_becomes_longer_keeps_to_its_column():
    assert struck_text("王芳王芳", ["王芳"], 5) == "已注销已注"


def test_json_is_struck_out_inside_of_all_of_it_but_for_words_of_the_platform():
    value = {"teacher": [1, "王芳"], "王芳": [{"note": "王芳 来"}], "linwei": None}

    assert struck(value, finder(["王芳", "linwei"])) == {
        "teacher": [1, ERASED],
        ERASED: [{"note": f"{ERASED} 来"}],
        "linwei": None,
    }


def test_of_two_names_the_longer_one_is_struck_out():
    assert struck_text("王芳菲", ["王芳", "王芳菲"], None) == ERASED


def test_a_digest_finds_the_name_in_a_text_again_and_nothing_else():
    prints = [print_of("王芳"), print_of("linwei")]

    assert strings_in("请王芳和LinWei来", prints) == {"王芳", "LinWei"}
    assert strings_in("请李芳来", prints) == set()
    assert "王芳" not in str(prints)


def test_a_username_has_one_digest_however_it_is_typed():
    assert username_print("LinWei ") == username_print("linwei") != username_print("linwei2")


@pytest.mark.django_db
def test_accounts_of_other_systems_are_looked_for_and_addresses_of_networks_are_not():
    person = somebody("欧阳明月", username="moonlight", email="moon@school.example")
    ExternalAccount.objects.create(
        user=person, method="oidc", issuer="https://idp", subject="subject-77", username="yue.ming"
    )
    Session.objects.create(
        session_key="s", user=person, expire_date=timezone.now(), code="c", address="10.0.0.7"
    )

    strings = strings_of(person, NOTHING)

    assert {"欧阳明月", "moonlight", "moon@school.example", "yue.ming"} <= strings.free
    assert "10.0.0.7" not in strings.own
    assert strings.shared == frozenset()


@pytest.mark.django_db
def test_what_was_known_before_is_known_still():
    person = somebody("欧阳明月")
    before = KnownStrings.from_json({"own": ["皓月"], "free": ["皓月"]})

    strings = strings_of(person, before)

    assert {"皓月", "欧阳明月"} <= strings.own & strings.free
    assert KnownStrings.from_json(strings.as_json()) == strings
