"""The platform's own processes, started as the Procfile says, on the database of the test."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.services.processes import (
    ROOT,
    Child,
    free_port,
    is_answering,
    procfile_commands,
    with_venv,
)

GIVING_WAY = "nice -n 10 "
HURRIED_BEAT = "settings_of_a_hurried_beat"


class Processes:
    """Starts lines of the Procfile; what is still running at the end is killed."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.env = dict(env)
        self._commands = {
            # Beside other tests a worker that gives way to them would hardly run.
            name: command.replace(GIVING_WAY, "")
            for name, command in procfile_commands(ROOT / "Procfile").items()
        }
        self._started: list[Child] = []

    def start(self, name: str, **env: str) -> Child:
        """Start `web`, `worker` or `beat`; `env` is added to its environment."""
        log = self.folder / f"{name}-{len(self._started)}.log"
        own = {"BEAT_SCHEDULE": f"{log}.schedule"}
        child = Child(
            ["sh", "-c", self._commands[name]],
            env=with_venv(os.environ | self.env | own | env),
            log=log,
        )
        self._started.append(child)
        return child

    @property
    def last(self) -> Child:
        return self._started[-1]

    def start_web(self, port: int = 0, /, **env: str) -> str:
        """Start `web` on this port, else on a free one, and return its address when it is ready.

        One process serves, with all its threads; where it matters that there are several, say so.
        """
        port = port or free_port()
        url = f"http://127.0.0.1:{port}"
        usual = {"PORT": str(port), "PUBLIC_BASE_URL": url, "WEB_CONCURRENCY": "1"}
        web = self.start("web", **usual | env)
        web.wait_until(lambda: is_answering(f"{url}/readyz"))
        return url

    def start_beat(self) -> Child:
        """Start `beat` with a clock by which half a minute is over after 3 seconds."""
        (self.folder / f"{HURRIED_BEAT}.py").write_text(
            "from edu_platform.settings import *\n"
            "for entry in CELERY_BEAT_SCHEDULE.values():\n"
            "    if entry['schedule'] == 30:\n"
            "        entry['schedule'] = 3\n"
        )
        return self.start("beat", PYTHONPATH=str(self.folder), DJANGO_SETTINGS_MODULE=HURRIED_BEAT)

    def start_worker(self, **env: str) -> Child:
        worker = self.start("worker", **env)
        worker.wait_until(lambda: "ready." in worker.log.read_text(errors="replace"))
        return worker

    def stop(self) -> None:
        """End them all at once: how they take their leave is for the tests that are about that."""
        for child in reversed(self._started):
            if child.is_running:
                child.kill()


def database_url(config: Mapping[str, Any]) -> str:
    """The address of a database that Django is connected to."""
    if config["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{config['NAME']}"
    login = ":".join(filter(None, (config["USER"], config["PASSWORD"])))
    return f"postgres://{login}@{config['HOST']}:{config['PORT']}/{config['NAME']}"
