"""What the check of a file of people found: its rows, and who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.enums import RowKind, StayReason
from schedule.imports.previews import Cell, PreviewRow, PreviewRows, cells_at_fault, pack, unpack
from schedule.imports.user_plans import ACCOUNT, RowPlan
from schedule.imports.users import UserCheck, UserImportOptions


@dataclass(frozen=True, slots=True)
class MissingRow:
    user_id: int
    username: str
    name: str
    class_groups: str
    stays: StayReason | None


@dataclass(frozen=True, slots=True)
class UserPreview:
    rows: PreviewRows
    missing: Sequence[MissingRow]
    options: UserImportOptions

    @property
    def to_deactivate(self) -> list[MissingRow]:
        return [row for row in self.missing if row.stays is None]

    @property
    def staying(self) -> list[MissingRow]:
        return [row for row in self.missing if row.stays is not None]

    def packed(self) -> bytes:
        """Without passwords: nothing of them is in a plan's changes."""
        return pack(
            {
                "rows": self.rows.kept,
                "missing": [
                    [each.user_id, each.username, each.name, each.class_groups, each.stays or ""]
                    for each in self.missing
                ],
                "options": [self.options.reactivates, self.options.deactivates_missing],
            }
        )

    @classmethod
    def of(cls, packed: bytes) -> UserPreview:
        told = unpack(packed)
        reactivates, deactivates = told["options"]
        return cls(
            rows=PreviewRows(told["rows"]),
            missing=[_missing_of(*row) for row in told["missing"]],
            options=UserImportOptions(reactivates, deactivates),
        )


def preview_users(
    check: UserCheck,
    faults: Sequence[SheetFault],
    headings: Mapping[str, str],
    options: UserImportOptions,
) -> UserPreview:
    """`faults` have the headings of the file already."""
    wrong = cells_at_fault(faults)
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
    return UserPreview(PreviewRows.of(rows), missing, options)


def _row(plan: RowPlan, headings: Mapping[str, str], wrong: Sequence[Cell]) -> PreviewRow:
    changes = (
        Cell(headings[change.column], change.before, change.after) for change in plan.changes
    )
    known_as = plan.user.display_name if plan.user is not None else ""
    stays = gettext("The account is deactivated, and stays so.") if plan.stays_deactivated else ""
    return PreviewRow(
        line=plan.wish.line,
        kind=RowKind.FAULTY if wrong else plan.kind,
        names=(plan.wish.username, plan.wish.display_name or known_as),
        cells=tuple(wrong or changes),
        note=stays,
    )


def _missing_of(
    user_id: int, username: str, name: str, class_groups: str, stays: str
) -> MissingRow:
    return MissingRow(user_id, username, name, class_groups, StayReason(stays) if stays else None)
