"""`make check`: everything that can be said about the code without running it.

All checks run even when one fails, as many at a time as there are cores; a failing one shows its output, a
passing one its name.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
TEMPLATES = ("templates", "localcloud/templates")

# As a school would run it: https, PostgreSQL, real credentials. Nothing is connected to.
PRODUCTION = {
    "SECRET_KEY": secrets.token_urlsafe(64),
    "DEBUG": "false",
    "PUBLIC_BASE_URL": "https://school.example",
    "DATABASE_URL": "postgres://school:secret@127.0.0.1:5432/school",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "LCIC_SDK_APP_ID": "3000001",
    "LCIC_SECRET_ID": "id",
    "LCIC_SECRET_KEY": "key",
    "LCIC_CALLBACK_KEY": "callback key",
    "REPLAY_DELIVERY": "accel",
    "ENV_FILE": os.devnull,
}
# Comparing models with migrations needs a database that can be opened.
DEVELOPMENT = PRODUCTION | {"DATABASE_URL": "sqlite://:memory:"}

CHECKS: tuple[tuple[str, list[str], dict[str, str]], ...] = (
    # Takes longer than all others together, so it begins first.
    ("types", [str(BIN / "mypy"), "--num-workers", "auto"], DEVELOPMENT),
    ("format", [str(BIN / "ruff"), "format", "--check", "."], {}),
    ("lint", [str(BIN / "ruff"), "check", "."], {}),
    ("template format", [str(BIN / "djlint"), "--check", "--quiet", *TEMPLATES], {}),
    ("template lint", [str(BIN / "djlint"), "--lint", "--quiet", *TEMPLATES], {}),
    ("import direction", [str(BIN / "lint-imports"), "--no-logo"], {}),
    (
        "missing migrations",
        [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
        DEVELOPMENT,
    ),
    ("migrations", [PYTHON, "-m", "deploy.migration_rules"], DEVELOPMENT),
    (
        "deploy check",
        [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        PRODUCTION,
    ),
    ("message catalogues", [PYTHON, "-m", "deploy.messages", "check"], {}),
    ("wording", [PYTHON, "-m", "deploy.wording"], {}),
    ("plain English", [PYTHON, "-m", "deploy.plain_english"], {}),
    ("personal data", [PYTHON, "-m", "deploy.privacy", "check"], DEVELOPMENT),
)


def passes(name: str, command: list[str], variables: dict[str, str]) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    word = "ok" if done.returncode == 0 else "FAILED"
    said = f"{name:.<22}{word} {time.monotonic() - started:.1f} s\n"
    # At once, so that no other check's line comes between.
    print(said + done.stdout if done.returncode else said, end="", flush=True)
    return done.returncode == 0


def main() -> int:
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        passed = list(cores.map(lambda check: passes(*check), CHECKS))
    failed = [name for (name, *_), has_passed in zip(CHECKS, passed, strict=True) if not has_passed]
    if failed:
        print(f"make check failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
