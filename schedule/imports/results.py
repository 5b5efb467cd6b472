from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edu_platform.lib.spreadsheets.rows import SheetRemark
from schedule.imports.new_names import NewName


@dataclass(slots=True)
class ImportResult:
    """Counts rows by what they did. `str()` is the line that the commands end with."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    # None: what is missing in the file stays.
    removed: int | None = None
    # None: nobody chose that those who are missing are deactivated.
    deactivated: int | None = None
    remarks: Sequence[SheetRemark] = ()
    # Everything that it made, or would make.
    new_names: Sequence[NewName] = ()
    # Under this it stands in the history of imports; empty when it changed nothing.
    file_code: str = ""

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.deactivated)

    def counts(self) -> dict[str, int]:
        """The numbers, with that of the deactivated where somebody chose it."""
        return {name: count for name, count in asdict(self).items() if isinstance(count, int)}

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        remarks = [[remark.line, remark.column, remark.reason] for remark in self.remarks]
        contents = {name: value for name, value in asdict(self).items() if name != "new_names"}
        return contents | {"remarks": remarks}

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in self.counts().items())


@dataclass(slots=True)
class LessonImportResult(ImportResult):
    # What was done can be undone by this code; it is empty when nothing was.
    action_code: str = ""
