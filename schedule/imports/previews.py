"""What the check of a file of people found, in the form that is kept for its pages."""

from __future__ import annotations

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.enums import RowKind, StayReason
from schedule.imports.user_plans import ACCOUNT, RowPlan
from schedule.imports.users import UserCheck, UserImportOptions


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the parts of a preview."""

    label: str
    count: int
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What becomes of one cell, or what is wrong with it; the column as the file calls it."""

    column: str
    before: str = ""
    after: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    line: int
    kind: RowKind
    username: str = ""
    name: str = ""
    cells: tuple[Cell, ...] = ()
    stays_deactivated: bool = False


@dataclass(frozen=True, slots=True)
class MissingRow:
    user_id: int
    username: str
    name: str
    class_groups: str
    stays: StayReason | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The rows in the order of the file, in the language of who had it checked; and who is missing."""

    rows: Sequence[PreviewRow]
    missing: Sequence[MissingRow]
    options: UserImportOptions

    @property
    def counts(self) -> Counter[RowKind]:
        return Counter(row.kind for row in self.rows)

    @property
    def to_deactivate(self) -> list[MissingRow]:
        return [row for row in self.missing if row.stays is None]

    @property
    def staying(self) -> list[MissingRow]:
        return [row for row in self.missing if row.stays is not None]

    def packed(self) -> bytes:
        """Without passwords: nothing of them is in a plan's changes."""
        told = {
            "rows": [_packed_row(row) for row in self.rows],
            "missing": [
                [each.user_id, each.username, each.name, each.class_groups, each.stays or ""]
                for each in self.missing
            ],
            "options": [self.options.reactivates, self.options.deactivates_missing],
        }
        return zlib.compress(json.dumps(told, ensure_ascii=False).encode())

    @classmethod
    def of(cls, packed: bytes) -> Preview:
        told = json.loads(zlib.decompress(packed))
        reactivates, deactivates = told["options"]
        return cls(
            rows=[_row_of(*row) for row in told["rows"]],
            missing=[_missing_of(*row) for row in told["missing"]],
            options=UserImportOptions(reactivates, deactivates),
        )


def make_preview(
    check: UserCheck,
    faults: Sequence[SheetFault],
    headings: Mapping[str, str],
    options: UserImportOptions,
) -> Preview:
    """`faults` have the headings of the file already."""
    wrong: dict[int, list[Cell]] = defaultdict(list)
    for fault in faults:
        wrong[fault.line].append(Cell(fault.column, fault=fault.reason))
    named = {**headings, ACCOUNT: gettext("account")}
    rows = [_row(plan, named, wrong.pop(plan.wish.line, [])) for plan in check.plans]
    rows += [PreviewRow(line, RowKind.FAULTY, cells=tuple(cells)) for line, cells in wrong.items()]
    missing = [
        MissingRow(
            each.user.pk,
            each.user.username,
            each.user.display_name,
            "；".join(each.class_groups),
            each.stays,
        )
        for each in check.missing or ()
    ]
    return Preview(sorted(rows, key=lambda row: row.line), missing, options)


def _row(plan: RowPlan, headings: Mapping[str, str], wrong: Sequence[Cell]) -> PreviewRow:
    changes = (
        Cell(headings[change.column], change.before, change.after) for change in plan.changes
    )
    known_as = plan.user.display_name if plan.user is not None else ""
    return PreviewRow(
        line=plan.wish.line,
        kind=RowKind.FAULTY if wrong else plan.kind,
        username=plan.wish.username,
        name=plan.wish.display_name or known_as,
        cells=tuple(wrong or changes),
        stays_deactivated=plan.stays_deactivated,
    )


def _packed_row(row: PreviewRow) -> list[Any]:
    cells = [[cell.column, cell.before, cell.after, cell.fault] for cell in row.cells]
    return [row.line, row.kind, row.username, row.name, cells, row.stays_deactivated]


def _row_of(
    line: int,
    kind: str,
    username: str,
    name: str,
    cells: Sequence[Sequence[str]],
    stays_deactivated: bool,  # noqa: FBT001 -- read from a list
) -> PreviewRow:
    return PreviewRow(
        line, RowKind(kind), username, name, tuple(Cell(*cell) for cell in cells), stays_deactivated
    )


def _missing_of(
    user_id: int, username: str, name: str, class_groups: str, stays: str
) -> MissingRow:
    return MissingRow(user_id, username, name, class_groups, StayReason(stays) if stays else None)
