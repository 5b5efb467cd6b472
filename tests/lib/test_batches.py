"""What fails for many at once is done in halves, until the odd one stands alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edu_platform.lib.batches import in_halves


def add_up(numbers: Sequence[int]) -> int:
    if 7 in numbers:
        raise LookupError("nobody thought of this")
    return sum(numbers)


def test_what_does_not_fail_is_done_at_once():
    calls: list[Sequence[int]] = []

    def note(numbers: Sequence[int]) -> int:
        calls.append(numbers)
        return sum(numbers)

    assert in_halves([1, 2, 3], note, told="%s") == 6
    assert calls == [[1, 2, 3]]


@pytest.mark.parametrize("numbers", [[7, 1, 2, 3, 4], [1, 2, 7, 3, 4], [1, 2, 3, 4, 7]])
def test_odd_one_alone_is_left_out_and_logged(numbers: list[int], caplog: pytest.LogCaptureFixture):
    assert in_halves(numbers, add_up, told="adding %s") == 10

    (logged,) = caplog.records
    assert (logged.getMessage(), logged.exc_info is not None) == ("adding [7]", True)


def test_of_nothing_nothing_is_done():
    assert in_halves([], add_up, told="%s") == 0
