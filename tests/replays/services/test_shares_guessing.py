"""Guesses at the password of a link: some are free, and then the link takes none for a while."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.test import Client

from accounts.models import User
from replays.models import ReplayFile, Share
from replays.services import shares
from tests.support.pages import main
from tests.support.sharing import make_link
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
FREE = shares.FREE_GUESSES
NOW = dt.datetime(2026, 9, 7, 8, tzinfo=dt.UTC)


def guess(link: Share, password: str, at: dt.datetime) -> str:
    """Return what somebody hears who tries this password."""
    link.refresh_from_db()
    try:
        shares.open_with(link, password, at=at)
    except (shares.WrongPassword, shares.TooManyGuesses) as err:
        return type(err).__name__
    return "open"


class TestPassword:
    @pytest.fixture
    def link(self, planner: User, file: ReplayFile) -> Share:
        return make_link(file.replay, planner, at=NOW, password="abcd1234").share

    @pytest.mark.parametrize("typed", ["abcd1234", " abcd1234 ", "ａｂｃｄ１２３４"])
    def test_opens_however_it_is_typed(self, link: Share, typed: str):
        assert guess(link, typed, NOW) == "open"

    @pytest.mark.parametrize("typed", ["ABCD1234", "abcd", "abcd12345", "", "abcd123"])
    def test_no_other_does(self, link: Share, typed: str):
        assert guess(link, typed, NOW) == "WrongPassword"

    def test_after_many_wrong_ones_the_right_one_waits_too(self, link: Share):
        heard = [guess(link, "wrong", NOW) for _time in range(FREE)]
        heard.append(guess(link, "abcd1234", NOW))
        heard.append(guess(link, "abcd1234", NOW + dt.timedelta(minutes=1) - SECOND))
        heard.append(guess(link, "abcd1234", NOW + dt.timedelta(minutes=1)))

        assert heard == [*["WrongPassword"] * FREE, "TooManyGuesses", "TooManyGuesses", "open"]

    def test_each_further_one_costs_twice_as_long_up_to_an_hour(self, link: Share):
        at, waits = NOW, []
        for _time in range(FREE + 7):
            guess(link, "wrong", at)
            link.refresh_from_db()
            if link.locked_until is not None:
                waits.append((link.locked_until - at).total_seconds() / 60)
                at = link.locked_until

        assert waits == [1, 2, 4, 8, 16, 32, 60, 60]

    def test_right_ones_of_others_give_no_new_tries(self, link: Share):
        heard = []
        for _visitor in range(FREE // 4 + 2):
            heard += [guess(link, "wrong", NOW) for _time in range(4)]
            heard.append(guess(link, "abcd1234", NOW))

        assert heard.count("WrongPassword") == FREE

    def test_class_that_mistypes_it_now_and_then_comes_in(self, link: Share):
        heard = []
        for number in range(40):
            if number % 3 == 0:
                guess(link, "mistyped", NOW)
            heard.append(guess(link, "abcd1234", NOW))

        assert heard == ["open"] * 40

    @pytest.mark.parametrize(("hours", "free"), [(0, 1), (1, 2), (3, 4), (FREE, FREE)])
    def test_one_is_forgotten_for_each_hour_since_the_last(
        self, link: Share, hours: int, free: int
    ):
        Share.objects.update(wrong_passwords=FREE - 1, wrong_at=NOW)

        heard = [guess(link, "wrong", NOW + hours * HOUR) for _time in range(FREE + 1)]

        assert heard.count("WrongPassword") == free

    def test_who_never_stops_has_one_an_hour(self, link: Share):
        at, tries = NOW, 0
        while at < NOW + 12 * HOUR:
            tries += guess(link, "wrong", at) == "WrongPassword"
            link.refresh_from_db()
            at = link.locked_until or at

        assert FREE + 12 <= tries <= FREE + 12 + 6
        assert link.wrong_passwords < FREE + 10

    def test_two_links_are_locked_apart(self, link: Share, planner: User):
        other = make_link(link.replay, planner, at=NOW, password="abcd1234").share
        for _time in range(FREE):
            guess(link, "wrong", NOW)

        assert guess(other, "abcd1234", NOW) == "open"


@pytest.mark.django_db(transaction=True)
def test_of_guesses_at_once_no_more_are_answered(planner: User, file: ReplayFile):
    link = make_link(file.replay, planner, at=NOW, password="abcd1234").share
    Share.objects.update(wrong_passwords=FREE - 5, wrong_at=NOW)

    def try_one(number: int) -> str:
        # As each process has it: read before any of the others was counted.
        mine = Share.objects.get(pk=link.pk)
        try:
            shares.open_with(mine, f"wrong{number}", at=NOW)
        except (shares.WrongPassword, shares.TooManyGuesses) as err:
            return type(err).__name__
        return "open"

    heard = all_at_once(try_one, range(12))

    assert sorted(heard) == [*["TooManyGuesses"] * 7, *["WrongPassword"] * 5]


class TestPasswordsAtOnce:
    """Each takes much memory while it is looked at."""

    @pytest.fixture
    def made(self, planner: User, file: ReplayFile) -> shares.NewLink:
        return make_link(file.replay, planner, password="abcd1234")

    @pytest.fixture
    def _busy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        full = threading.BoundedSemaphore(1)
        full.acquire()
        monkeypatch.setattr(shares, "_looking", full)
        monkeypatch.setattr(shares, "PLACE_WITHIN_S", 0.01)

    def test_are_few(self, made: shares.NewLink, monkeypatch: pytest.MonkeyPatch):
        lock, now, most = threading.Lock(), 0, 0

        def look(*_password: str) -> bool:
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            threading.Event().wait(0.02)
            with lock:
                now -= 1
            return True

        monkeypatch.setattr(shares, "check_password", look)
        monkeypatch.setattr(shares, "_count_guess", lambda *_link, **_more: True)
        all_at_once(lambda _number: shares.open_with(made.share, "x", at=NOW), range(8))

        assert most == shares.LOOKED_AT_ONCE

    @pytest.mark.usefixtures("_busy")
    def test_one_more_is_told_to_come_back_and_not_counted(
        self, guest: Client, made: shares.NewLink
    ):
        answer = guest.post(f"/replays/shared/{made.token}/", {"password": "wrong"})

        page = main(answer)
        assert (answer.status_code, answer["Retry-After"]) == (429, "3")
        assert page.one("p", "errors").text == (
            "Too many passwords are being tried at the moment. Try again in a few seconds."
        )
        assert len(page.all("form")) == 1
        assert Share.objects.get().wrong_passwords == 0

    def test_places_come_free_again(self, guest: Client, made: shares.NewLink):
        path = f"/replays/shared/{made.token}/"
        for _time in range(shares.LOOKED_AT_ONCE + 1):
            guest.post(path, {"password": "wrong"})

        assert guest.post(path, {"password": "abcd1234"}).status_code == 303
