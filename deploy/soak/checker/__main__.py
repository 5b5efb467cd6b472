"""Check by hand: `python -m deploy.soak.checker DATABASE_URL CLOUD_URL JOURNAL MEDIA_ROOT`."""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.soak.checker import check


def main() -> int:
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    database_url, cloud_url, journal, media_root = sys.argv[1:]
    findings = check(database_url, cloud_url, Path(journal), Path(media_root))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
