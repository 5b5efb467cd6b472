"""A backup's description of itself: it is written last, so a folder without it is no backup."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from edu_platform.backup.exceptions import BackupDamaged, BackupError
from edu_platform.backup.private_files import NotAFileInside, new_file, open_inside

NAME = "manifest.json"
FORM = 1
FINGERPRINT_CHARS = 16


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was dumped: its rows, the columns in their order, and where its numbers had got to."""

    name: str
    rows: int
    columns: list[str] = field(default_factory=list)
    sequences: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    began_at: dt.datetime
    ended_at: dt.datetime
    vendor: str  # of the database: postgresql, sqlite
    migrations: list[str]
    tables: list[Table]
    files: int
    size_bytes: int
    missing_files: list[str]
    sums_sha256: str
    secret_key_fingerprint: str

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def write(folder: Path, manifest: Manifest) -> None:
    text = json.dumps({"form": FORM, **asdict(manifest)}, default=_moment, ensure_ascii=False)
    with new_file(folder / NAME) as file:
        file.write(text.encode())


def _moment(value: object) -> str:
    assert isinstance(value, dt.datetime)  # noqa: S101 -- the manifest holds nothing else
    return value.isoformat()


def read(folder: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        BackupError: it is of a later form, or cannot be read.
    """
    try:
        with open_inside(folder, NAME) as file:
            values = json.loads(file.read())
        form = values.pop("form")
        if form == FORM:
            moments = {name: dt.datetime.fromisoformat(values[name]) for name in _MOMENTS}
            tables = [Table(**table) for table in values["tables"]]
            return Manifest(**values | moments | {"tables": tables})
    except (NotAFileInside, ValueError, KeyError, TypeError, AttributeError) as err:
        raise BackupDamaged(
            _("%(file)s cannot be read: take another backup.") % {"file": folder / NAME}, [NAME]
        ) from err
    raise BackupError(
        _(
            "The backup %(folder)s has a format that this release does not know: restore it with the release that made it."
        )
        % {"folder": folder}
    )


_MOMENTS = ("began_at", "ended_at")


def key_fingerprint() -> str:
    """Tells whether two installations have the same SECRET_KEY, and nothing else of it."""
    made = salted_hmac("edu_platform.backup", "fingerprint", algorithm="sha256").hexdigest()
    return made[:FINGERPRINT_CHARS]


def has_our_key(manifest: Manifest) -> bool:
    return constant_time_compare(manifest.secret_key_fingerprint, key_fingerprint())
