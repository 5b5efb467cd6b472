"""Visits of people who have an account at a real provider of OpenID Connect."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from deploy.services import oidc_provider
from deploy.services.oidc_provider import OidcProvider
from tests.support.fake_provider import forget_provider

BUTTON = "/accounts/oidc/school/login/"


def start_provider(folder: Path) -> OidcProvider:
    """Start oidc-provider; without its packages the test is skipped and says so, except in CI, where it fails."""
    packages = oidc_provider.PACKAGES.find()
    if packages is None:
        reason = "did not run: oidc-provider's packages are not on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return OidcProvider(packages, folder)


def configure(settings: Any, running: OidcProvider, **more: Any) -> None:
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
