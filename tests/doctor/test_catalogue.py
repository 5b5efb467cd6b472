from __future__ import annotations

import pytest

from edu_platform.doctor import wording
from edu_platform.doctor.catalogue import CHECKS, TOPICS, UnknownCheck, chosen
from tests.support.environment import ROOT


def lines() -> list[str]:
    return [line for each in CHECKS for line in each.lines]


def test_each_line_is_said_by_one_check():
    assert len(lines()) == len(set(lines()))


def rows_of_the_page() -> list[str]:
    text = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    _before, _head, text = text.partition("## All checks")
    return [row.split("|")[1].strip(" `") for row in text.splitlines() if row.startswith("| `")]


def test_page_about_them_has_a_row_for_each():
    assert sorted(rows_of_the_page()) == sorted(lines())


def test_what_others_stand_on_is_told_before_them():
    """At night people begin with the first error."""
    told = lines()

    assert told.index("database.connection") < told.index("clock.database")
    # With another clock, answers of workers are too late and heartbeats too old.
    assert told.index("clock.database") < min(
        told.index(line) for line in ("workers.celery", "workers.events", "beat.heartbeat")
    )
    assert told.index("broker.connection") < told.index("workers.celery")
    assert told.index("workers.events") < told.index("beat.heartbeat")
    assert told.index("cloud.credentials") < told.index("recordings.storage")


def test_page_tells_them_in_their_order():
    assert rows_of_the_page() == lines()


def test_all_are_chosen_where_nothing_is_named():
    assert chosen([]) == list(CHECKS)


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_is_chosen_with_all_its_lines(topic: str):
    told = {line for each in chosen([topic]) for line in each.lines}

    assert {line for line in lines() if line.startswith(f"{topic}.")} <= told


def test_line_is_chosen_by_its_name():
    (only,) = chosen(["database.migrations"])

    assert "database.migrations" in only.lines


@pytest.mark.parametrize("name", ["databases", "database.", "migrations"])
def test_unknown_name_is_refused(name: str):
    with pytest.raises(UnknownCheck, match=name):
        chosen(["database", name])


def test_each_topic_has_words_for_who_knows_no_names_of_checks():
    assert set(wording.TOPICS) == set(TOPICS)
