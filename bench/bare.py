"""Bare WSGI applications under the platform's web server: the least that its work could cost."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg2

TABLE = "CREATE TABLE bench_callback (id bigserial PRIMARY KEY, body text, at timestamptz)"
PIECE_BYTES = 64 * 1024
_local = threading.local()


def insert(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Store the body by one INSERT over the thread's connection, committed before the answer."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.connection.autocommit = True
    body = environ["wsgi.input"].read().decode()
    with _local.connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_callback (body, at) VALUES (%s, now())", (body,))
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "17")])
    return [b'{"error_code": 0}']


def copy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The stream goes to the disk, and that is all."""
    name = Path(os.environ["BENCH_FOLDER"]) / secrets.token_hex(8)
    with name.open("wb") as file:
        shutil.copyfileobj(environ["wsgi.input"], file, PIECE_BYTES)
    name.unlink()
    start_response("204 No Content", [])
    return []
