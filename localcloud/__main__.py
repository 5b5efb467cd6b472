"""python -m localcloud: run the local cloud until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from localcloud.callbacks import callback_settings
from localcloud.config import Config
from localcloud.errors import BadSettingError
from localcloud.http.server import start


def main() -> int:
    """Serve until told to stop; return the exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parser = _parser()
    config = _config(parser)
    try:
        running = start(config)
    except OSError as error:
        parser.exit(
            1, f"local cloud: cannot listen on {config.host}:{config.port}: {error.strerror}\n"
        )
    sys.stdout.write(f"local cloud: {running.base_url}/console\n")
    sys.stdout.flush()
    stop.wait()
    running.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    env = os.environ.get
    parser = argparse.ArgumentParser(
        prog="python -m localcloud", description="Local LCIC classroom cloud."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100, help="0 takes any free port")
    parser.add_argument("--state", type=Path, default=Path("var/localcloud.sqlite3"))
    parser.add_argument(
        "--sdk-app-id", default=env("LCIC_SDK_APP_ID", ""), help="or LCIC_SDK_APP_ID"
    )
    parser.add_argument("--secret-id", default=env("LCIC_SECRET_ID", ""), help="or LCIC_SECRET_ID")
    parser.add_argument(
        "--secret-key", default=env("LCIC_SECRET_KEY", ""), help="or LCIC_SECRET_KEY"
    )
    parser.add_argument(
        "--callback-url",
        default=env("LOCALCLOUD_CALLBACK_URL", ""),
        help="or LOCALCLOUD_CALLBACK_URL; without it no callbacks are sent",
    )
    parser.add_argument(
        "--callback-key",
        default=env("LCIC_CALLBACK_KEY", "").partition(",")[0].strip(),
        help="or the first of LCIC_CALLBACK_KEY",
    )
    return parser


def _config(parser: argparse.ArgumentParser) -> Config:
    given = parser.parse_args()
    if not (given.sdk_app_id.isascii() and given.sdk_app_id.isdecimal()):
        parser.error("--sdk-app-id (or LCIC_SDK_APP_ID) must be a number")
    if not (given.secret_id and given.secret_key):
        parser.error("--secret-id and --secret-key (or LCIC_SECRET_ID, LCIC_SECRET_KEY) are needed")
    try:
        callback_settings.read_url(given.callback_url)
    except BadSettingError as error:
        parser.error(f"--callback-url (or LOCALCLOUD_CALLBACK_URL): {error}")
    return Config(
        state_path=given.state,
        sdk_app_id=int(given.sdk_app_id),
        secret_id=given.secret_id,
        secret_key=given.secret_key,
        host=given.host,
        port=given.port,
        callback_url=given.callback_url,
        callback_key=given.callback_key,
    )


if __name__ == "__main__":
    raise SystemExit(main())
