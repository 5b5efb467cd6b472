"""The worked example of docs/accounts.md: the site is started with it, and somebody signs in."""

from __future__ import annotations

import re

import pytest
import requests

from accounts.enums import Role
from accounts.models import User
from deploy.services.oidc_provider import OidcProvider
from deploy.services.processes import ROOT, free_port
from tests.support.oidc import BUTTON, VisitThere
from tests.support.site import Processes

pytestmark = [pytest.mark.processes]

MARKER = "<!-- executed by tests/stories/test_accounts_doc_oidc.py -->"


def example() -> dict[str, str]:
    text = (ROOT / "docs" / "accounts.md").read_text(encoding="utf-8")
    block = re.search(re.escape(MARKER) + r"\n```sh\n(.*?)```", text, re.DOTALL)
    assert block is not None
    return dict(line.split("=", 1) for line in block[1].splitlines())


def test_example_signs_somebody_in_and_out_again(processes: Processes, oidc_server: OidcProvider):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    oidc_server.begin(url)
    here = {
        "PUBLIC_BASE_URL": url,
        "OIDC_ISSUER": oidc_server.issuer,
        "OIDC_CLIENT_SECRET": oidc_server.client_secret,
    }
    assert here.keys() <= example().keys()
    processes.start_web(port, **{**example(), **here})
    roles = {"roles": ["offline_access", "head-teacher"]}
    oidc_server.set_people({"s-1": {"preferred_username": "li", "realm_access": roles}})

    here_browser, there = requests.Session(), VisitThere(url)
    page = here_browser.get(f"{url}/accounts/login/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    led = here_browser.post(
        url + BUTTON, data={"csrfmiddlewaretoken": token[1]}, allow_redirects=False
    )
    sign_in_page = there.follow(led.headers["Location"])
    here_browser.get(there.submit(sign_in_page, login="s-1"))

    assert here_browser.get(f"{url}/schedule/", allow_redirects=False).status_code == 200
    user = User.objects.get()
    assert user.username == "li"
    assert user.roles == {Role.TEACHER}

    # Signed out there, without a browser's doing.
    there.follow(f"{oidc_server.issuer}/session/end")
    secret = there.page.partition('name="xsrf" value="')[2].partition('"')[0]
    there.submit(f"{oidc_server.issuer}/session/end/confirm", xsrf=secret, logout="yes")

    assert here_browser.get(f"{url}/schedule/", allow_redirects=False).status_code == 302
