"""The environment: what it opens, what it refuses, and what nobody reads."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.http.request import validate_host
from django.utils.translation import gettext as _

from edu_platform import env
from edu_platform.doctor.findings import Finding, check, error, ok, warning

# As Django's own deploy check has it.
KEY_CHARS_AT_LEAST = 50
DIFFERENT_CHARS_AT_LEAST = 5
MADE_BY_STARTPROJECT = "django-insecure-"
NEW_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(64))"'
# System checks with a line of their own here.
OWN_LINES = frozenset(
    {
        *("security.W009", "security.W018", "security.W020"),
        # All of these follow from the scheme of PUBLIC_BASE_URL.
        *("security.W004", "security.W008", "security.W012", "security.W016"),
        *("classroom.W001", "classroom.W003", "replays.W001"),
    }
)
# Whatever begins so is meant for us.
OUR_PREFIXES = ("LCIC_", "OIDC_", "CAS_", "HANDOVER_", "REPLAY_", "COURSEWARE_")
# Read by the Procfile and by Django, not by the settings.
READ_ELSEWHERE = frozenset({"PORT", "BEAT_SCHEDULE", "ENV_FILE", "DJANGO_SETTINGS_MODULE"})
RESEMBLING = 0.6  # enough to ask whether it was meant
ALIKE = 0.85  # by difflib: ALLOWED_HOST and ALLOWED_HOSTS are .96, TEST_DATABASE_URL and DATABASE_URL .83


@check("settings.debug")
def debug() -> Iterator[Finding]:
    if settings.DEBUG:
        yield error(
            "settings.debug",
            _("DEBUG is on: error pages show settings and code to everybody."),
            _("Remove DEBUG from the environment, and restart the web processes."),
        )
    else:
        yield ok("settings.debug", _("DEBUG is off."))


@check("settings.secret_key")
def secret_key() -> Iterator[Finding]:
    key = settings.SECRET_KEY
    is_long = len(key) >= KEY_CHARS_AT_LEAST and len(set(key)) >= DIFFERENT_CHARS_AT_LEAST
    if is_long and not key.startswith(MADE_BY_STARTPROJECT):
        yield ok("settings.secret_key", _("SECRET_KEY is long and random enough."))
        return
    yield warning(
        "settings.secret_key",
        _("SECRET_KEY is short or easy to guess: who finds it can sign in as anybody."),
        _(
            "Make a new one: %(command)s. A new key signs everybody out and makes second factors"
            " unreadable: docs/accounts.md says what to do before."
        )
        % {"command": NEW_KEY},
    )


@check("settings.hosts")
def hosts() -> Iterator[Finding]:
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname or ""
    host = f"[{host}]" if ":" in host else host
    if not validate_host(host, settings.ALLOWED_HOSTS):
        yield error(
            "settings.hosts",
            _("ALLOWED_HOSTS leaves out %(host)s, the host of PUBLIC_BASE_URL: it is refused.")
            % {"host": host},
            _(
                "Add it to ALLOWED_HOSTS, or leave ALLOWED_HOSTS out, and restart the web processes."
            ),
        )
    elif "*" in settings.ALLOWED_HOSTS:
        yield warning(
            "settings.hosts",
            _("ALLOWED_HOSTS takes every host, so anybody's name can stand in links."),
            _("Name the host of PUBLIC_BASE_URL there, or leave ALLOWED_HOSTS out."),
        )
    else:
        yield ok("settings.hosts", _("ALLOWED_HOSTS takes %(host)s.") % {"host": host})


@check("settings.https")
def https() -> Iterator[Finding]:
    parts = urlsplit(settings.PUBLIC_BASE_URL)
    if parts.scheme == "https":
        yield ok("settings.https", _("PUBLIC_BASE_URL is https: cookies and pages are encrypted."))
    elif parts.hostname in env.LOOPBACK:
        yield warning(
            "settings.https",
            _("PUBLIC_BASE_URL is http on this machine, which is for trying things alone."),
            _("Set PUBLIC_BASE_URL to the https address that people type."),
        )
    else:
        yield error(
            "settings.https",
            _("PUBLIC_BASE_URL is http: passwords and cookies are readable on the way."),
            _(
                "Have a proxy end TLS in front (deploy/nginx/), set PUBLIC_BASE_URL to https and"
                " TRUSTED_PROXIES to 1, and restart the web processes."
            ),
        )


@check("settings.names")
def names() -> Iterator[Finding]:
    unread = sorted(filter(_is_meant_for_us, os.environ.keys() - env.read_names - READ_ELSEWHERE))
    if not unread:
        yield ok("settings.names", _("No variable of the environment looks misspelt."))
    for name in unread:
        near = difflib.get_close_matches(name, env.read_names, n=1, cutoff=RESEMBLING)
        advice = _("Every variable is in .env.example: correct it, or take it away.")
        if near:
            advice = _("Is %(name)s meant? Correct it, or take it away.") % {"name": near[0]}
        yield warning("settings.names", _("Nobody reads %(name)s.") % {"name": name}, advice)


def _is_meant_for_us(name: str) -> bool:
    if name.startswith(OUR_PREFIXES):
        return True
    return bool(difflib.get_close_matches(name, env.read_names, n=1, cutoff=ALIKE))


@check("settings.checks")
def system_checks() -> Iterator[Finding]:
    """Pass on what `manage.py check --deploy` says, in its own words, but for what has a line here."""
    said = [
        message
        for message in checks.run_checks(include_deployment_checks=True)
        if message.level >= checks.WARNING
        and not message.is_silenced()
        and message.id not in OWN_LINES
    ]
    if not said:
        yield ok("settings.checks", _("`manage.py check --deploy` has nothing else to say."))
    for message in said:
        tell = error if message.level >= checks.ERROR else warning
        hint = str(message.hint or _("Look it up in Django's list of system checks."))
        yield tell("settings.checks", f"{message.id}: {message.msg}", hint)
