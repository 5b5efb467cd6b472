"""The words that the cloud refuses in names and titles."""

from __future__ import annotations

from localcloud.cloud import Cloud

DEFAULT_WORDS = ["违禁词"]
_NAME = "refused_words"


def load(cloud: Cloud) -> list[str]:
    return list(cloud.value(_NAME, default=DEFAULT_WORDS))


def save(cloud: Cloud, words: list[str]) -> None:
    cloud.save_value(_NAME, words)
