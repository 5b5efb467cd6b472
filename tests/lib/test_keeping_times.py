"""Kinds of data are kept as long as the product says, or the school; never less than the shortest."""

from __future__ import annotations

import datetime as dt

import pytest

from edu_platform.lib.keeping_times import (
    DAY,
    LONGEST,
    KeptKind,
    all_kinds,
    chosen_readers,
    forget,
    forgotten_listeners,
    kept_for,
    kind_called,
    lengths_in_force,
)

AT = dt.datetime(2026, 12, 2, 4, tzinfo=dt.UTC)


def kind_of(**values: object) -> KeptKind:
    usual = {"code": "letters", "name": "", "purpose": "", "reason": "", "default": 180 * DAY}
    return KeptKind(**{"shortest": 60 * DAY, **usual, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chosen", "days"),
    [({}, 180), ({"letters": 90}, 90), ({"others": 90}, 180), ({"letters": 400}, 400)],
)
def test_the_school_chooses_else_the_product_does(chosen: dict[str, int], days: int):
    with chosen_readers.only(lambda: chosen):
        assert kept_for(kind_of()) == days * DAY


def test_a_choice_below_the_shortest_counts_as_the_shortest():
    with chosen_readers.only(lambda: {"letters": 7}):
        assert kept_for(kind_of()) == 60 * DAY


def test_a_kind_that_the_school_does_not_set_is_kept_as_the_product_says():
    with chosen_readers.only(lambda: {"letters": 7}):
        assert kept_for(kind_of(shortest=None)) == 180 * DAY


def test_what_is_kept_for_good_has_no_length():
    with pytest.raises(ValueError, match="letters is kept for good"):
        kept_for(kind_of(default=None, shortest=None))


def test_forgets_what_is_older_than_the_length_in_force_and_tells_how_much():
    asked: list[object] = []
    forgotten: list[object] = []

    def delete(at: dt.datetime, length: dt.timedelta) -> int:
        asked.append((at, length))
        return 3

    listener = lambda *what: forgotten.append(what)  # noqa: E731 -- a list hears it
    with chosen_readers.only(lambda: {"letters": 90}), forgotten_listeners.only(listener):
        assert forget(kind_of(forget=delete), AT) == 3

    assert asked == [(AT, 90 * DAY)]
    assert forgotten == [("letters", 3, AT)]


def test_what_nothing_deletes_by_its_age_is_not_forgotten():
    with pytest.raises(ValueError, match="letters is not deleted by its age"):
        forget(kind_of(), AT)


def test_each_kind_has_a_code_of_its_own():
    codes = [kind.code for kind in all_kinds()]

    assert len(codes) == len(set(codes))
    assert kind_called("audit_log").code == "audit_log"


def test_each_kind_says_in_words_what_it_is_what_for_and_why_so_long():
    for kind in all_kinds():
        for words in (kind.name, kind.purpose, kind.reason):
            assert 0 < len(str(words)) < 100, kind.code


def test_what_the_school_may_set_has_a_default_within_its_bounds_in_whole_days():
    for kind in all_kinds():
        if kind.shortest is not None:
            assert kind.default is not None, kind.code
            assert DAY <= kind.shortest <= kind.default <= LONGEST, kind.code
            assert (kind.default % DAY, kind.shortest % DAY) == (DAY * 0, DAY * 0), kind.code
            assert kind.forget is not None, kind.code


def test_rows_of_several_kinds_stay_as_long_as_the_longest():
    (model,) = kind_called("failed_callbacks").models

    with chosen_readers.only(lambda: {"failed_callbacks": 40}):
        assert lengths_in_force().get(model) == 90 * DAY
    with chosen_readers.only(dict):
        assert lengths_in_force().get(model) == 180 * DAY


def test_a_table_of_no_kind_says_no_length():
    (model,) = kind_called("replays").models

    with chosen_readers.only(dict):
        assert model not in lengths_in_force()
