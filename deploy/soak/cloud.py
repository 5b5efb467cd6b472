"""The control interface of the local cloud (`localcloud/control/endpoints.py`)."""

from __future__ import annotations

from typing import Any

import requests

TIMEOUT_S = 60


class CloudControl:
    """Speaks to /control, which the faults of the cloud's API do not reach."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, what: str) -> dict[str, Any]:
        return self._request("GET", what, None)

    def tell(self, what: str, **body: Any) -> dict[str, Any]:
        return self._request("POST", what, body)

    def add_fault(self, action: str, kind: str, **more: Any) -> int:
        return int(self.tell("switches", action=action, kind=kind, **more)["id"])

    def clear_fault(self, number: int) -> None:
        self._request("DELETE", f"switches/{number}", {})

    def is_busy(self) -> bool:
        """Tell whether it has callbacks to send, or recordings or documents to finish."""
        state = self.ask("state")
        recordings = [each for room in state["rooms"] for each in room["Recordings"]]
        deliveries = self.ask("deliveries?since=0")["deliveries"]
        return (
            any(each["State"] in {"running", "making"} for each in recordings)
            or any(each["TranscodeState"] == 1 for each in state["documents"])
            or any(each["outcome"] == "waiting" for each in deliveries)
        )

    def _request(self, method: str, what: str, body: dict[str, Any] | None) -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = False  # no proxy between us and the cloud
            url = f"{self.url}/control/{what}"
            answer = session.request(method, url, json=body, timeout=TIMEOUT_S)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content
