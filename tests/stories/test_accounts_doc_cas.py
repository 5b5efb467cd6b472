"""The worked example of docs/accounts.md for CAS, followed to the letter beside a real server."""

from __future__ import annotations

import re

import pytest
import requests

from accounts.enums import Role
from accounts.models import User
from deploy.services.processes import ROOT, free_port
from tests.support.cas_server import CasServer, come_back_from, new_browser, submit
from tests.support.pages import read
from tests.support.site import Processes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

BEGIN = "/accounts/cas/login/"
LOGIN = "/accounts/login/"
LOGOUT = "/accounts/logout/"
WEEK = "/schedule/"


def example(**hosts: str) -> dict[str, str]:
    """The variables of the section's example, with these addresses in place of the school's."""
    text = (ROOT / "docs" / "accounts.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"^## CAS\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    (block,) = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    variables = dict(line.split("=", 1) for line in block.splitlines())
    assert hosts.keys() <= variables.keys()
    return variables | hosts


class Visitor:
    """Somebody at a browser, at our site and at the CAS server."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.browser = new_browser()

    def click(
        self, page: requests.Response, path: str, *, follows: bool = True
    ) -> requests.Response:
        """Press the page's button that leads there."""
        (form,) = read(page.content).forms_to(path)
        return submit(self.browser, page, form, follows=follows)

    def sign_in(self, username: str) -> requests.Response:
        page = self.browser.get(f"{self.site}{WEEK}")
        assert page.url == f"{self.site}{LOGIN}?next={WEEK}"
        to_server = self.click(page, BEGIN, follows=False)
        back = come_back_from(self.browser, to_server.headers["Location"], username)
        return self.browser.get(back)

    def is_signed_in(self) -> bool:
        return self.browser.get(f"{self.site}{WEEK}").url == f"{self.site}{WEEK}"


def test_people_sign_in_and_out_at_both_ends(processes: Processes, cas_server: CasServer) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    variables = example(CAS_SERVER_URL=cas_server.url, PUBLIC_BASE_URL=site)
    processes.start_web(port, **variables, GUNICORN_CMD_ARGS="--access-logfile - --log-level debug")

    teacher = Visitor(site)
    page = teacher.sign_in("li.ming")

    assert page.url == f"{site}{WEEK}"
    assert "李明" in read(page.content).text
    assert User.objects.get(username="li.ming").roles == {Role.TEACHER}

    # Out here is out there: the server asks for the password again.
    page = teacher.click(page, LOGOUT)
    assert page.url == f"{site}{LOGIN}"
    assert not teacher.is_signed_in()
    there = teacher.click(page, BEGIN)
    assert there.url.startswith(f"{cas_server.url}/login?")

    # Out there is out here, in that browser alone.
    at_home, at_school = Visitor(site), Visitor(site)
    for each in (at_home, at_school):
        each.sign_in("wang.wu")
    at_school.browser.get(f"{cas_server.url}/logout")
    assert not at_school.is_signed_in()
    assert at_home.is_signed_in()
    assert User.objects.get(username="wang.wu").roles == {Role.STUDENT}

    log = processes.last.log.read_text(errors="replace")
    assert log.count("ticket=***") >= 3
    assert "ST-" not in log
