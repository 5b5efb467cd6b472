from __future__ import annotations

from dataclasses import dataclass

from edu_platform.backup.manifest import Table


@dataclass(frozen=True, slots=True)
class Dump:
    """The contents of a database at the moment at which it was dumped."""

    tables: list[Table]
    migrations: list[str]  # app.name
    files: set[str]  # by their names on the storage
