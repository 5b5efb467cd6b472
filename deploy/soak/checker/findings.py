"""What the checker has to say against a school."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    LOST = "lost"  # somebody was promised it, or the cloud holds it, and it is not there
    DOUBLED = "doubled"  # it is there more often than once
    UNEXPLAINED = "unexplained"  # it differs, and nothing in the journal or the tables says why


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
