"""A person with a browser, as HTTP requests."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

TIMEOUT_S = 40
SERVER_ERROR = 500


class NoAnswer(Exception):
    """Nothing was answered, or a 5xx: the request may have taken effect or not."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Any
    text: str

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))


class Visitor:
    """Keeps cookies between requests, and sends the CSRF token."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Referer"] = f"{site}/"

    def sign_in(self, username: str, password: str) -> None:
        """Sign in by the form.

        Raises:
            NoAnswer: it did not lead into the site.
        """
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", login=username, password=password)
        if answer.status not in {302, 303} or "sessionid" not in self.session.cookies:
            raise NoAnswer(f"{username} could not sign in: {answer.status}")

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, **fields: str) -> Answer:
        return self.ask("POST", path, data=fields)

    def ask(
        self,
        method: str,
        path: str,
        *,
        data: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request; redirects are not followed.

        Raises:
            NoAnswer: the connection broke, or the answer is a 5xx.
        """
        token = self.session.cookies.get("csrftoken", "")
        try:
            answer = self.session.request(
                method,
                urljoin(self.site, path),
                data=data,
                headers={"X-CSRFToken": str(token), **(headers or {})},
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise NoAnswer(type(error).__name__) from error
        if answer.status_code >= SERVER_ERROR:
            raise NoAnswer(str(answer.status_code))
        return Answer(answer.status_code, answer.headers, answer.text)

    def hang_up_midway(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Announce a whole body, send half of it, and close the connection.

        Raises:
            NoAnswer: always.
        """
        cookies = self.session.cookies
        own = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": str(cookies.get("csrftoken", "")),
            "Content-Length": str(len(body)),
        }
        address = urlsplit(self.site)
        with closing(HTTPConnection(address.netloc, timeout=TIMEOUT_S)) as connection:
            try:
                connection.request(method, path, body[: len(body) // 2], headers | own)
            except OSError as error:
                raise NoAnswer(type(error).__name__) from error
        raise NoAnswer("hung up")


@dataclass(frozen=True, slots=True)
class ClassLink:
    """The address that leads into a class: of whom, and into which room."""

    url: str
    fields: dict[str, str]

    @property
    def room_id(self) -> int:
        return int(self.fields["classid"])

    @property
    def user_id(self) -> str:
        return self.fields["userid"]


def read_class_link(location: str) -> ClassLink:
    fields = dict(re.findall(r"[?&](\w+)=([^&#]*)", location))
    return ClassLink(location, fields)
