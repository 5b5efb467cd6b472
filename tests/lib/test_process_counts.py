from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import values

from edu_platform.lib import process_counts

HERE = socket.gethostname()


@pytest.fixture
def base(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.METRICS_DIR = str(tmp_path / "metrics")
    monkeypatch.setenv(process_counts.VARIABLE, "")
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    return tmp_path / "metrics"


def ended_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def make(base: Path, folder: str, *, age_s: float = 0.0) -> Path:
    file = base / folder / "counter_1.db"
    file.parent.mkdir(parents=True)
    file.touch()
    changed = file.stat().st_mtime - age_s
    os.utime(file, (changed, changed))
    return file


def test_service_counts_into_a_folder_of_its_own(base: Path):
    process_counts.begin("web", 17)

    assert Path(os.environ[process_counts.VARIABLE]) == base / f"web@{HERE}@17"
    assert (base / f"web@{HERE}@17").is_dir()


def test_start_empties_what_is_over_and_leaves_what_runs(base: Path):
    over = make(base, f"web@{HERE}@{ended_pid()}")
    beside = make(base, f"web@{HERE}@{os.getppid()}")
    worker = make(base, f"worker@{HERE}@{ended_pid()}")
    replaced = make(base, "web@container@1", age_s=4000)
    other = make(base, "web@machine@1")
    stray = base / "counter_99.db"
    stray.touch()
    foreign = base / "notes.txt"
    foreign.touch()

    process_counts.begin("web", os.getpid())

    assert not any(each.exists() for each in (over, replaced, stray))
    assert all(each.exists() for each in (beside, worker, other, foreign))


def test_further_process_of_a_service_empties_nothing(base: Path):
    process_counts.begin("web", os.getpid())
    counted = base / f"web@{HERE}@{os.getpid()}" / "counter_5.db"
    counted.touch()

    process_counts.begin("web", os.getpid())

    assert counted.exists()
    assert process_counts.files_by_role() == {"web": [str(counted)]}
