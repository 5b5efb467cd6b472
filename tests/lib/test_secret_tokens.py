"""Secret parts of addresses: unlike, unguessable, and found in what messengers make of them."""

from __future__ import annotations

import pytest

from edu_platform.lib.secret_tokens import (
    TOKEN_BYTES,
    digest_of,
    is_token,
    make_secret_token,
    token_at_start,
)

TOKEN = "bIHfHx5nc7Pigec7Ywyj_CqcIWhcLm-t"


def test_made_ones_are_unlike_and_long_enough():
    tokens = {make_secret_token() for _number in range(50)}

    assert len(tokens) == 50
    assert TOKEN_BYTES * 8 >= 128
    assert all(is_token(token) for token in tokens)


def test_digests_stay_as_they_are_stored():
    digest = "c62e4615bd39e222572f3a1bf7c2132ea1e65b17ec805047bd6b2842c593493f"
    assert digest_of("x" * 32) == digest
    assert digest_of("é") != digest_of("e")


@pytest.mark.parametrize("behind", ["", "/", "。请收好", "%20", " and more", "?a=b"])
def test_is_found_before_what_stands_behind(behind: str):
    assert token_at_start(f"{TOKEN}{behind}") == TOKEN
    assert is_token(f"{TOKEN}{behind}") is (behind == "")


@pytest.mark.parametrize("text", ["", TOKEN[:-1], f"{TOKEN}x", f" {TOKEN}", "é" * 32])
def test_other_texts_begin_with_none(text: str):
    assert token_at_start(text) is None
    assert not is_token(text)


def test_line_break_behind_it_is_no_part_of_it():
    assert not is_token(f"{TOKEN}\n")
