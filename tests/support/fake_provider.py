"""A provider of OpenID Connect that says what a test wants it to say, true or not."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from jwt.algorithms import RSAAlgorithm

from accounts.external.oidc import provider
from tests.support.stand_in import StandIn, send

CLIENT_ID = "platform"
CLIENT_SECRET = "a secret/of + tests:"
KEY_ID = "key 1"
LOGIN = "/accounts/oidc/school/login/"
BACK = "/accounts/oidc/school/login/callback/"


def forget_provider() -> None:
    """Have what the provider says of itself asked for again."""
    provider._documents = provider._Documents()


@cache
def rsa_key(name: str = "its own") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def part(content: dict[str, Any]) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class FakeProvider(StandIn):
    """Says what stands in its attributes, which `begin` resets."""

    @property
    def issuer(self) -> str:
        return self.url

    def begin(self) -> None:
        super().begin()
        self.claims: dict[str, Any] = {"sub": "s-1", "preferred_username": "wang", "name": "王小明"}
        self.userinfo: dict[str, Any] | None = None
        self.id_token: object = None  # made of the claims
        self.documents: dict[str, Any] = {}  # beside the usual discovery
        # These are said instead of the usual, by path.
        self.statuses: dict[str, int] = {}
        self.bodies: dict[str, bytes] = {}
        self.authorization: dict[str, str] = {}

    def settings(self) -> dict[str, Any]:
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }

    def paths_asked(self) -> list[str]:
        return [path for path, _form, _headers in self.asked]

    # --- What it says

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end",
            **self.documents,
        }

    def keys(self) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(rsa_key().public_key(), as_dict=True)
        return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}

    def all_claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": self.authorization.get("nonce"),
            **self.claims,
        }
        return {name: value for name, value in (usual | changed).items() if value is not None}

    def token(self, key: Any = None, algorithm: str = "RS256", **changed: Any) -> str:
        """An ID token, or what looks like one: a claim that is None is left out."""
        signed_by = key or rsa_key()
        return jwt.encode(self.all_claims(**changed), signed_by, algorithm, {"kid": KEY_ID})

    def logout_token(self, **changed: Any) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": f"{time.monotonic_ns()}",
            "sub": "s-1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        said = {name: value for name, value in (claims | changed).items() if value is not None}
        return jwt.encode(said, rsa_key(), "RS256", {"kid": KEY_ID, "typ": "logout+jwt"})

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path
        sent = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        form = dict(parse_qsl(sent.decode()))
        self.asked.append((path, form, dict(request.headers)))
        said = self._document(path, form)
        status = self.statuses.get(path, 404 if said is None else 200)
        body = self.bodies.get(path, json.dumps(said).encode())
        send(request, status, body, {"Content-Type": "application/json", **self.headers})

    def _document(self, path: str, form: dict[str, str]) -> Any:
        if path == "/.well-known/openid-configuration":
            return self.discovery()
        if path == "/keys":
            return self.keys()
        if path == "/userinfo":
            return self.userinfo
        if path == "/token":
            self._check_code(form)
            id_token = self.token() if self.id_token is None else self.id_token
            return {"access_token": "an-access-token", "token_type": "Bearer", "id_token": id_token}
        return None

    def _check_code(self, form: dict[str, str]) -> None:
        """As a provider does that was asked with PKCE."""
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert self.authorization["code_challenge"] == challenge
        assert self.authorization["code_challenge_method"] == "S256"
        assert form["redirect_uri"] == self.authorization["redirect_uri"]

    # --- A visit of somebody who has an account there

    def lead_there(self, client: Client, **form: str) -> Any:
        """Click the button; what the person is sent with is kept in `authorization`."""
        answer = client.post(LOGIN, form)
        if answer.status_code == 302:
            self.authorization = dict(parse_qsl(urlsplit(answer["Location"]).query))
        return answer

    def come_back(self, client: Client, **query: str) -> Any:
        """Be sent back by the provider: with a code, unless told otherwise."""
        usual = {"code": "a-code", "state": self.authorization["state"]}
        return client.get(f"{BACK}?{urlencode(usual | query)}")

    def sign_in(self, client: Client, **form: str) -> Any:
        self.lead_there(client, **form)
        return self.come_back(client)
