"""A school to be spoiled: its rows by SQL, the cloud's state, the journal and the disk in place."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from deploy.soak import journal
from deploy.soak.checker import Evidence
from deploy.soak.checker.findings import FindingKind
from schedule.models import Lesson
from tests.deploy.soak.school import School

LOST, DOUBLED, UNEXPLAINED = FindingKind
NEW_ID, NEW_ROOM = 987_654_321, 399_999_999
NEW_CODE = "0123456789abcdef"
Plant = Callable[["Case"], object]
Explained = tuple[tuple[str, Plant], ...]


@dataclass
class Case:
    """The evidence that the checker goes by, to be spoiled: the rows by SQL, the rest in place."""

    school: School
    evidence: Evidence
    folder: Path

    def sql(self, statement: str, *values: str | int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            assert cursor.rowcount, "nothing was spoiled"

    def copy_row(self, table: str, where: str, changes: str) -> None:
        """Copy one row, with other values as JSON, which may be made of the row `t`."""
        fresh = f"to_jsonb(t) || jsonb_build_object('id', {NEW_ID}) || {changes}"
        self.sql(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, {fresh})).* "
            f"FROM (SELECT * FROM {table} WHERE {where} ORDER BY id LIMIT 1) AS t"
        )

    def cloud_room(self, lesson: Lesson) -> dict[str, Any]:
        room: Any = self.evidence.cloud_rooms[self.school.room_of(lesson).number]
        return dict_of(room)

    @property
    def held(self) -> dict[str, Any]:
        return self.cloud_room(self.school.held)

    @property
    def to_come(self) -> dict[str, Any]:
        return self.cloud_room(self.school.to_come)

    def twin(self, room: dict[str, Any], **changes: Any) -> None:
        """Let the cloud have one more room that is like this one, without recordings."""
        more = {"RoomId": NEW_ROOM, "Recordings": [], "Documents": []}
        self.evidence.cloud["rooms"].append({**room, **more, **changes})

    def second_room_here(self, room: dict[str, Any], *, reason: str) -> None:
        self.copy_row(
            "schedule_room",
            f"room_id = {room['RoomId']}",
            f"""'{{"room_id": {NEW_ROOM}, "generation": 2, "is_current": false, "reason": "{reason}"}}'""",
        )
        self.twin(room)

    def forget(self, kind: type[journal.Fact], **fields: object) -> None:
        """Take facts out of the journal."""
        kept = [fact for fact in self.evidence.facts if not _fits(fact, kind, fields)]
        assert len(kept) < len(self.evidence.facts), "nothing was forgotten"
        self.facts[:] = kept

    def tell(self, fact: journal.Fact) -> None:
        self.facts.append(fact)

    def tell_anew(self, kind: type[journal.Fact], **changes: Any) -> None:
        """Change the last fact of a kind."""
        last = max(n for n, fact in enumerate(self.facts) if isinstance(fact, kind))
        self.facts[last] = dataclasses.replace(self.facts[last], **changes)

    @property
    def facts(self) -> list[journal.Fact]:
        assert isinstance(self.evidence.facts, list)
        return self.evidence.facts

    def own_disk(self) -> Path:
        """The disk of this case alone, to be spoiled; the courseware's file on it."""
        shutil.copytree(self.evidence.media_root, self.folder, dirs_exist_ok=True)
        self.evidence = dataclasses.replace(self.evidence, media_root=self.folder)
        return self.folder / str(self.school.courseware.file.name)


def dict_of(told: Any) -> dict[str, Any]:
    assert isinstance(told, dict)
    return told


def _fits(fact: journal.Fact, kind: type[journal.Fact], fields: dict[str, object]) -> bool:
    is_kind = isinstance(fact, kind)
    return is_kind and all(getattr(fact, name) == value for name, value in fields.items())


@dataclass(frozen=True)
class Fault:
    name: str
    plant: Plant
    kind: FindingKind
    words: str


def perhaps(what: type[journal.Fact], about: dict[str, Any]) -> journal.Uncertain:
    return journal.Uncertain(what=what.kind, about=about)
