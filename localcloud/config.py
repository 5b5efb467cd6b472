"""The configuration of one running cloud."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta, timezone
from pathlib import Path

BEIJING = timezone(timedelta(hours=8))  # the zone of every time that people read here


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one local cloud; port 0 takes any free port."""

    state_path: Path
    sdk_app_id: int
    secret_id: str
    secret_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 0
    callback_url: str = ""  # none: no callbacks are sent
    callback_key: str = field(default="", repr=False)

    @property
    def media_path(self) -> Path:
        """The folder of recordings and courseware, beside the state file."""
        return self.state_path.with_name(f"{self.state_path.stem}-media")

    @property
    def is_loopback(self) -> bool:
        return self.host in {"127.0.0.1", "::1", "localhost"}
