"""The result of the check of a file of people: its rows, and who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from edu_platform.lib.formatting import sentences
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.enums import RowKind
from schedule.imports.new_names import with_nearest
from schedule.imports.previews import (
    Cell,
    Preview,
    PreviewRow,
    PreviewRows,
    cells_at_fault,
    faulty_rows,
    named_by_file,
)
from schedule.imports.roster_power import gives_power
from schedule.imports.user_plans import ACCOUNT, MissingPerson, RowPlan
from schedule.imports.user_spreadsheet import UserCheck, UserImportOptions

# Who is missing in the file, beside its rows.
MISSING, STAYING = "missing", "staying"


def preview_users(
    check: UserCheck,
    faults: Sequence[SheetFault],
    headings: Mapping[str, str],
    options: UserImportOptions,
) -> Preview:
    """Say what becomes of each row, without passwords; `faults` have the headings of the file already."""
    wrong = cells_at_fault(faults)
    named = {**headings, ACCOUNT: gettext("account")}
    rows = [_row(plan, named, wrong.pop(plan.wish.line, [])) for plan in check.plans]
    return Preview(
        rows=PreviewRows.of([*rows, *faulty_rows(wrong)]),
        beside=_missing(check.missing or ()) if options.deactivates_missing else {},
        answers={
            "reactivates": options.reactivates,
            "deactivates_missing": options.deactivates_missing,
        },
        version=check.version,
        new_names=with_nearest(check.new_names),
        swapped=len(check.swapped),
        reused=len(check.erased_days),
        gives_power=gives_power(check.plans),
        faults=faults,
        remarks=named_by_file(check.remarks, headings),
    )


def _missing(missing: Sequence[MissingPerson]) -> dict[str, PreviewRows]:
    """The part of those who stay only where somebody does."""
    rows = [_missing_row(person) for person in missing]
    parts = {MISSING: PreviewRows.of(row for row in rows if row.kind == RowKind.REMOVED)}
    if staying := [row for row in rows if row.kind != RowKind.REMOVED]:
        parts[STAYING] = PreviewRows.of(staying)
    return parts


def _missing_row(missing: MissingPerson) -> PreviewRow:
    user = missing.user
    kind, note = RowKind.REMOVED, gettext("would be deactivated")
    if missing.stays is not None:
        kind = RowKind.UNCHANGED
        note = gettext("stays: %(reason)s") % {"reason": missing.stays.label}
    names = (user.username, user.display_name, "；".join(missing.class_groups))
    return PreviewRow(0, kind, names, note=note)


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
        note=sentences([stays, *(change.note for change in plan.changes)]),
    )
