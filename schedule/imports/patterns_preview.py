"""What taking over a file of weekly lessons would do, row by row, in the form that is kept for its page."""

from __future__ import annotations

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import WHOLE_FILE
from schedule.enums import PatternSource, RecordMode, RoomType, RowKind
from schedule.imports.patterns import PatternCheck
from schedule.imports.previews import Cell
from schedule.models import Term
from schedule.services.bulk_patterns import PatternChange
from schedule.terms.pattern_plans import PatternPlan, plan_of
from schedule.terms.words import (
    periods_in_words,
    time_in_words,
    weekday_in_words,
    weeks_in_words,
)


@dataclass(frozen=True, slots=True)
class ConflictNote:
    text: str
    # Of the lesson that stands in the way; empty where it is another weekly lesson.
    lesson_code: str = ""


@dataclass(frozen=True, slots=True)
class PatternRow:
    # 0: the file does not have it.
    line: int
    kind: RowKind
    course: str = ""
    class_groups: str = ""
    teacher: str = ""
    time: str = ""
    cells: tuple[Cell, ...] = ()
    conflicts: tuple[ConflictNote, ...] = ()


@dataclass(frozen=True, slots=True)
class PatternPreview:
    """The rows in the order of the file, then what is removed; in the language of who had it checked."""

    term_code: str
    rows: tuple[PatternRow, ...]

    @property
    def counts(self) -> Counter[RowKind]:
        return Counter(row.kind for row in self.rows)

    @property
    def can_be_taken(self) -> bool:
        return not self.counts[RowKind.CONFLICT]

    @property
    def changes_anything(self) -> bool:
        return any(row.kind != RowKind.UNCHANGED for row in self.rows)

    def packed(self) -> bytes:
        told = {"term": self.term_code, "rows": [asdict(row) for row in self.rows]}
        return zlib.compress(json.dumps(told, ensure_ascii=False).encode())

    @classmethod
    def of(cls, packed: bytes) -> PatternPreview:
        told = json.loads(zlib.decompress(packed))
        return cls(told["term"], tuple(_row_of(row) for row in told["rows"]))


def make_preview(term: Term, check: PatternCheck, headings: Mapping[str, str]) -> PatternPreview:
    """Of a file in which nothing is at fault, but may be in conflict."""
    against: dict[int, list[ConflictNote]] = defaultdict(list)
    of_others: list[ConflictNote] = []
    for conflict in check.conflicts:
        code = conflict.lesson.code if conflict.lesson is not None else ""
        note = ConflictNote(conflict.fault.reason, code)
        if conflict.fault.column == WHOLE_FILE:
            of_others.append(note)
        else:
            against[conflict.fault.line].append(note)
    rows = [_with_conflicts(row, against[row.line]) for row in _rows_of_file(check, headings)]
    rows.sort(key=lambda row: row.line)
    if of_others:
        rows.insert(0, PatternRow(0, RowKind.CONFLICT, conflicts=tuple(of_others)))
    rows += [_row(0, RowKind.REMOVED, plan_of(pattern)) for pattern in check.patterns.removed]
    return PatternPreview(term.code, tuple(rows))


def _rows_of_file(check: PatternCheck, headings: Mapping[str, str]) -> Iterator[PatternRow]:
    lines = check.lines()
    found = check.patterns
    known = {each.pattern.pk for each in found.changed} | {each.pk for each in found.unchanged}
    new = [number for number, each in sorted(found.pattern_of.items()) if each.pk not in known]
    for number, plan in zip(new, found.added, strict=True):
        yield _row(check.rows[number].wish.line, RowKind.NEW, plan)
    for change in found.changed:
        cells = tuple(_differences(change, headings))
        yield _row(lines[change.pattern.pk], RowKind.CHANGED, change.after, cells)
    for pattern in found.unchanged:
        yield _row(lines[pattern.pk], RowKind.UNCHANGED, plan_of(pattern))


def _row(line: int, kind: RowKind, plan: PatternPlan, cells: tuple[Cell, ...] = ()) -> PatternRow:
    time = f"{weekday_in_words(plan.weekday)} {time_in_words(plan.starts, plan.ends)}"
    return PatternRow(
        line=line,
        kind=kind,
        course=plan.course.name,
        class_groups=_joined(sorted(group.name for group in plan.class_groups)),
        teacher=plan.teacher.display_name,
        time=f"{time} {weeks_in_words(plan.weeks)}",
        cells=cells,
    )


def _with_conflicts(row: PatternRow, notes: Sequence[ConflictNote]) -> PatternRow:
    return replace(row, kind=RowKind.CONFLICT, conflicts=tuple(notes)) if notes else row


def _differences(change: PatternChange, headings: Mapping[str, str]) -> Iterator[Cell]:
    before, after = _in_words(change.before), _in_words(change.after)
    for column, text in after.items():
        if before[column] != text:
            yield Cell(headings[column], before[column], text)
    if change.source_before != PatternSource.FILE:
        label = str(PatternSource(change.source_before).label)
        yield Cell(gettext("Source"), label, str(PatternSource.FILE.label))


def _in_words(plan: PatternPlan) -> dict[str, str]:
    """What may differ, by the name of its column."""
    return {
        "teacher": plan.teacher.display_name,
        "weekday": weekday_in_words(plan.weekday),
        "start": _hour_in_words(f"{plan.starts:%H:%M}", plan.first_bell),
        "end": _hour_in_words(f"{plan.ends:%H:%M}", plan.last_bell),
        "weeks": weeks_in_words(plan.weeks),
        "room_type": str(RoomType(plan.room_type).label),
        "record": str(RecordMode(plan.record_mode).label),
        "title": plan.title,
        "assistants": _joined(sorted(user.display_name for user in plan.assistants)),
    }


def _hour_in_words(time: str, bell: int | None) -> str:
    return time if bell is None else f"{periods_in_words(bell, bell)} {time}"


def _joined(names: Sequence[str]) -> str:
    return "、".join(names)


def _row_of(told: dict[str, Any]) -> PatternRow:
    return PatternRow(
        **{
            **told,
            "kind": RowKind(told["kind"]),
            "cells": tuple(Cell(**cell) for cell in told["cells"]),
            "conflicts": tuple(ConflictNote(**note) for note in told["conflicts"]),
        }
    )
