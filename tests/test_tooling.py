"""The ground that the other tests stand on."""

from __future__ import annotations

import re
import tomllib

import pytest
import redis
import time_machine
from django.conf import settings
from django.db import connection

from accounts.models import User
from tests.support import environment
from tests.support.cloud import LocalCloud


@pytest.mark.django_db(transaction=True)
def test_database_is_one_that_other_processes_see():
    name = str(connection.settings_dict["NAME"])

    assert "memory" not in name
    assert "test" in name


def test_environment_names_no_cloud():
    assert settings.LCIC_SECRET_ID == ""
    assert settings.DEBUG is False


def test_local_cloud_is_empty_and_counts_calls(local_cloud: LocalCloud):
    assert local_cloud.rooms() == []
    assert local_cloud.calls() == []
    assert local_cloud.url == settings.LCIC_ENDPOINT


@pytest.mark.processes
def test_valkey_is_real(valkey: str):
    with redis.Redis.from_url(valkey) as client:
        client.set("a", "b")

        assert client.get("a") == b"b"


def test_thread_that_reads_the_clock_while_a_journey_ends_still_gets_it():
    with time_machine.travel(0) as journey:
        pass

    assert journey.time_ns() == 0  # the moment of its first question


@pytest.mark.django_db
def test_passwords_cost_nothing():
    user = User(username="somebody")
    user.set_password("a password")

    assert user.password.startswith("pbkdf2_sha256$1$")


def test_every_variable_that_is_read_is_named_in_the_example():
    settings_text = (environment.ROOT / "edu_platform" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings_text))

    named = set(environment.NAME.findall((environment.ROOT / ".env.example").read_text("utf-8")))

    assert "LCIC_SECRET_KEY" in read
    assert read - named == set()


def test_apps_are_kept_from_all_of_the_projects_package_but_the_ground_floor():
    package = environment.ROOT / "edu_platform"
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    text = (environment.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]

    (kept_from,) = [
        set(each["forbidden_modules"])
        for each in contracts
        if "edu_platform.lib" in each.get("source_modules", ())
    ]

    assert kept_from == {f"edu_platform.{name}" for name in (modules | folders) - {"lib"}}
