"""`make test`: on SQLite what can differ there, on PostgreSQL with Valkey, and in a browser."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg2

from deploy import second_try
from deploy.services import browser_and_fonts, ical_js, nanio, nginx, oidc_provider
from deploy.services.postgres import Postgres
from deploy.services.processes import ROOT
from deploy.services.valkey import Valkey

TEMPLATE = "migrated"
TESTS_FAILED, NO_TESTS = 1, 5  # pytest's exit codes
# Many tests wait for other processes, so there are more workers than cores. A browser waits less.
CORES = os.cpu_count() or 1
MANY_WORKERS = ["-n", str(2 * CORES), "--dist", "worksteal"]
BROWSER_WORKERS = ["-n", str(CORES), "--dist", "worksteal"]

# Most of the suite runs on PostgreSQL alone, as schools do. On SQLite runs what can differ there: its marks
# say why.
# What is marked `beside` waits for minutes, and needs none of the databases here: it goes on beside the others.
ON_SQLITE = "(both_databases or only_on_sqlite) and not browser and not no_database"
ON_POSTGRESQL = "not browser and not only_on_sqlite"
IN_BROWSER = "browser and not beside"
BESIDE = "Beside all the others"


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
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
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


def passes(title: str, workers: list[str], mark: str, variables: dict[str, str]) -> bool:
    given = sys.argv[1:]
    second_try.forget_failures()
    code = run(title, [*workers, "-m", mark, *given], variables)
    if code == TESTS_FAILED:
        return pass_alone(title, variables)
    return code == 0 or (code == NO_TESTS and bool(given))


def pass_alone(title: str, variables: dict[str, str]) -> bool:
    """Whether the few that failed do so again with the machine for themselves.

    Many real processes share two cores, and now and then one is kept waiting for longer than its
    test allows. What passes alone is named with its reason: its waiting is to be fixed.
    """
    failures = second_try.read_failures()
    if not second_try.is_allowed(failures):
        return False
    failed = [failure.test for failure in failures]
    if run(f"{title}: what failed, alone", failed, variables) != 0:
        return False
    for failure in failures:
        print(f"== Passed alone, but not beside the others: {failure.test}: {failure.reason}")
    return True


class Beside:
    """A run of pytest that others do not wait for; what it says is shown once it is over.

    It keeps no account of what failed: that is of the runs that go on meanwhile.
    """

    def __init__(self, words: list[str]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 -- until `stop`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
        )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """Show what it said, and return its exit code."""
        code = self._process.wait()
        print(f"\n== {BESIDE}", flush=True)
        self._said.seek(0)
        print(self._said.read().decode(errors="replace"), flush=True)
        return code

    def stop(self) -> None:
        if self.is_running:
            self._process.send_signal(signal.SIGINT)  # so that its tests end what they started
            self._process.wait()
        self._said.close()


def passes_beside(beside: Beside, words: list[str]) -> bool:
    """Whether it passed, or passes with the machine for itself."""
    code = beside.wait()
    if code == TESTS_FAILED:
        code = run(f"{BESIDE}: what failed, alone", words, {})
        if code == 0:
            print("== Passed alone, but not beside the others: see above why")
    return code == 0 or (code == NO_TESTS and bool(sys.argv[1:]))


def run(title: str, words: list[str], variables: dict[str, str]) -> int:
    """Run pytest under a headline, and return its exit code."""
    print(f"\n== {title}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env=os.environ | variables,
        check=False,
    )
    print(f"== {title}: {time.monotonic() - started:.0f} s", flush=True)
    return done.returncode


def run_parts() -> dict[str, bool]:
    """One after the other; which of them passed."""
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        # They are made while the first part goes on.
        real = pool.submit(stack.enter_context, real_servers())
        return {
            "SQLite": passes(
                "On SQLite, what can differ there",
                [*MANY_WORKERS, *chosen_files("both_databases", "only_on_sqlite")],
                ON_SQLITE,
                {},
            ),
            "PostgreSQL with Valkey": passes(
                "The suite on PostgreSQL with Valkey", MANY_WORKERS, ON_POSTGRESQL, real.result()
            ),
            "browser": passes(
                "In a browser",
                [*BROWSER_WORKERS, *chosen_files("browser")],
                IN_BROWSER,
                real.result(),
            ),
        }


def chosen_files(*marks: str) -> list[str]:
    """Where to look for tests of these marks; nowhere else than where the command line says, if it does."""
    return [] if sys.argv[1:] else files_with(*marks)


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
    with ExitStack() as stack:
        # It reads all files, though few hold what it runs: so pytest has prepared them by the time at
        # which each worker of the next part would do so for itself.
        words = ["-m", "beside", *sys.argv[1:]]
        beside = Beside(words)
        stack.callback(beside.stop)
        results = {**run_parts(), BESIDE.lower(): passes_beside(beside, words)}
    if browser_and_fonts.find() is None:
        print("There is no Chromium here: the browser tests listed as skipped did not run.")
    failed = [name for name, passed in results.items() if not passed]
    print(f"make test failed: {', '.join(failed)}" if failed else "make test: all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
