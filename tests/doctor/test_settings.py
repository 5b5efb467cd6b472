from __future__ import annotations

from typing import Any

import pytest
from django.core import checks

from edu_platform.doctor import settings as of_settings
from tests.support.doctor import levels, said

LONG_KEY = "k" * 25 + "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(("is_on", "level"), [(False, "ok"), (True, "error")])
def test_debug(settings: Any, is_on: bool, level: str):
    settings.DEBUG = is_on

    assert levels(of_settings.debug) == {"settings.debug": level}


@pytest.mark.parametrize(
    ("key", "level"),
    [
        (LONG_KEY, "ok"),
        ("too-short", "warning"),
        ("a" * 60, "warning"),
        (f"django-insecure-{LONG_KEY}", "warning"),
    ],
)
def test_secret_key_is_never_told(settings: Any, key: str, level: str):
    settings.SECRET_KEY = key

    finding = said(of_settings.secret_key, "settings.secret_key")

    assert finding.level == level
    assert key not in f"{finding.text} {finding.advice}".split()


@pytest.mark.parametrize(
    ("base", "hosts", "level"),
    [
        ("https://school.example", ["school.example"], "ok"),
        ("https://school.example", [".example"], "ok"),
        ("http://[::1]:8000", ["[::1]"], "ok"),
        ("https://school.example", ["*"], "warning"),
        ("https://school.example", ["other.example"], "error"),
    ],
)
def test_host_that_people_type_is_taken(settings: Any, base: str, hosts: list[str], level: str):
    settings.PUBLIC_BASE_URL, settings.ALLOWED_HOSTS = base, hosts

    assert levels(of_settings.hosts) == {"settings.hosts": level}


@pytest.mark.parametrize(
    ("base", "level"),
    [
        ("https://school.example", "ok"),
        ("http://127.0.0.1:8000", "warning"),
        ("http://localhost", "warning"),
        ("http://school.example", "error"),
        ("http://192.168.1.5", "error"),
    ],
)
def test_http_is_for_this_machine_alone(settings: Any, base: str, level: str):
    settings.PUBLIC_BASE_URL = base

    assert levels(of_settings.https) == {"settings.https": level}


class TestNames:
    def test_names_that_are_read_and_those_of_others_are_fine(self, monkeypatch: Any):
        for name in ("LCIC_SDK_APP_ID", "PORT", "TEST_DATABASE_URL", "HOSTNAME", "LC_ALL"):
            monkeypatch.setenv(name, "x")

        assert levels(of_settings.names) == {"settings.names": "ok"}

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("LCIC_SECRETKEY", "LCIC_SECRET_KEY"),
            ("LCIC_APPID", "LCIC_SDK_APP_ID"),
            ("ALLOWED_HOST", "ALLOWED_HOSTS"),
            ("PUBLIC_BASEURL", "PUBLIC_BASE_URL"),
        ],
    )
    def test_misspelt_name_is_told_without_its_value(self, monkeypatch: Any, name: str, meant: str):
        monkeypatch.setenv(name, "the-secret-value")

        finding = said(of_settings.names, "settings.names")

        assert finding.level == "warning"
        assert name in finding.text
        assert meant in finding.advice
        assert "the-secret-value" not in f"{finding.text}{finding.advice}"


class TestSystemChecks:
    @pytest.fixture(autouse=True)
    def without_what_tests_set(self, settings: Any) -> None:
        """Here a template's missing variable fails its test, by a value that no school has."""
        settings.SILENCED_SYSTEM_CHECKS = [*settings.SILENCED_SYSTEM_CHECKS, "templates.E002"]

    def test_what_has_a_line_of_its_own_is_left_out(self, settings: Any):
        settings.SECRET_KEY, settings.PUBLIC_BASE_URL = "short", "http://127.0.0.1:8000"

        assert levels(of_settings.system_checks) == {"settings.checks": "ok"}

    def test_others_are_told_in_their_own_words(self, settings: Any):
        settings.LCIC_CALLBACK_KEY = ["one", "two", "three"]

        finding = said(of_settings.system_checks, "settings.checks")

        assert finding.level == "warning"
        assert finding.text.startswith("classroom.W002: ")

    def test_error_stays_an_error(self, settings: Any):
        settings.CELERY_BEAT_SCHEDULE = {"x": {"task": "replays.gone", "schedule": 60}}

        finding = said(of_settings.system_checks, "settings.checks")

        assert finding.level == "error"
        assert finding.text.startswith("edu_platform.E001: ")

    def test_lines_of_its_own_are_checks_that_exist(self, settings: Any):
        settings.DEBUG, settings.SECRET_KEY, settings.ALLOWED_HOSTS = True, "short", []
        settings.SECURE_HSTS_SECONDS = 0
        settings.LCIC_SDK_APP_ID, settings.LCIC_SECRET_ID, settings.LCIC_SECRET_KEY = 1, "id", "key"

        told = {each.id for each in checks.run_checks(include_deployment_checks=True)}

        assert told >= of_settings.OWN_LINES
