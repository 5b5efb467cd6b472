"""The demo, run as a person runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from deploy.services.processes import ROOT, free_port
from tests.support.cloud import LocalCloud

START_WITHIN_S = 200


class Demo:
    """A running demo: its address, its cloud, and who can sign in, by role in the order printed."""

    def __init__(self, folder: Path, *, command: tuple[str, ...] = ("-m", "deploy.demo")) -> None:
        port, cloud_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.cloud = LocalCloud(f"http://127.0.0.1:{cloud_port}")
        self.lines: list[str] = []
        self.logs = folder / "log"
        self._terminal = folder / "demo.stderr"
        own = ("DATABASE_URL", "REDIS_URL", "MEDIA_ROOT", "STATIC_ROOT", "SECRET_KEY", "EMAIL_URL")
        env = {name: value for name, value in os.environ.items() if name not in own}
        env |= {"PORT": str(port), "CLOUD_PORT": str(cloud_port), "DEMO_VAR": str(folder)}
        self._env = env
        with self._terminal.open("w") as terminal:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=env,
                stdout=subprocess.PIPE,
                stderr=terminal,
                text=True,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        late = threading.Timer(START_WITHIN_S, self._process.kill)
        late.start()
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("ready:"):
                break
        late.cancel()
        if not self.lines or not self.lines[-1].startswith("ready:"):
            self.stop()
            raise AssertionError(f"the demo did not start: {self.lines}\n{self.log()}")
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def sign_ins(self) -> list[tuple[str, str, str]]:
        """Username, password and role of each line, as printed."""
        words = (line.split(" ", 3) for line in self.lines if line.startswith("sign-in: "))
        return [(username, password, role) for _, username, password, role in words]

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py on the demo's school, as `make manage` does."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.demo", "manage", *words],
            cwd=ROOT,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def terminal(self) -> str:
        """Return what a person sees beside the lines."""
        return self._terminal.read_text(errors="replace")

    def log(self) -> str:
        """The terminal and the last lines of every log, for a test that fails."""
        tails = (
            f"--- {path.name}\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted(self.logs.glob("*.log"))
        )
        return "\n".join([self.terminal(), *tails])

    def stop(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        code = self._process.wait(30)
        if self._process.stdout:
            self._process.stdout.close()
        return code
