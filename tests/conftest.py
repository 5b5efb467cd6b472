"""Fixtures of all tests. Run them by `make test`, or a few by `.venv/bin/python -m pytest tests/…`.

Without `make test` they run on SQLite in a temporary file, with nobody listening where Redis
would be.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connections
from django.template import Engine

from classroom.client import clock_difference
from deploy.services import quick_migrations
from deploy.services.oidc_provider import OidcProvider
from deploy.services.valkey import Valkey
from edu_platform.monitoring.pages import PageMetrics
from localcloud.config import Config
from localcloud.http.server import start as start_local_cloud
from localcloud.media import recording_videos
from localcloud.media.recording_videos import LONGEST_S, SHORTEST_S
from tests.factories.schedule import LessonFactory, TermFactory
from tests.support import clock, emptying, environment, order, quick_login
from tests.support import cloud as cloud_support
from tests.support.cas_server import CasServer
from tests.support.cloud import LocalCloud
from tests.support.oidc import start_provider
from tests.support.once import made_once, run_manage
from tests.support.site import Processes, database_url

pytest_plugins = [
    "tests.cast",
    "tests.support.browsers",
    "tests.support.garbage",
    "deploy.second_try",
]

MAKING_RECORDINGS = threading.Lock()


def pytest_configure() -> None:
    """Make the settings quick and alone; what a page is made of stays as it is in production."""
    django_settings.PASSWORD_HASHERS = [
        "tests.support.hashers.QuickHasher",
        *django_settings.PASSWORD_HASHERS,
    ]
    # Pages are rendered before `collectstatic` has run.
    django_settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    Path(django_settings.STATIC_ROOT).mkdir()
    # Examples have no time limit: other tests share the processor.
    too_slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=too_slow)
    hypothesis.settings.load_profile("patient")
    emptying.be_quick_and_patient()
    quick_login.be_quick()
    quick_migrations.be_quick()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Keep the clock patched, at the real time, for as long as tests run.

    The local cloud's threads read it all the time. Else one that reads it just when a test's journey
    through time ends would find it taken away.
    """
    journey = time_machine.travel(dt.datetime.now(dt.UTC), tick=True)
    journey.start()
    session.config.add_cleanup(journey.stop)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark what has nothing to do with a database: of that, one run is enough. Then set the order."""
    for item in items:
        for mark in (*item.iter_markers("both_databases"), *item.iter_markers("only_on_sqlite")):
            if not mark.args:
                raise pytest.UsageError(f"{item.nodeid}: say why it is marked {mark.name}")
        fixtures = set(getattr(item, "fixturenames", ()))
        marks = {mark.name for mark in item.iter_markers()}
        uses = (fixtures & {"db", "transactional_db"}) | (marks & {"django_db"})
        if not uses:
            item.add_marker("no_database")
    yield
    # Only those that are left to run are put in order, as the workers share them out.
    order.put_in_order(items)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what leans on days and hours at several moments, if TEST_CLOCK names some."""
    moments = clock.moments_of(metafunc)
    if moments:
        marked = [pytest.param(moment, marks=pytest.mark.moved_clock) for moment in moments]
        metafunc.parametrize("moved_clock", marked, indirect=True, ids=str)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite in a file, for threads and other processes; one database per xdist worker."""
    config = connections["default"].settings_dict
    if is_on_sqlite():
        place = tmp_path_factory.mktemp("database") / "test.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), place)
        config["TEST"]["NAME"] = str(place)
    else:
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")
        # Migrated once for all workers: see deploy/test.py.
        config["TEST"]["TEMPLATE"] = os.environ.get("TEST_DATABASE_TEMPLATE")


def is_on_sqlite() -> bool:
    return bool(connections["default"].settings_dict["ENGINE"].endswith("sqlite3"))


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Keep what is migrated already; SQLite's file goes with its folder."""
    return is_on_sqlite()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which nothing but the migrations ran, once for all workers."""

    def migrate(place: Path) -> None:
        run_manage("migrate --verbosity 0", DATABASE_URL=f"sqlite:///{place}")

    return made_once(tmp_path_factory, "migrated.sqlite3", migrate)


@pytest.fixture(autouse=clock.IS_MOVED)
def moved_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """The test begins at a moment, in a school of its time zone, under `make test-clock`."""
    moment = getattr(request, "param", None)
    if moment is None:
        yield
        return
    request.getfixturevalue("settings").TIME_ZONE = moment.zone
    with clock.begun_at(moment):
        yield


@pytest.fixture
def lenient_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let templates name what is not there, as those of libraries do.

    pytest-django's mark for it looks through the stack each time, which takes more than the page.
    """
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", "")


@pytest.fixture
def in_china(settings: Any) -> None:
    """The school's hours are those that the test writes down, in whatever zone it would lie otherwise."""
    settings.TIME_ZONE = "Asia/Shanghai"


@pytest.fixture(scope="session")
def faker_seed() -> int:
    """Nobody here asks for `faker`; without this, pytest-randomly would make a seed for each test."""
    return 0


@pytest.fixture(autouse=True)
def first_lesson_tomorrow() -> None:
    """Start each test's lessons tomorrow: not weeks ahead, after the lessons of the tests before it."""
    LessonFactory.reset_sequence(0)
    TermFactory.reset_sequence(0)


# --- The classroom cloud ------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _page_metrics() -> None:
    """Made before threads of a test load the middleware at once, each of which would make them."""
    PageMetrics.get_instance()


