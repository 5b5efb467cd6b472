"""People with browsers: each opens the week, some after signing in, and enters the class.

A browser here keeps its connection and cookies, fills in forms as they stand in the pages, and follows
a page that says "please wait" as its script would.
"""

from __future__ import annotations

import asyncio
import html
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

WEEK_PAGE = "/schedule/"
SIGN_IN_PAGE = f"/accounts/login/?next={WEEK_PAGE}"
TIMEOUT_S = 60.0
THINKS_S = (1.0, 3.0)  # between the week and the click
TRIES_AGAIN_AFTER_S = 2.0
TRIES_AT_MOST = 60
FORM = re.compile(r'<form\b[^>]*\baction="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'\b(type|name|value)="([^"]*)"')
TIMING = re.compile(r"(\w+);dur=([0-9.]+)")


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str
    waited_s: dict[str, float]  # on the server: until it may call the cloud, in the calls


@dataclass(slots=True)
class Person:
    cookies: dict[str, str]
    arrives_s: float
    username: str = ""
    password: str = ""


@dataclass(slots=True)
class Done:
    """Something that a person wanted and got."""

    kind: str
    at_s: float
    took_s: float
    budget_s: float = 0.0  # of it: waiting for a place among the calls to the cloud
    cloud_s: float = 0.0  # of it: the calls themselves


@dataclass(slots=True)
class Failure:
    from_s: float
    until_s: float
    what: str


@dataclass(slots=True)
class Outcome:
    done: list[Done] = field(default_factory=list)
    errors: list[Failure] = field(default_factory=list)
    waits: int = 0  # pages that said "please wait"
    entered: int = 0
    gave_up: int = 0


class Unexpected(Exception):
    """An answer that nobody wants to see."""


