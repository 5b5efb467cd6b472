"""Wrong guesses of secret addresses are counted by client address, in a real Valkey, and bounded."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from django.http import HttpRequest

from edu_platform.lib import counters, guesses
from edu_platform.lib.guesses import (
    RETRY_AFTER_S,
    WORKED_FOR,
    WRONG_AT_MOST,
    is_spent,
    note_right,
    note_wrong,
)
from edu_platform.lib.secret_tokens import make_secret_token

PHONE = "203.0.113.7"
TOKEN = "bIHfHx5nc7Pigec7Ywyj_CqcIWhcLm-t"


def asked_from(address: str) -> HttpRequest:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = address
    return request


def guess(address: str, times: int) -> None:
    for _time in range(times):
        note_wrong(asked_from(address), make_secret_token())


@pytest.mark.usefixtures("valkey")
def test_address_is_spent_once_it_guessed_wrong_too_often_and_no_sooner():
    guess(PHONE, WRONG_AT_MOST - 1)
    assert not is_spent(asked_from(PHONE), TOKEN)

    guess(PHONE, 1)

    assert is_spent(asked_from(PHONE), TOKEN)
    assert not is_spent(asked_from("203.0.113.8"), TOKEN)


def test_count_ends_after_its_time_however_often_is_guessed_meanwhile(valkey: str):
    guess(PHONE, 1)
    with redis.Redis.from_url(valkey) as server:
        (key,) = server.keys("guesses:*")
        assert 0 < server.pttl(key) <= RETRY_AFTER_S * 1000
        server.pexpire(key, 60_000)
        guess(PHONE, WRONG_AT_MOST)
        assert server.pttl(key) <= 60_000
        server.delete(key)

    assert not is_spent(asked_from(PHONE), TOKEN)


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize(
    ("guesser", "other", "is_the_same"),
    [
        ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::5", "2001:db8:1:3::5", False),
        ("::ffff:203.0.113.7", PHONE, True),
    ],
)
def test_addresses_of_one_customer_are_counted_together(
    guesser: str, other: str, is_the_same: bool
):
    guess(guesser, WRONG_AT_MOST)

    assert is_spent(asked_from(other), TOKEN) is is_the_same


@pytest.mark.usefixtures("valkey")
def test_token_that_worked_passes_from_anywhere_and_no_other_does():
    note_right(asked_from("203.0.113.8"), TOKEN)
    guess(PHONE, WRONG_AT_MOST)

    assert not is_spent(asked_from(PHONE), TOKEN)
    assert is_spent(asked_from(PHONE), make_secret_token())


def test_token_passes_for_a_day_from_its_last_use_and_is_not_in_redis(valkey: str):
    note_right(asked_from(PHONE), TOKEN)
    with redis.Redis.from_url(valkey) as server:
        (key,) = server.keys("guesses:*")
        assert TOKEN.encode() not in key
        server.pexpire(key, 1000)
        note_right(asked_from(PHONE), TOKEN)
        assert 1000 < server.pttl(key) <= WORKED_FOR.total_seconds() * 1000


@pytest.mark.usefixtures("valkey")
def test_token_that_works_no_more_is_a_guess_like_any_other():
    note_right(asked_from(PHONE), TOKEN)
    note_wrong(asked_from(PHONE), TOKEN)
    guess(PHONE, WRONG_AT_MOST - 1)

    assert is_spent(asked_from(PHONE), TOKEN)


@pytest.mark.usefixtures("valkey")
def test_each_refusal_is_counted_for_operators():
    before = refused()
    guess(PHONE, WRONG_AT_MOST)
    assert refused() == before

    is_spent(asked_from(PHONE), TOKEN)

    assert refused() == before + 1


def test_nothing_is_bounded_without_redis(settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(guesses, "WRONG_AT_MOST", 1)
    guess(PHONE, 3)

    assert not is_spent(asked_from(PHONE), TOKEN)


def refused() -> float:
    (metric,) = counters.GUESSES_REFUSED.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_total"))
