"""The settings as an operator meets them: each case has an environment of its own."""

from __future__ import annotations

import datetime as dt
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.factories.schedule import LessonFactory

ROOT = Path(__file__).resolve().parent.parent
SettingsOf = Callable[..., dict[str, Any]]


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> SettingsOf:
    """The settings that an environment leads to: `settings_of(DEBUG="true")`."""

    def load(**variables: str) -> dict[str, Any]:
        own = {"ENV_FILE": os.devnull, "SECRET_KEY": "a long secret", **variables}
        monkeypatch.setattr(os, "environ", own)
        monkeypatch.setattr(environ.Env, "ENVIRON", own)
        return runpy.run_path(str(ROOT / "edu_platform" / "settings.py"))

    return load


class TestBadValue:
    @pytest.mark.parametrize(
        ("name", "value", "accepted"),
        [
            ("SECRET_KEY", "", "a long random text"),
            ("DEBUG", "maybe", "true or false"),
            ("TRUSTED_PROXIES", "-1", "a whole number from 0 to 10"),
            ("DATABASE_URL", "mysql://db/school", "postgres://user:password@host:port/name"),
            ("REDIS_URL", "memory://", "redis://host[:port][/path]"),
            ("EMAIL_URL", "pigeon://loft", "smtp+tls://user:password@host:587"),
            ("PUBLIC_BASE_URL", "school.example", "https://host[:port][/path]"),
            ("TIME_ZONE", "Mars/Base", "Asia/Shanghai"),
            ("LANGUAGE_CODE", "fr", "zh-hans, en"),
            ("LCIC_SDK_APP_ID", "my app", "a whole number from 0"),
            ("LCIC_ENDPOINT", "lcic.tencentcloudapi.com", "https://host[:port][/path]"),
            ("LCIC_CLASS_URL", "class.html", "https://host[:port][/path]"),
            ("REPLAY_DELIVERY", "post", "redirect, accel, signed"),
            ("OIDC_ISSUER", "http://sign-in.school.example", "https://host[:port][/path]"),
            ("OIDC_OTHER_ORIGINS", "keys.school.example", "https://host[:port]"),
            ("LCIC_VOD_KEY", "short", "8 to 20 letters (a to z, A to Z) and digits"),
            ("LCIC_VOD_KEY", "with-a-hyphen", "8 to 20 letters (a to z, A to Z) and digits"),
        ],
    )
    def test_stops_the_start_by_name(
        self, settings_of: SettingsOf, name: str, value: str, accepted: str
    ):
        with pytest.raises(ImproperlyConfigured) as raised:
            settings_of(**{name: value})

        assert str(raised.value).startswith(name)
        assert accepted in str(raised.value)

    def test_signed_delivery_needs_its_key(self, settings_of: SettingsOf):
        with pytest.raises(ImproperlyConfigured) as raised:
            settings_of(REPLAY_DELIVERY="signed")

        assert str(raised.value).startswith("LCIC_VOD_KEY is not set.")

    def test_key_is_not_repeated(self, settings_of: SettingsOf):
        with pytest.raises(ImproperlyConfigured) as raised:
            settings_of(LCIC_VOD_KEY="secret-key-1")

        assert "secret-key-1" not in str(raised.value)


class TestOpenIdConnect:
    CLIENT = {"OIDC_CLIENT_ID": "platform", "OIDC_CLIENT_SECRET": "a secret"}

    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            ({"OIDC_ISSUER": "https://h.example"}, "OIDC_CLIENT_ID"),
            ({"OIDC_ISSUER": "https://h.example", "OIDC_CLIENT_ID": "a"}, "OIDC_CLIENT_SECRET"),
            (CLIENT, "OIDC_ISSUER"),
            ({"OIDC_ROLE_CLAIM": "roles"}, "OIDC_TEACHER_VALUES"),
            ({"OIDC_TEACHER_VALUES": "teacher"}, "OIDC_ROLE_CLAIM"),
        ],
    )
    def test_half_of_it_stops_the_start(
        self, settings_of: SettingsOf, given: dict[str, str], missing: str
    ):
        with pytest.raises(ImproperlyConfigured) as raised:
            settings_of(**given)

        assert str(raised.value).startswith(f"{missing} is not set")

    def test_forms_may_lead_to_the_provider_and_nowhere_else(self, settings_of: SettingsOf):
        def form_action(**variables: str) -> list[str]:
            policy = settings_of(**variables)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
            return policy["form-action"]  # type: ignore[no-any-return]

        without = form_action()
        with_it = form_action(
            **self.CLIENT,
            OIDC_ISSUER="https://sign-in.school.example/realms/school",
            OIDC_OTHER_ORIGINS="https://login.school.example",
        )

        assert with_it == [
            *without,
            "https://sign-in.school.example",
            "https://login.school.example",
        ]


