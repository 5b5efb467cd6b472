"""Text that is written into cells stays text in every spreadsheet program."""

from __future__ import annotations

import pytest

from edu_platform.lib.spreadsheets.writing import escaped


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\ttext",
        "\rtext",
        " =1+1",
        "\n=1+1",
        "\u3000=1+1",
        "\x01=1+1",
        "\u200b=1+1",
        "\ufeff\u00a0+1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        " \u200b＝1",
    ],
)
def test_formulas_are_shown_and_not_calculated(text: str) -> None:
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "第一讲", " 第一讲", "a=b", "（=1）", "1-1", "\n第一讲"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text
