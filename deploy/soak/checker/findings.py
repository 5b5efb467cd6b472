"""Faults that the checker finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    LOST = "lost"  # promised to somebody, or held by the cloud, and not there
    DOUBLED = "doubled"  # there more than once
    UNEXPLAINED = "unexplained"  # different without a reason in the journal or the tables


@dataclass(frozen=True, slots=True)
class Finding:
    kind: FindingKind
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


def lost(sentence: str) -> Finding:
    return Finding(FindingKind.LOST, sentence)


def doubled(sentence: str) -> Finding:
    return Finding(FindingKind.DOUBLED, sentence)


def unexplained(sentence: str) -> Finding:
    return Finding(FindingKind.UNEXPLAINED, sentence)
