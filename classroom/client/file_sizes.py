"""The media files that the cloud names: how large they are."""

from __future__ import annotations

import logging

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from edu_platform.lib.database import release_database
from edu_platform.lib.hosts import is_allowed

logger = logging.getLogger(__name__)

LENGTH_DIGITS = 18  # more does not fit into 64 bits, and is no file
TIMEOUT_S = (3.0, 5.0)  # to connect, to read
# While somebody waits: for the sizes of all files together, beyond the request in progress.
SIZES_INTERACTIVE_S = 3.0


def size_of(url: str) -> int | None:
    """Ask a file's server for its size in bytes by HEAD; None when it does not tell.

    Only the hosts of REPLAY_HOSTS are asked, and redirects are not followed.
    """
    if not is_allowed(url, settings.REPLAY_HOSTS):
        return None
    release_database()
    try:
        answer = requests.head(url, timeout=TIMEOUT_S, allow_redirects=False)
    except (requests.RequestException, HTTPError, UnicodeError) as err:
        logger.warning("size of a recording: no answer: %s", type(err).__name__)
        return None
    length = answer.headers.get("Content-Length", "")
    if answer.status_code != requests.codes.ok or not (length.isascii() and length.isdecimal()):
        return None
    return int(length) or None if len(length) <= LENGTH_DIGITS else None