@pytest.fixture(autouse=True)
def unseen_cloud_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test in a process that does not know how far the cloud's clock is off: others move it."""
    monkeypatch.setattr(clock_difference, "_seen", {})


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    state_path = tmp_path_factory.mktemp("localcloud") / "state.sqlite3"
    running = start_local_cloud(
        Config(
            state_path=state_path,
            sdk_app_id=cloud_support.SDK_APP_ID,
            secret_id=cloud_support.SECRET_ID,
            secret_key=cloud_support.SECRET_KEY,
        )
    )
    yield LocalCloud(running.base_url, state_path)
    running.stop()


@pytest.fixture
def real_recordings() -> None:
    """Have every recording made for itself, as its class was."""


@pytest.fixture(scope="session")
def made_recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture
def quick_recordings(
    made_recordings: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Make a short and a long real recording of each format, and copy them for all tests but those of the files."""
    if "real_recordings" in request.fixturenames or request.node.get_closest_marker("browser"):
        return
    write = recording_videos.write

    def copy(path: Path, *, duration_s: int, has_ranges: bool = False, **how: Any) -> int:
        length_s = SHORTEST_S if duration_s < LONGEST_S else LONGEST_S
        made = made_recordings / f"{path.stem}-{has_ranges}-{length_s}" / path.name
        with MAKING_RECORDINGS:
            if not made.is_file():
                write(made, duration_s=length_s, has_ranges=has_ranges, **how)
        try:
            shutil.copytree(made.parent, path.parent, dirs_exist_ok=True)
            return sum(each.stat().st_size for each in path.parent.iterdir())
        except OSError as error:  # the cloud was emptied meanwhile
            raise recording_videos.RecordingFileError(str(error)) from error

    monkeypatch.setattr(recording_videos, "write", copy)


@pytest.fixture
def local_cloud(
    running_cloud: LocalCloud,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    quick_recordings: None,
) -> LocalCloud:
    """A real, empty local cloud that the settings point to, with calls left under the rate limits."""
    running_cloud.reset()
    monkeypatch.setattr("classroom.client.rate_limits._rate_limiter", None)
    monkeypatch.setattr("classroom.client.rate_limits.LOCAL_SHARE", 10)
    # Other threads do not see what a test has not committed.
    monkeypatch.setattr("schedule.rooms.ahead.MADE_AT_ONCE", 1)
    monkeypatch.setattr("schedule.rooms.marquees.SET_AT_ONCE", 1)
    monkeypatch.setattr("attendance.collecting.asking.ASKED_AT_ONCE", 1)
    monkeypatch.setattr("attendance.presence.looking.LOOKED_AT_ONCE", 1)
    settings.LCIC_ENDPOINT = running_cloud.url
    settings.LCIC_CLASS_URL = running_cloud.class_url
    settings.LCIC_SDK_APP_ID = cloud_support.SDK_APP_ID
    settings.LCIC_SECRET_ID = cloud_support.SECRET_ID
    settings.LCIC_SECRET_KEY = cloud_support.SECRET_KEY
    return running_cloud


# --- Real servers and processes -----------------------------------------------------------------


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if "TEST_REDIS_URL" in os.environ:
        yield environment.redis_url()
        return
    server = Valkey(tmp_path_factory.mktemp("valkey"), durable=False)
    yield server.url
    server.stop()


@pytest.fixture
def valkey(valkey_url: str, settings: Any) -> str:
    """The address of a real, empty Valkey. Celery in this process speaks to it under `make test` only."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushdb()
    settings.REDIS_URL = valkey_url
    return valkey_url


def environment_of_processes(
    folder: Path, cloud: LocalCloud, valkey_url: str, static: Path
) -> dict[str, str]:
    return {
        **cloud.environment(),
        "DATABASE_URL": database_url(connections["default"].settings_dict),
        "REDIS_URL": valkey_url,
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(static),
    }


@pytest.fixture(scope="session")
def collected_static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static files of web processes, collected once a run, however many workers it has."""

    def collect(place: Path) -> None:
        run_manage("collectstatic --noinput", STATIC_ROOT=str(place))

    return made_once(tmp_path_factory, "static", collect)


@pytest.fixture
def no_counts_of_others() -> Iterator[None]:
    """Neither wrong passwords nor codes are counted from one test to the next."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def processes(
    collected_static: Path,
    transactional_db: None,
    local_cloud: LocalCloud,
    valkey: str,
    tmp_path: Path,
) -> Iterator[Processes]:
    """Real web, worker and beat processes of this test's own: `processes.start_worker()`."""
    cache.clear()
    env = environment_of_processes(tmp_path, local_cloud, valkey, collected_static)
    started = Processes(tmp_path, env)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def running_site(
    collected_static: Path,
    django_db_setup: None,
    running_cloud: LocalCloud,
    valkey_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    env = environment_of_processes(folder, running_cloud, valkey_url, collected_static)
    # Its pages are those of a school that sends mail; each mail would be a file.
    started = Processes(folder, env | {"EMAIL_URL": f"filemail:///{folder}/mail"})
    try:
        yield started.start_web()
    finally:
        started.stop()


@pytest.fixture
def live_site(
    running_site: str,
    transactional_db: None,
    local_cloud: LocalCloud,
    valkey: str,
) -> str:
    """The address of a real web server, with the real CSP, on this test's database and cloud."""
    cache.clear()
    return running_site


@pytest.fixture(scope="session")
def cas_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CasServer]:
    """A real CAS server, which knows some people and gives them tickets for sites of this machine."""
    server = CasServer(tmp_path_factory.mktemp("cas"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def oidc_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcProvider]:
    """A real provider of OpenID Connect; `begin` has it know the platform of one test."""
    server = start_provider(tmp_path_factory.mktemp("oidc"))
    yield server
    server.stop()
