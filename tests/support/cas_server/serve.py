"""A school's CAS server (django-cas-server): `serve.py <folder for its database> <port>`.

A process of its own: its settings are not the platform's.
"""

from __future__ import annotations

import secrets
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path

# The password of each, and what the server says beside the name.
PEOPLE: dict[str, tuple[str, dict[str, Any]]] = {
    "li.ming": (
        "cas-Mima-1",
        {"displayName": "李明", "eduPersonAffiliation": ["member", "faculty"]},
    ),
    "wang.wu": ("cas-Mima-2", {"cn": "王五", "eduPersonAffiliation": "student"}),
    "zhao.liu": ("cas-Mima-3", {"name": "赵六"}),
}


def configure(folder: str) -> None:
    settings.configure(
        SECRET_KEY=secrets.token_urlsafe(),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes"),
            *("django.contrib.sessions", "django.contrib.messages"),
            "cas_server",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/cas.sqlite3"}
        },
        # Its tables are made as they are now, and not by its history.
        MIGRATION_MODULES={
            "cas_server": None,
            "auth": None,
            "contenttypes": None,
            "sessions": None,
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        STATIC_URL="/static/",
        # A browser tells cookies apart by host, and not by port.
        SESSION_COOKIE_NAME="cas_sessionid",
        CSRF_COOKIE_NAME="cas_csrftoken",
        CAS_AUTH_CLASS=f"{__name__}.SchoolAuth",
        CAS_NEW_VERSION_HTML_WARNING=False,
        # Nothing is loaded from elsewhere.
        CAS_COMPONENT_URLS={
            "bootstrap4_css": "data:text/css,",
            "bootstrap4_js": "data:text/javascript,",
            "jquery": "data:text/javascript,window.jQuery=function(){}",
        },
    )
    django.setup()


def register_the_platform() -> None:
    """Let the platform have tickets, as docs/accounts.md says."""
    from cas_server.models import ReplaceAttributName, ServicePattern

    services, attributes = ServicePattern._default_manager, ReplaceAttributName._default_manager
    platform = services.create(
        name="platform",
        pattern=r"^http://127\.0\.0\.1:[0-9]+/accounts/cas/callback/",
        single_log_out=True,
    )
    attributes.create(service_pattern=platform, name="*")
    services.create(name="library", pattern=r"^https://library\.example/")


class SchoolAuth:
    """Stands for the server's directory of people."""

    def __init__(self, username: str) -> None:
        self.username = username

    def test_password(self, password: str) -> bool:
        return self.username in PEOPLE and PEOPLE[self.username][0] == password

    def attributs(self) -> dict[str, Any]:
        return PEOPLE[self.username][1]


urlpatterns: list[Any] = []


def main(folder: str, port: int) -> None:
    configure(folder)
    urlpatterns.append(path("cas/", include("cas_server.urls", namespace="cas_server")))
    call_command("migrate", run_syncdb=True, verbosity=0)
    register_the_platform()

    from django.core.servers.basehttp import run
    from django.core.wsgi import get_wsgi_application

    run("127.0.0.1", port, get_wsgi_application(), threading=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
