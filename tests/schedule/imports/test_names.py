"""Names that differ in case or width only are one."""

from __future__ import annotations

import pytest

from schedule.lessons.moments import NotReadable
from schedule.lessons.named import Spellings


@pytest.mark.parametrize("name", ["1A班", "１Ａ班", "1a班"])
def test_name_is_written_as_the_school_has_it(name: str) -> None:
    assert Spellings(["1A班", "1B班"]).of(name) == "1A班"


def test_new_name_is_written_as_it_was_first() -> None:
    spellings = Spellings([])

    assert [spellings.of(name) for name in ("１Ａ班", "1A班", "1B班")] == [
        "１Ａ班",
        "１Ａ班",
        "1B班",
    ]


def test_of_several_names_that_look_alike_the_very_same_one_is_meant_or_none() -> None:
    spellings = Spellings(["1A班", "1a班"])

    assert spellings.of("1a班") == "1a班"
    with pytest.raises(NotReadable, match="1A班、1a班"):
        spellings.of("１Ａ班")
