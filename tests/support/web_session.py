"""Somebody at a real web process, over real HTTP, who has no browser."""

from __future__ import annotations

import re
from typing import Any

import requests
from django.test import Client

from accounts.models import User

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
TIMEOUT_S = 30


class WebSession:
    """Keeps cookies, and sends forms as pages do; `verify` as in requests: where the trusted certificate is."""

    def __init__(self, url: str, *, verify: str | bool = True) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False  # this machine is spoken to directly, whatever proxy is set
        self._session.verify = verify
        self._session.headers["Referer"] = f"{url}/"

    def sign_in(self, username: str, password: str) -> requests.Response:
        return self.send(
            "/accounts/login/", page="/accounts/login/", login=username, password=password
        )

    def sign_in_as(self, user: User) -> None:
        """Sign in without the form."""
        client = Client()
        client.force_login(user)
        self._session.cookies["sessionid"] = client.cookies["sessionid"].value

    def get(self, path: str, **how: Any) -> requests.Response:
        return self.ask("GET", path, **how)

    def send(self, path: str, *, page: str, **fields: str) -> requests.Response:
        """Send the form of a page to `path`; where the answer leads is not followed."""
        token = TOKEN.search(self.get(page).text)
        assert token is not None, page
        return self.ask("POST", path, data={"csrfmiddlewaretoken": token[1], **fields})

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        how = {"timeout": TIMEOUT_S, "allow_redirects": False} | how
        return self._session.request(method, f"{self.url}{path}", **how)

    @property
    def csrf_token(self) -> str:
        return str(self._session.cookies["csrftoken"])
