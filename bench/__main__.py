"""All benchmarks, each in a process of its own, and one table at the end.

make bench    or    .venv/bin/python bench [NAME ...]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import table
from stack import ROOT

SUBJECTS = (
    "pages",
    "matrix",
    "attendance_pages",
    "feed",
    "family",
    "handover",
    "callbacks",
    "callback_to_replay",
    "callback_flood",
    "rooms_ahead",
    "attendance",
    "board",
    "replay_list",
    "notices",
    "terms",
    "long_work",
    "bell_lists",
    "school_year",
    "family_slips",
    "absences",
    "conflicts",
    "places",
    "imports",
    "upload",
    "export_person",
    "backup",
    "erase_person",
    "rush",
)


def main() -> int:
    rows: list[table.Row] = []
    failed = []
    with tempfile.TemporaryDirectory(prefix="edu-bench-rows-") as folder:
        for name in sys.argv[1:] or SUBJECTS:
            file = Path(folder) / f"{name}.json"
            started = time.monotonic()
            script = ROOT / "bench" / f"{name}.py"
            done = subprocess.run(
                [sys.executable, str(script), table.HAND_OVER, str(file)], cwd=ROOT, check=False
            )
            print(f"-- {name}: {time.monotonic() - started:.0f} s", flush=True)
            if done.returncode:
                failed.append(name)
            else:
                rows += table.read(file)
    print()
    table.show(rows)
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    raise SystemExit(main())
