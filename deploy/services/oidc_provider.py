"""`oidc-provider`, a certified server of OpenID Connect: its packages, and the server."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from deploy.services.node_packages import NodePackages, node
from deploy.services.processes import ROOT, Child, free_port, is_answering

SOURCE = ROOT / "tests" / "support" / "oidc_provider"
PACKAGES = NodePackages(
    "oidc-provider",
    source=SOURCE,
    folder=ROOT / "var" / "oidc-provider",
    needed_for="the tests of signing in by OpenID Connect",
)


class OidcProvider:
    """Listens on a free port of 127.0.0.1, and knows one platform and the people of one test."""

    client_id = "platform"
    client_secret = "a secret of the platform + its provider"  # noqa: S105 -- of tests

    def __init__(self, packages: Path, folder: Path) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._school = folder / "school.json"
        self.begin("http://127.0.0.1:9")
        variables = {
            "PACKAGES": str(packages),
            "PORT": str(self.port),
            "SCHOOL": str(self._school),
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret,
        }
        self._child = Child(
            [node(), str(SOURCE / "server.mjs")],
            log=folder / "oidc-provider.log",
            env=os.environ | variables,
        )
        try:
            self._child.wait_until(
                lambda: is_answering(f"{self.issuer}/.well-known/openid-configuration")
            )
        except BaseException:
            self._child.kill()
            raise

    def begin(self, platform_url: str) -> None:
        """Forget the platform and the people of the test before; this platform lies there."""
        self._platform_url = platform_url
        self.set_people({})

    def set_people(self, people: dict[str, dict[str, Any]]) -> None:
        """Give accounts to these: claims by subject, which are also the names to sign in by."""
        new = self._school.with_suffix(".new")
        school = {"platform_url": self._platform_url, "people": people}
        new.write_text(json.dumps(school), encoding="utf-8")
        new.replace(self._school)

    def stop(self) -> None:
        self._child.stop()
