"""All that the checker compares: the tables, the cloud's own state, the journal, and the files on the disk.

The tables are read in one transaction, so they are all of one moment.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
from psycopg2.extras import RealDictCursor

from deploy.soak import journal
from deploy.soak.cloud import CloudControl
from deploy.soak.journal import Fact

Row = dict[str, Any]
Kind = TypeVar("Kind", bound=Fact)
Key = TypeVar("Key")
Item = TypeVar("Item")


class Tables:
    """The database in plain SQL. `cursor` gives rows as dictionaries, and its transaction is the caller's."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def rows(self, query: str, *values: object) -> list[Row]:
        self._cursor.execute(query, values or None)
        return [dict(row) for row in self._cursor.fetchall()]

    def value(self, query: str, *values: object) -> Any:
        (row,) = self.rows(query, *values)
        (value,) = row.values()
        return value


@dataclass(frozen=True)
class Evidence:
    tables: Tables
    # The answers of GET /control/state, /control/deliveries and /control/visits.
    cloud: Mapping[str, Any]
    deliveries: Sequence[Mapping[str, Any]]
    visits: Sequence[Mapping[str, Any]]
    facts: Sequence[Fact]
    media_root: Path

    @cached_property
    def now(self) -> dt.datetime:
        """By the clocks of platform and cloud at the end, which may be ahead of the database's."""
        ended = next(iter(self.facts_of(journal.RunEnded)), None)
        ahead = dt.timedelta(seconds=ended.clock_offset_s if ended is not None else 0)
        transaction_began_at: dt.datetime = self.tables.value("SELECT now()")
        return transaction_began_at + ahead

    def facts_of(self, kind: type[Kind]) -> list[Kind]:
        """The facts of this kind, in the order of the journal."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @cached_property
    def began_at(self) -> dt.datetime | None:
        """Return when the run began: what is older was made before anybody kept a journal."""
        first = next(iter(self.facts_of(journal.RunBegan)), None)
        return None if first is None else parse_time(first.at)

    def is_from_run(self, at: dt.datetime) -> bool:
        return self.began_at is not None and at >= self.began_at

    @cached_property
    def erased(self) -> dict[str, journal.PersonErased]:
        """Return who was erased, by the username that they had."""
        return {fact.username: fact for fact in self.facts_of(journal.PersonErased)}

    @cached_property
    def erased_by_key(self) -> dict[str, str]:
        """Return the usernames of those who were erased by their keys."""
        return {fact.key: fact.username for fact in self.erased.values()}

    def user_ids_of(self, username: str) -> set[str]:
        """Return by which ids the cloud knew somebody who was erased."""
        entered = self.facts_of(journal.Entered)
        entered_as = {fact.user_id for fact in entered if fact.username == username}
        return entered_as | set(self.erased[username].user_ids)

    @cached_property
    def erased_user_ids(self) -> set[str]:
        return {user_id for username in self.erased for user_id in self.user_ids_of(username)}

    @cached_property
    def cloud_rooms(self) -> dict[int, Mapping[str, Any]]:
        return {room["RoomId"]: room for room in self.cloud["rooms"]}


@contextmanager
def gather(
    database_url: str, cloud_url: str, journal_path: Path, media_root: Path
) -> Iterator[Evidence]:
    """Read everything; the tables while the block lasts.

    Raises:
        ValueError: the journal has a line that is no fact.
        OSError: the cloud does not answer, or there is no journal.
    """
    cloud = CloudControl(cloud_url)
    with closing(psycopg2.connect(database_url)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            yield Evidence(
                tables=Tables(cursor),
                cloud=cloud.ask("state"),
                deliveries=cloud.ask("deliveries")["deliveries"],
                visits=cloud.ask("visits")["visits"],
                facts=list(journal.read(journal_path)),
                media_root=media_root,
            )


def parse_time(text: str) -> dt.datetime:
    """A time of the journal; one without a zone is UTC."""
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)


def cloud_time(seconds: int) -> dt.datetime | None:
    """A time of the cloud, which says 0 for none."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds else None


def group(items: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    found: defaultdict[Key, list[Item]] = defaultdict(list)
    for key, item in items:
        found[key].append(item)
    return found


def digest_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