class TestDefaults:
    def test_need_nothing_but_a_secret(self):
        needed = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

        done = subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=ROOT,
            env={**needed, "ENV_FILE": os.devnull, "SECRET_KEY": "a long secret"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 0, done.stderr

    def test_are_those_of_the_contract(self, settings_of: SettingsOf):
        contract = {
            "DEBUG": False,
            "PUBLIC_BASE_URL": "http://127.0.0.1:8000",
            "ALLOWED_HOSTS": ["127.0.0.1", "127.0.0.1", "localhost", "[::1]"],
            "TRUSTED_PROXIES": 0,
            "TIME_ZONE": "Asia/Shanghai",
            "LANGUAGE_CODE": "zh-hans",
            "REDIS_URL": "redis://127.0.0.1:6379/0",
            "LCIC_ENDPOINT": "https://lcic.tencentcloudapi.com",
            "LCIC_CLASS_URL": "https://class.qcloudclass.com/latest/class.html",
            "LCIC_SDK_APP_ID": 0,
            "REPLAY_DELIVERY": "redirect",
            "REPLAY_HOSTS": ["*.vod2.myqcloud.com"],
            "LCIC_VOD_KEY": "",
            "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
        }

        found = settings_of()

        assert {name: found[name] for name in contract} == contract

    @pytest.mark.parametrize(
        ("address", "is_sent"),
        [
            ("", False),
            ("consolemail://", False),
            ("dummymail://", False),
            ("memorymail://", False),
            ("smtp://mail.example:25", True),
            ("smtp+tls://user:password@mail.example:587", True),
            ("filemail:///var/spool/outgoing", True),
        ],
    )
    def test_mail_is_sent_where_it_comes_to_people(
        self, settings_of: SettingsOf, address: str, *, is_sent: bool
    ):
        assert settings_of(EMAIL_URL=address)["SENDS_MAIL"] is is_sent

    def test_empty_values_count_as_not_set(self, settings_of: SettingsOf):
        found = settings_of(PUBLIC_BASE_URL="", DEBUG="", LCIC_ENDPOINT=" ", TRUSTED_PROXIES="")

        assert found["PUBLIC_BASE_URL"] == "http://127.0.0.1:8000"
        assert found["LCIC_ENDPOINT"] == "https://lcic.tencentcloudapi.com"
        assert (found["DEBUG"], found["TRUSTED_PROXIES"]) == (False, 0)

    def test_keep_data_under_var(self, settings_of: SettingsOf):
        found = settings_of()

        assert Path(found["DATABASES"]["default"]["NAME"]).parent == ROOT / "var"
        assert Path(found["MEDIA_ROOT"]) == ROOT / "var" / "media"
        assert Path(found["STATIC_ROOT"]) == ROOT / "var" / "static"

    def test_static_files_may_lie_elsewhere(self, settings_of: SettingsOf):
        assert settings_of(STATIC_ROOT="/srv/static")["STATIC_ROOT"] == "/srv/static"

    def test_sqlite_queues_its_writers(self, settings_of: SettingsOf):
        options = settings_of()["DATABASES"]["default"]["OPTIONS"]

        assert options["transaction_mode"] == "IMMEDIATE"
        assert "journal_mode=WAL" in options["init_command"]
        assert options["timeout"] >= 5

    def test_postgresql_takes_no_options_of_sqlite(self, settings_of: SettingsOf):
        found = settings_of(DATABASE_URL="postgres://a:b@db.example/school")
        default = found["DATABASES"]["default"]

        assert "init_command" not in default.get("OPTIONS", {})
        assert default["CONN_MAX_AGE"] == 0

    @pytest.mark.parametrize(
        ("base_url", "host"),
        [
            ("https://school.example", "school.example"),
            ("http://[2001:db8::1]:8000", "[2001:db8::1]"),
        ],
    )
    def test_host_is_that_of_the_public_address(
        self, settings_of: SettingsOf, base_url: str, host: str
    ):
        found = settings_of(PUBLIC_BASE_URL=base_url)

        assert found["ALLOWED_HOSTS"][0] == host
        assert found["CSRF_TRUSTED_ORIGINS"] == [base_url]


class TestScheme:
    COOKIES = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE")

    def test_https_turns_on_what_needs_it(self, settings_of: SettingsOf):
        found = settings_of(PUBLIC_BASE_URL="https://school.example")

        assert found["SECURE_SSL_REDIRECT"] is True
        assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
        assert [found[name] for name in self.COOKIES] == [True] * 3

    def test_http_turns_it_off(self, settings_of: SettingsOf):
        found = settings_of(PUBLIC_BASE_URL="http://school.example")

        assert found["SECURE_SSL_REDIRECT"] is False
        assert found["SECURE_HSTS_SECONDS"] == 0
        assert [found[name] for name in self.COOKIES] == [False] * 3

    def test_proxy_s_word_counts_when_there_is_one(self, settings_of: SettingsOf):
        assert settings_of()["SECURE_PROXY_SSL_HEADER"] is None

        found = settings_of(TRUSTED_PROXIES="1")

        assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


class TestFormAction:
    """Chromium holds the redirect after a form to it: the button of CAS would do nothing."""

    def test_names_the_cas_server_where_there_is_one(self, settings_of: SettingsOf):
        def origins(**variables: str) -> list[str]:
            policy = settings_of(**variables)["CONTENT_SECURITY_POLICY"]
            return list(policy["DIRECTIVES"]["form-action"])

        without = origins()

        assert origins(CAS_SERVER_URL="https://cas.school.example:8443/cas/") == [
            *without,
            "https://cas.school.example:8443",
        ]


class TestDotenv:
    def test_is_read_and_the_real_environment_wins(self, settings_of: SettingsOf, tmp_path: Path):
        file = tmp_path / ".env"
        file.write_text("TIME_ZONE=UTC\nLANGUAGE_CODE=en\n", encoding="utf-8")

        found = settings_of(ENV_FILE=str(file), TIME_ZONE="Asia/Tokyo")

        assert (found["TIME_ZONE"], found["LANGUAGE_CODE"]) == ("Asia/Tokyo", "en")

    def test_bad_value_in_it_stops_the_start(self, settings_of: SettingsOf, tmp_path: Path):
        file = tmp_path / ".env"
        file.write_text("DEBUG=maybe\n", encoding="utf-8")

        with pytest.raises(ImproperlyConfigured) as raised:
            settings_of(ENV_FILE=str(file))

        assert str(raised.value) == (
            "DEBUG: not a value that can be used here. Accepted: true or false"
        )

    def test_example_names_what_is_read(self):
        example = (ROOT / ".env.example").read_text(encoding="utf-8")
        source = (ROOT / "edu_platform" / "settings.py").read_text(encoding="utf-8")
        read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))

        assert len(read) > 10
        assert {name for name in read if f"{name}=" not in example} == set()

    def test_addresses_of_the_international_edition_are_usable_and_the_same_in_the_guide(
        self, settings_of: SettingsOf
    ):
        example = (ROOT / ".env.example").read_text(encoding="utf-8")
        guide = (ROOT / "docs" / "installation.md").read_text(encoding="utf-8")
        lines = re.findall(
            r"^#LCIC_\w+=https://\S+(?:intl\.|tencentclass\.)\S+$", example, re.MULTILINE
        )

        assert len(lines) == 2
        assert [line for line in lines if f"\n{line}\n" not in guide] == []
        values = dict(line.removeprefix("#").split("=", 1) for line in lines)
        used = settings_of(**values)
        assert {name: used[name] for name in values} == values


@pytest.mark.django_db
def test_without_a_cloud_the_site_runs_and_entry_is_503(
    teacher: User, settings: Any, client: Client
):
    settings.LCIC_SECRET_ID = ""
    start = timezone.now() + dt.timedelta(minutes=5)
    lesson = LessonFactory.create(
        teacher=teacher, starts_at=start, ends_at=start + dt.timedelta(minutes=45)
    )
    client.force_login(teacher)

    assert client.get("/schedule/").status_code == 200
    answer = client.post(f"/schedule/lessons/{lesson.code}/enter/")

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer.context["error"].reference in answer.content.decode()
