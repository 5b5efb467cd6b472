"""Signed, expiring addresses of the school's own video storage.

Source: the vendor's page on key hot-link protection (266/14047, as of 2026-01-19; 266/33986 says the
same) and, for the name of a download, its page on downloading (266/84093, as of 2025-07-10).
`sign` = md5 of the key, the path's folder, t, exper, rlimit, us and what names sites and regions, one
after the other, what is not used being empty; t is the end as a Unix time in hexadecimal. The
parameters stand at the end of the address, in this order. A whole folder is signed, so a signature
holds for the pieces of a playlist too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# What an address may already hold of another signature, or of another name.
REPLACED_NAMES = frozenset(
    {"t", "exper", "rlimit", "us", "whref", "bkref", "whreg", "bkreg", "sign", "download_name"}
)

# A signature holds for as long as the film lasts and this: viewers also pause and rewind.
SPARE_S = 30 * 60
UNKNOWN_LENGTH_S = 2 * 3600
# No class is longer, whatever the cloud or a forged callback says.
LONGEST_S = 12 * 3600


def lasting_s(duration_s: int | None) -> int:
    """Return how long an address has to be valid for the file to be watched to its end."""
    return min(UNKNOWN_LENGTH_S if duration_s is None else duration_s, LONGEST_S) + SPARE_S


def signed_address(
    url: str, *, key: str, expires_at: dt.datetime, download_name: str = "", mark: str = ""
) -> str:
    """The address with a signature that holds until then; with a name it is saved under that name.

    `mark` makes each address unique; random by default.
    """
    parts = urlsplit(url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in REPLACED_NAMES
    ]
    if download_name:
        kept.append(("download_name", download_name))
    folder = f"{parts.path.rpartition('/')[0]}/"
    end, mark = f"{int(expires_at.timestamp()):x}", mark or secrets.token_hex(5)
    # The vendor's scheme; we do not rely on md5 elsewhere.
    sign = hashlib.md5(f"{key}{folder}{end}{mark}".encode(), usedforsecurity=False).hexdigest()
    query = urlencode([*kept, ("t", end), ("us", mark), ("sign", sign)], quote_via=quote)
    return urlunsplit(parts._replace(query=query, fragment=""))
