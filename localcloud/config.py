"""What one running cloud is configured with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one local cloud; port 0 takes any free port."""

    state_path: Path
    sdk_app_id: int
    secret_id: str
    secret_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def is_loopback(self) -> bool:
        return self.host in {"127.0.0.1", "::1", "localhost"}
