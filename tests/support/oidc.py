"""Visits of people who have an account at a real provider of OpenID Connect."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from deploy.services import oidc_provider
from deploy.services.oidc_provider import OidcProvider
from deploy.services.processes import ROOT, Child, free_port, is_answering
from tests.support.fake_provider import forget_provider

BUTTON = "/accounts/oidc/school/login/"


def start_provider(folder: Path, *, platform_url: str) -> OidcProvider:
    """oidc-provider, or the test is skipped and says so."""
    packages = oidc_provider.PACKAGES.find()
    if packages is None:
        pytest.skip("did not run: oidc-provider's packages are not on this machine")
    return OidcProvider(packages, folder, platform_url=platform_url)


class ToolkitProvider:
    """django-oauth-toolkit: wang is a pupil there, and li is of the staff."""

    client_id, client_secret = "platform", "a secret of the platform"

    def __init__(self, folder: Path, *, platform_url: str) -> None:
        port = free_port()
        self.issuer = f"http://127.0.0.1:{port}"
        script = ROOT / "tests" / "support" / "toolkit_provider" / "serve.py"
        self._child = Child(
            [sys.executable, "-P", str(script), str(folder), str(port), platform_url],
            log=folder / "toolkit.log",
        )
        try:
            self._child.wait_until(
                lambda: is_answering(f"{self.issuer}/.well-known/openid-configuration")
            )
        except BaseException:
            self._child.kill()
            raise

    def stop(self) -> None:
        self._child.stop()


def configure(settings: Any, running: OidcProvider | ToolkitProvider, **more: Any) -> None:
    forget_provider()
    values = {
        "OIDC_ISSUER": running.issuer,
        "OIDC_CLIENT_ID": running.client_id,
        "OIDC_CLIENT_SECRET": running.client_secret,
        **more,
    }
    for name, value in values.items():
        setattr(settings, name, value)


class VisitThere:
    """A browser at the provider, which stops where it is led back to the platform."""

    def __init__(self, platform_url: str) -> None:
        self._platform_url = platform_url
        self.browser = requests.Session()

    def follow(self, address: str) -> str:
        """Go to an address; return where that ends: on a page there, or the platform's address."""
        return self._follow(self.browser.get(address, allow_redirects=False))

    def submit(self, address: str, **form: str) -> str:
        return self._follow(self.browser.post(address, data=form, allow_redirects=False))

    def _follow(self, response: requests.Response) -> str:
        while response.is_redirect:
            address = urljoin(response.url, response.headers["Location"])
            if address.startswith(self._platform_url):
                return address
            response = self.browser.get(address, allow_redirects=False)
        assert response.status_code == 200, response.text
        self.page = response.text
        return response.url
