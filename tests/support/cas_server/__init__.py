"""A real CAS server, and browsers without a screen that sign in there."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urljoin

import requests

from deploy.services.processes import Child, free_port, is_answering
from tests.support.cas_server.serve import PEOPLE
from tests.support.pages import Element, read

SCRIPT = Path(__file__).with_name("serve.py")


class CasServer:
    """Runs until it is stopped; `url` is what CAS_SERVER_URL names."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/cas"
        command = [sys.executable, str(SCRIPT), str(folder), str(port)]
        self._process = Child(command, log=folder / "cas.log")
        self._process.wait_until(lambda: is_answering(f"{self.url}/login"))

    def stop(self) -> None:
        self._process.stop()

    @property
    def log(self) -> str:
        return self._process.log.read_text(errors="replace")


def new_browser() -> requests.Session:
    """A visitor who keeps cookies, follows redirects and takes no proxy."""
    session = requests.Session()
    session.trust_env = False
    return session


def come_back_from(browser: requests.Session, sign_in_address: str, username: str) -> str:
    """Sign in at the CAS server; return the address with the ticket, to which it leads back."""
    page = browser.get(sign_in_address, allow_redirects=False)
    if page.is_redirect:  # signed in there already
        return page.headers["Location"]
    values = {"username": username, "password": PEOPLE[username][0]}
    answer = submit(browser, page, read(page.content).one("form"), values, follows=False)
    assert answer.is_redirect, answer.text
    return answer.headers["Location"]


def submit(
    browser: requests.Session,
    page: requests.Response,
    form: Element,
    values: dict[str, str] | None = None,
    *,
    follows: bool = True,
) -> requests.Response:
    """Send a page's form with what it holds already, and these values."""
    fields = {
        field.attrs["name"]: field.attrs.get("value", "")
        for field in form.all("input")
        if "name" in field.attrs and field.attrs.get("type") != "checkbox"
    }
    address = urljoin(page.url, form.attrs.get("action") or page.url)
    return browser.request(
        form.attrs.get("method", "get"),
        address,
        data=fields | (values or {}),
        headers={"Referer": page.url},
        allow_redirects=follows,
    )
