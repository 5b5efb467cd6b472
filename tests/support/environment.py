"""The environment in which tests run: nothing of the developer's own, decided before settings load.

TEST_DATABASE_URL (PostgreSQL) and TEST_REDIS_URL choose real servers; `make test` starts and names
them. They have names of their own, so that an exported DATABASE_URL is never the one that is tested on.
"""

from __future__ import annotations

import atexit
import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
NOBODY_LISTENS = "redis://127.0.0.1:9/0"  # port 9 refuses at once


def prepare() -> None:
    """Forget what the developer has set, and set what tests need; then set Django up."""
    for name in NAME.findall((ROOT / ".env.example").read_text(encoding="utf-8")):
        os.environ.pop(name, None)
    folder = tempfile.mkdtemp(prefix="edu-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "edu_platform.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", f"sqlite:///{folder}/db.sqlite3"),
        "REDIS_URL": redis_url(),
        "MEDIA_ROOT": f"{folder}/media",
        "STATIC_ROOT": f"{folder}/static",
        "EMAIL_URL": "memorymail://",
    }
    django.setup()
    # Workers of xdist inherit this environment, and must not load the settings before they are here.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def redis_url() -> str:
    """The server that was named, in a database of this worker's own (of the usual sixteen)."""
    given = os.environ.get("TEST_REDIS_URL")
    if given is None:
        return NOBODY_LISTENS
    worker = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "0"
    return f"{given.rsplit('/', 1)[0]}/{int(worker) % 16}"
