"""Fill what lists are sorted and searched by, and add the indexes that only PostgreSQL has.

What can be played already, or has failed, counts as told: it is no news that the school was updated.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, Q, Sum

ROWS_A_PORTION = 2000
COLUMNS = [
    *("list_rank", "size_bytes", "title_folded", "title_grams"),
    *("ready_told_at", "late_told_at"),
]
# Not `Meta.indexes`: SQLite knows no arrays. Without a pending list a search never has to read one.
# The statistics tell which pairs are frequent: for these walking down the list is quicker.
INDEX_GRAMS = """
CREATE INDEX IF NOT EXISTS replays_replay_by_grams ON replays_replay
USING gin (string_to_array(title_grams, ' ')) WITH (fastupdate = off)
"""
COUNT_MORE_GRAMS = """
ALTER INDEX replays_replay_by_grams ALTER COLUMN 1 SET STATISTICS 1000
"""
# Nor these: SQLite has no index in which what is not known comes last.
INDEX_DOWN = """
CREATE INDEX IF NOT EXISTS replays_replay_by_{name}_down ON replays_replay
({column} DESC NULLS LAST, id DESC)
WHERE state IN ('recording', 'processing', 'ready', 'failed')
"""
DOWN = {"room": "room_number", "size": "size_bytes"}


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the columns of the replays there are, portion by portion; safe to be run again."""
    replays: Any = apps.get_model("replays", "Replay").objects.order_by("pk")
    last = 0
    while portion := list(_with_sizes(replays.filter(pk__gt=last))[:ROWS_A_PORTION]):
        for replay in portion:
            replay.list_rank = int(replay.state == "ready")
            is_known = replay.present and replay.sized == replay.present
            replay.size_bytes = replay.total_bytes if is_known else None
            replay.title_folded = _folded(replay.title)
            replay.title_grams = _grams(replay.title)
            if replay.state == "ready":
                replay.ready_told_at = replay.ready_told_at or replay.state_since
            if replay.state == "failed":
                replay.late_told_at = replay.late_told_at or replay.state_since
        replays.bulk_update(portion, COLUMNS, batch_size=200)
        last = portion[-1].pk


# As titles were searched when these columns came: what is changed in `grams` comes with steps of its own.


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _grams(title: str) -> str:
    text = _folded(title)
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    return " ".join(gram for gram in dict.fromkeys([*text, *pairs]) if " " not in gram)


def _with_sizes(replays: Any) -> Any:
    present = Q(files__gone_at=None, files__isnull=False)
    return replays.annotate(
        present=Count("files", filter=present),
        sized=Count("files__size_bytes", filter=present),
        total_bytes=Sum("files__size_bytes", filter=present),
    )


def add_indexes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(INDEX_GRAMS)
    schema_editor.execute(COUNT_MORE_GRAMS)
    for name, column in DOWN.items():
        schema_editor.execute(INDEX_DOWN.format(name=name, column=column))
    schema_editor.execute("ANALYZE replays_replay")


def remove_indexes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in ("grams", *(f"{name}_down" for name in DOWN)):
        schema_editor.execute(f"DROP INDEX IF EXISTS replays_replay_by_{name}")


class Migration(migrations.Migration):
    # A portion is a transaction of its own: a million rows in one would hold everybody up.
    atomic = False

    dependencies = [("replays", "0003_trail_bin_and_links")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(add_indexes, remove_indexes),
    ]
