"""The two parts of a sign-in by ticket that nobody can do without, each alone and with nothing around it.

`/verify/` checks the ticket's signature and claims; `/sign-in/` reads a person and signs them in, without asking
who they are. The name of the key and the id of the person stand in the query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.contrib.auth import login
from django.db import connection
from django.http import HttpRequest

import edu_platform.wsgi  # noqa: F401 -- sets Django up
from accounts.models import User
from accounts.sign_in.session_store import SessionStore

BACKEND = "accounts.backends.RoleBackend"
KEYS = {
    name: load_pem_public_key(key["key"].encode()) if key["alg"] == "RS256" else key["key"]
    for name, key in settings.HANDOVER_KEYS.items()
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    if environ["PATH_INFO"] == "/verify/":
        key = settings.HANDOVER_KEYS[query["key"]]
        jwt.decode(
            query["ticket"],
            KEYS[query["key"]],
            algorithms=[key["alg"]],
            issuer=key["iss"],
            audience=settings.PUBLIC_BASE_URL,
        )
    else:
        request = HttpRequest()
        request.session = SessionStore()
        login(request, User.objects.get(pk=query["person"]), BACKEND)
        request.session.save()
        connection.close()
    start_response("302 Found", [("Location", "/"), ("Content-Length", "0")])
    return [b""]
