"""Settings of the environment in words, as pages say them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from edu_platform import doctor, env
from edu_platform.doctor.findings import warning
from edu_platform.doctor.variables import NOUNS, in_words_of_pages, without_variables


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "PUBLIC_BASE_URL leads elsewhere (HTTP 301). Set PUBLIC_BASE_URL.",
            "The public address leads elsewhere (HTTP 301). Set the public address.",
        ),
        ("Restart with this LCIC_CALLBACK_KEY.", "Restart with this callback key."),
        ("Set LCIC_REGION to the region.", "Set the setting of the environment to the region."),
        ("ENCODING 'UTF8' LC_CTYPE 'C.UTF-8'", "ENCODING 'UTF8' LC_CTYPE 'C.UTF-8'"),
    ],
)
def test_english(said: str, words: str):
    with translation.override("en"):
        assert without_variables(said) == words


def test_chinese_stands_without_blanks():
    with translation.override("zh-hans"):
        words = without_variables(
            "请更正 PUBLIC_BASE_URL，或在 DNS 中添加。云端可以访问 REDIS_URL 吗"
        )

    assert words == "请更正公开地址，或在 DNS 中添加。云端可以访问 Redis 地址吗"


def test_names_that_nobody_reads_are_not_repeated():
    finding = warning("settings.names", "Nobody reads LCIC_ID.", "Is LCIC_SDK_APP_ID meant?")

    assert "LCIC" not in "".join(in_words_of_pages(finding))


def test_every_setting_that_the_doctor_speaks_of_has_a_noun():
    code = "".join(path.read_text("utf-8") for path in Path(doctor.__file__).parent.glob("*.py"))
    sentences = "".join(re.findall(r'"[^"\n]* [^"\n]*"', code))

    assert {name for name in env.read_names if re.search(rf"\b{name}\b", sentences)} <= NOUNS.keys()
