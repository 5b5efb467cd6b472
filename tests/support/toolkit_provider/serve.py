"""A school's sign-in for tests: django-oauth-toolkit in a process of its own.

    python -P serve.py FOLDER PORT PLATFORM_URL

Who asks `/sign-in/?who=wang` is that person, whom the platform is told about by the toolkit itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

FOLDER, PORT, PLATFORM_URL = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
ISSUER = f"http://127.0.0.1:{PORT}"

settings.configure(
    SECRET_KEY="of tests",
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "db.sqlite3")}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SESSION_COOKIE_NAME="toolkit",
    LOGIN_URL="/sign-in/",
    USE_TZ=True,
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_ISS_ENDPOINT": ISSUER,
        "OIDC_RSA_PRIVATE_KEY": rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode(),
        "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
        "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
        "SCOPES": {"openid": "who you are", "profile": "how you are called", "groups": "groups"},
        "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator",
        "PKCE_REQUIRED": True,
    },
)
django.setup()

# These need the settings.
from django.contrib.auth import login  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402


class Validator(OAuth2Validator):
    oidc_claim_scope = None  # type: ignore[assignment] # as its documentation has it

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        groups = ["staff"] if request.user.is_staff else ["pupils"]
        return {
            "preferred_username": request.user.username,
            "name": request.user.get_full_name(),
            "groups": groups,
        }


def sign_in(request: HttpRequest) -> HttpResponse:
    who = request.GET.get("who")
    if who is None:
        return HttpResponse("Who are you?")
    user: Any = User.objects.get(username=who)
    login(request, user)
    return redirect(request.GET["next"])


urlpatterns = [path("sign-in/", sign_in), path("", include("oauth2_provider.urls"))]


def fill() -> None:
    call_command("migrate", verbosity=0)
    User.objects.create(username="wang", first_name="小明", last_name="王")
    User.objects.create(username="li", first_name="老师", last_name="李", is_staff=True)
    Application.objects.create(
        name="platform",
        client_id="platform",
        client_secret="a secret of the platform",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        algorithm=Application.RS256_ALGORITHM,
        redirect_uris=f"{PLATFORM_URL}/accounts/oidc/school/login/callback/",
        post_logout_redirect_uris=f"{PLATFORM_URL}/accounts/login/",
        skip_authorization=True,
    )


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any, **_more: Any) -> None:
        """Only faults are told."""


if __name__ == "__main__":
    from django.core.wsgi import get_wsgi_application

    fill()
    make_server("127.0.0.1", PORT, get_wsgi_application(), handler_class=Quiet).serve_forever()
