"""`make test`: on PostgreSQL with Valkey, on SQLite what can differ there, and in a browser."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg2

from deploy.services import browser_and_fonts, ical_js, nanio, nginx, oidc_provider
from deploy.services.postgres import Postgres
from deploy.services.processes import ROOT
from deploy.services.valkey import Valkey
from deploy.test_part import Part

TEMPLATE = "migrated"
# Many tests wait for other processes, so there are more workers than cores.
CORES = os.cpu_count() or 1
MANY_WORKERS = ["-n", str(2 * CORES), "--dist", "worksteal"]
# A browser has many processes itself.
FEW_WORKERS = ["-n", str(CORES + 1), "--dist", "worksteal"]
# On SQLite few tests wait, and the part beside has processes too: another worker would cost more by its
# start than it does.
FEWEST_WORKERS = ["-n", str(CORES), "--dist", "worksteal"]

# Most of the suite runs on PostgreSQL alone, as schools do. On SQLite runs what can differ there: its marks
# say why.
# What is marked `beside` waits for minutes, and needs none of the databases here.
ON_SQLITE = "(both_databases or only_on_sqlite) and not browser and not no_database and not beside"
ON_POSTGRESQL = "not browser and not only_on_sqlite and not beside"
IN_BROWSER = "browser and not beside"


@contextmanager
def real_servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey for as long as the block lasts."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="edu-valkey-"))
        valkey = Valkey(Path(folder), durable=False)
        stack.callback(valkey.stop)
        postgres = Postgres()
        stack.callback(postgres.stop)
        make_template(postgres)
        yield {
            "TEST_DATABASE_URL": postgres.url(),
            "TEST_DATABASE_TEMPLATE": TEMPLATE,
            "TEST_REDIS_URL": valkey.url,
        }


@contextmanager
def shared_folder() -> Iterator[None]:
    """A place where all parts find what one of them has made for all: see tests/support/once.py."""
    with tempfile.TemporaryDirectory(prefix="edu-shared-") as folder:
        os.environ["TEST_SHARED_FOLDER"] = folder
        yield


def make_template(postgres: Postgres) -> None:
    """Run the migrations once, for the databases of all workers."""
    with closing(psycopg2.connect(postgres.url())) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {TEMPLATE}")
    variables = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": postgres.url(TEMPLATE),
        "ENV_FILE": os.devnull,
    }
    subprocess.run(
        [sys.executable, "-m", "deploy.services.commands", "migrate --verbosity 0"],
        cwd=ROOT,
        env=os.environ | variables,
        check=True,
    )


def files_with(*marks: str) -> list[str]:
    """The files in which one of these marks stands; no worker has to read the others."""
    texts = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py")}
    return sorted(
        str(path.relative_to(ROOT))
        for path, text in texts.items()
        if any(f"mark.{mark}" in text for mark in marks)
    )


def chosen_files(*marks: str) -> list[str]:
    """Return where to look for tests of these marks; nowhere else than where the command line says, if it does."""
    return [] if sys.argv[1:] else files_with(*marks)


def make_parts() -> tuple[Part, Part, Part, Part]:
    """Return the part that goes on beside the others; then those on SQLite, on PostgreSQL, in a browser."""
    given = sys.argv[1:]
    on_sqlite = [*FEWEST_WORKERS, "-m", ON_SQLITE, *given]
    in_browser = [*FEW_WORKERS, "-m", IN_BROWSER, *given]
    return (
        # It reads all files, though few hold what it runs: so pytest has prepared them by the time at
        # which each worker of the suite would do so for itself.
        Part("beside", "Beside all the others", ["-m", "beside", *given], is_shown_at_once=False),
        Part(
            "SQLite",
            "On SQLite, what can differ there",
            [*on_sqlite, *chosen_files("both_databases", "only_on_sqlite")],
        ),
        Part(
            "PostgreSQL",
            "The suite on PostgreSQL with Valkey",
            [*MANY_WORKERS, "-m", ON_POSTGRESQL, *given],
        ),
        Part("browser", "In a browser", [*in_browser, *chosen_files("browser")]),
    )


def run_parts() -> list[str]:
    """Return the names of the parts that failed."""
    beside, on_sqlite, on_postgresql, in_browser = parts = make_parts()
    with shared_folder(), ExitStack() as servers, ExitStack() as started:
        for part in parts:
            started.callback(part.stop)
        beside.start()
        on_sqlite.start()
        # They are made while SQLite's part goes on. All at once, the parts would take longer: each
        # has as many workers as two cores carry.
        real = servers.enter_context(real_servers())
        on_sqlite.wait()
        for part in (on_postgresql, in_browser):
            part.start(real)
            part.wait()
        beside.wait()
        beside.show()
        # What failed may run again now that the machine is there for it alone.
        return [part.name for part in parts if not part.has_passed()]


def main() -> int:
    # So that `with` blocks end what they started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell in which this goes on in the background had it ignored, and with it whatever is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Hundreds of processes are started, and each would compile the whole project for itself.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    browser_and_fonts.install_what_is_missing()
    nanio.install_what_is_missing()
    nginx.install_what_is_missing()
    oidc_provider.PACKAGES.install_what_is_missing()
    ical_js.PACKAGES.install_what_is_missing()
    started = time.monotonic()
    failed = run_parts()
    if browser_and_fonts.find() is None:
        print("There is no Chromium here: the browser tests listed as skipped did not run.")
    took = f"{time.monotonic() - started:.0f} s"
    print(
        f"make test failed: {', '.join(failed)}" if failed else f"make test: all passed in {took}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
