"""Where the counts of several processes come together: files that any process of this machine may read.

Each service that counts (web, worker) has a folder below `METRICS_DIR` for as long as it runs, named for what it is,
its machine and its main process. What its ended processes counted counts on, so that no count goes down before the
service starts anew: then it begins at nothing, in a new folder, and the folders of services that are over go.
The name of the machine keeps containers apart that share the folder, where numbers of processes repeat.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from pathlib import Path

from django.conf import settings
from prometheus_client import values

WEB, WORKER = "web", "worker"
# Of prometheus_client.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# A container that was replaced leaves its folder; workers count something every half minute.
FORGOTTEN_AFTER_S = 3600.0


def begin(role: str, main_pid: int) -> None:
    """Have this process count into the folder of its service; to be called before anything is counted."""
    base = Path(settings.METRICS_DIR)
    own = base / f"{role}@{socket.gethostname()}@{main_pid}"
    try:
        own.mkdir(parents=True)
    except FileExistsError:
        pass
    else:
        _remove_those_over(base, role)
    os.environ[VARIABLE] = str(own)
    # Celery loads all modules before it says that it begins; what has labels makes its values later.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


def files_by_role() -> dict[str, list[str]]:
    """The files of all services that run, by what they are."""
    found: dict[str, list[str]] = {}
    for file in sorted(Path(settings.METRICS_DIR).glob("*@*@*/*.db")):
        role = file.parent.name.partition("@")[0]
        found.setdefault(role, []).append(str(file))
    return found


def _remove_those_over(base: Path, role: str) -> None:
    """Nothing but what this module or its library made: somebody may have named a folder that has more in it."""
    for file in base.glob("*.db"):
        file.unlink(missing_ok=True)
    for folder in base.glob("*@*@*"):
        if _is_over(folder, role):
            shutil.rmtree(folder, ignore_errors=True)


def _is_over(folder: Path, role: str) -> bool:
    of_role, machine, main_pid = folder.name.split("@")
    if machine != socket.gethostname():
        changed = (file.stat().st_mtime for file in folder.glob("*.db"))
        return time.time() - max(changed, default=0.0) > FORGOTTEN_AFTER_S
    return of_role == role and main_pid.isdigit() and not _runs(int(main_pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
