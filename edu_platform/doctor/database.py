"""The database: that it answers, suits, has our tables, and takes what is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError, NotSupportedError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

from edu_platform.doctor.findings import Finding, Level, check, error, ok, warning
from edu_platform.lib.text import error_summary
from edu_platform.models import Backup

# The worker's parent, beat, and a command or two.
CONNECTIONS_OF_THE_REST = 4
BUSY_SHARE = 0.8


@check(
    "database.connection",
    "database.version",
    "database.engine",
    "database.encoding",
    "database.connections",
    "database.migrations",
    "database.writes",
)
def database() -> Iterator[Finding]:
    """One check: of a database that does not answer there is nothing else to say."""
    reached = check_connection()
    yield reached
    if reached.level is not Level.OK:
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            yield ok("database.version", _server_version(cursor))
            yield ok("database.engine", _("PostgreSQL, as a school needs it."))
            yield check_encoding(cursor)
            yield check_connections(cursor)
    else:
        yield warning(
            "database.engine",
            _("SQLite: one writer at a time, on one machine. That is for trying things."),
            _("For a school set DATABASE_URL to a PostgreSQL, and run `manage.py migrate`."),
        )
    yield from check_migrations()
    if _table_to_write() in connection.introspection.table_names():
        yield check_writes()


def check_connection() -> Finding:
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except NotSupportedError as err:
        return error(
            "database.version",
            _("The database server is too old: %(reason)s") % {"reason": error_summary(err)},
            _("Upgrade PostgreSQL, and restart the platform."),
        )
    except DatabaseError as err:
        return error(
            "database.connection",
            _("The database does not let us in: %(reason)s") % {"reason": error_summary(err)},
            _("Correct DATABASE_URL, or start the database: nothing works without it."),
        )
    return ok("database.connection", _("The database answers."))


def _server_version(cursor: Any) -> str:
    cursor.execute("SHOW server_version")
    return f"PostgreSQL {cursor.fetchone()[0]}"


def check_encoding(cursor: Any) -> Finding:
    """Tried rather than read: which of the locale's names counts depends on version and provider."""
    cursor.execute("SHOW server_encoding")
    (name,) = cursor.fetchone()
    advice = _(
        "Make a database with ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' TEMPLATE template0, and move the"
        " data there with `manage.py backup` and `restore`."
    )
    if name != "UTF8":
        told = _("The database keeps text in %(encoding)s, which refuses Chinese.")
        return error("database.encoding", told % {"encoding": name}, advice)
    cursor.execute("SELECT upper('é') = 'É'")
    if cursor.fetchone() == (True,):
        return ok("database.encoding", _("Text is UTF-8, and its ctype knows all letters."))
    return warning(
        "database.encoding",
        _("The database's ctype knows ASCII letters alone: searches miss names such as André."),
        advice,
    )


def check_connections(cursor: Any) -> Finding:
    """Check that the server has connections enough for this machine's processes."""
    cursor.execute(
        "SELECT current_setting('max_connections')::int"
        " - current_setting('superuser_reserved_connections')::int,"
        " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
    )
    most, used = cursor.fetchone()
    web = settings.WEB_CONCURRENCY * settings.DATABASE_CONNECTIONS_AT_MOST
    beside = settings.CELERY_WORKER_CONCURRENCY + CONNECTIONS_OF_THE_REST
    told = {"most": most, "used": used, "needed": web + beside}
    text = _(
        "The database takes %(most)d connections, %(used)d are in use, and one machine may need"
        " %(needed)d."
    )
    if used > BUSY_SHARE * most or told["needed"] > most:
        advice = _(
            "Raise max_connections of PostgreSQL, or lower WEB_CONCURRENCY or WORKER_CONCURRENCY."
        )
        return warning("database.connections", text % told, advice)
    return ok("database.connections", text % told)


def check_migrations() -> Iterator[Finding]:
    loader = MigrationLoader(connection)
    applied = set(loader.applied_migrations)
    missing = sorted(set(loader.graph.nodes) - applied)
    known = set(loader.disk_migrations) | {
        each for migration in loader.replacements.values() for each in migration.replaces
    }
    newer = sorted(each for each in applied - known if each[0] in loader.migrated_apps)
    if missing:
        yield error(
            "database.migrations",
            _("%(count)d migrations are missing, the first is %(name)s.")
            % {"count": len(missing), "name": ".".join(missing[0])},
            _("Run `manage.py migrate`, and restart the platform."),
        )
    elif newer:
        yield warning(
            "database.migrations",
            _("The database is newer than this code: it has %(name)s.")
            % {"name": ".".join(newer[-1])},
            _("Run the code that it was migrated for, also on the other machines."),
        )
    else:
        yield ok("database.migrations", _("All migrations are there, and no others."))


def _table_to_write() -> str:
    return Backup._meta.db_table  # noqa: SLF001 -- Django's name for what describes a model


def check_writes() -> Finding:
    """Insert a row and take it back in one transaction."""
    at = timezone.now()
    try:
        with transaction.atomic():
            Backup.objects.create(began_at=at, ended_at=at, folder="doctor", size_bytes=0)
            transaction.set_rollback(True)
    except DatabaseError as err:
        return error(
            "database.writes",
            _("The database takes nothing new: %(reason)s") % {"reason": error_summary(err)},
            _("See whether its disk is full, or whether it is a read-only standby."),
        )
    return ok("database.writes", _("The database takes what is written."))