class Browser:
    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self._port = port
        self._cookies = dict(cookies)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", path, "")

    async def post(self, path: str, fields: dict[str, str]) -> Answer:
        return await self._ask("POST", path, urlencode(fields))

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, method: str, path: str, body: str) -> Answer:
        """As browsers do: a kept connection that the server has closed meanwhile is made anew."""
        is_kept = self._streams is not None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                try:
                    return await self._exchange(method, path, body)
                except (asyncio.IncompleteReadError, ConnectionError) as err:
                    self.close()
                    has_begun = isinstance(err, asyncio.IncompleteReadError) and err.partial
                    if not is_kept or has_begun:
                        raise
                    return await self._exchange(method, path, body)
        except (OSError, EOFError, TimeoutError) as err:
            self.close()
            raise Unexpected(f"{method} {_kind_of(path)}: {type(err).__name__}") from err

    async def _exchange(self, method: str, path: str, body: str) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(self._head(method, path, body).encode())
        status_line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in filter(None, lines):
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                self._keep_cookie(value)
            headers[name.lower()] = value
        text = (await _body(reader, headers)).decode()
        if headers.get("connection", "").lower() == "close":
            self.close()
        waited_s = {
            name: float(ms) / 1000 for name, ms in TIMING.findall(headers.get("server-timing", ""))
        }
        return Answer(int(status_line.split()[1]), headers, text, waited_s)

    def _head(self, method: str, path: str, body: str) -> str:
        origin = f"http://127.0.0.1:{self._port}"
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            f"Cookie: {'; '.join(f'{name}={value}' for name, value in self._cookies.items())}",
            "Accept: text/html",
        ]
        if method == "POST":
            lines += [
                f"Origin: {origin}",
                f"Referer: {origin}{WEEK_PAGE}",
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        return "\r\n".join([*lines, "", body])

    def _keep_cookie(self, value: str) -> None:
        name, _, rest = value.partition("=")
        self._cookies[name] = rest.partition(";")[0]


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", "0")))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


def _kind_of(path: str) -> str:
    return "entry" if path.endswith("/enter/") else urlsplit(path).path


def form_in(page: str, end_of_action: str) -> tuple[str, dict[str, str]] | None:
    """The address and hidden fields of the form whose address ends so."""
    for action, inside in FORM.findall(page):
        if urlsplit(action).path.endswith(end_of_action):
            found = [dict(ATTRIBUTE.findall(each)) for each in HIDDEN.findall(inside)]
            hidden = {
                each["name"]: html.unescape(each.get("value", ""))
                for each in found
                if each.get("type") == "hidden"
            }
            return html.unescape(action), hidden
    return None


class Crowd:
    def __init__(self, port: int, *, class_url: str) -> None:
        self._port, self._class_url = port, class_url
        self.outcome = Outcome()
        self.started_s = 0.0

    def run(self, people: list[Person], *beside: Callable[[], None]) -> Outcome:
        """Let all of them come; `beside` runs in threads meanwhile."""
        asyncio.run(self._run(people, beside))
        return self.outcome

    async def _run(self, people: list[Person], beside: tuple[Callable[[], None], ...]) -> None:
        self.started_s = time.monotonic()
        others = [asyncio.to_thread(each) for each in beside]
        await asyncio.gather(*others, *(self._attend(person) for person in people))

    def _now_s(self) -> float:
        return time.monotonic() - self.started_s

    async def _attend(self, person: Person) -> None:
        await asyncio.sleep(person.arrives_s)
        browser = Browser(self._port, person.cookies)
        try:
            if person.password:
                await self._until_it_works(lambda: self._sign_in(browser, person))
            page = await self._until_it_works(lambda: self._open_week(browser))
            await asyncio.sleep(random.uniform(*THINKS_S))
            await self._until_it_works(lambda: self._enter(browser, page))
            self.outcome.entered += 1
        except Unexpected as err:
            self._note_error(self._now_s(), f"gave up: {err}")
            self.outcome.gave_up += 1
        finally:
            browser.close()

    async def _until_it_works(self, step: Callable[[], object]) -> str:
        """Somebody who sees an error waits a little and does it again."""
        for _try in range(TRIES_AT_MOST):
            at_s = self._now_s()
            try:
                return await step()  # type: ignore[misc]
            except Unexpected as err:
                self._note_error(at_s, str(err))
                await asyncio.sleep(TRIES_AGAIN_AFTER_S)
        raise Unexpected("it never worked")

    def _note(self, kind: str, at_s: float, budget_s: float = 0.0, cloud_s: float = 0.0) -> None:
        took_s = self._now_s() - at_s
        self.outcome.done.append(Done(kind, at_s, took_s, budget_s, cloud_s))

    def _note_error(self, at_s: float, what: str) -> None:
        self.outcome.errors.append(Failure(at_s, self._now_s(), what))

    async def _sign_in(self, browser: Browser, person: Person) -> str:
        at_s = self._now_s()
        found = form_in(
            _expected(await browser.get(SIGN_IN_PAGE), HTTPStatus.OK, "sign-in"), "/login/"
        )
        if found is None:
            raise Unexpected("sign-in: no form")
        action, hidden = found
        fields = {**hidden, "login": person.username, "password": person.password}
        answer = await browser.post(action or SIGN_IN_PAGE, fields)
        _expected(answer, HTTPStatus.FOUND, "sign-in")
        self._note("sign-in", at_s)
        return ""

    async def _open_week(self, browser: Browser) -> str:
        at_s = self._now_s()
        page = _expected(await browser.get(WEEK_PAGE), HTTPStatus.OK, "week")
        self._note("week", at_s)
        return page

    async def _enter(self, browser: Browser, page: str) -> str:
        """Press the button of the page, and go on until the way into the class is there."""
        at_s, budget_s, cloud_s = self._now_s(), 0.0, 0.0
        while True:
            found = form_in(page, "/enter/")
            if found is None:
                raise Unexpected("entry: no button")
            answer = await browser.post(*found)
            budget_s += answer.waited_s.get("pause", 0.0)
            cloud_s += answer.waited_s.get("cloud", 0.0)
            if not _says_wait(answer):
                break
            self.outcome.waits += 1
            pause_s = float(answer.headers["retry-after"])
            await asyncio.sleep(pause_s)
            budget_s += pause_s
            page = answer.body
        _expected(answer, HTTPStatus.SEE_OTHER, "entry")
        if not answer.headers["location"].startswith(self._class_url):
            raise Unexpected("entry: not into the class")
        self._note("entry", at_s, budget_s, cloud_s)
        return ""


def _says_wait(answer: Answer) -> bool:
    """Tell whether the page goes in by itself, when it is their turn: no trouble."""
    return (
        answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        and "retry-after" in answer.headers
        and "data-goes-in-after" in answer.body
    )


def _expected(answer: Answer, status: int, what: str) -> str:
    if answer.status != status:
        raise Unexpected(f"{what}: {answer.status}")
    return answer.body
