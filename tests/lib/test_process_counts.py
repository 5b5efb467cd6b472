from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Counter, values
from prometheus_client.mmap_dict import MmapedDict

from deploy.services.processes import ROOT
from edu_platform.lib import process_counts
from tests.support.full_disk import full_disk

HERE = socket.gethostname()


@pytest.fixture
def base(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.METRICS_DIR = str(tmp_path / "metrics")
    monkeypatch.setenv(process_counts.VARIABLE, "")
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setattr(values, "MmapedDict", MmapedDict)
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


def test_command_that_is_told_the_folder_counts_for_itself(tmp_path: Path):
    """Units and containers give the variable to commands too, before the settings are read."""
    counts = (
        "from django.conf import settings; settings.DEBUG;"
        "from edu_platform.lib.counters import CALLBACKS; CALLBACKS.labels('stored').inc()"
    )
    told = {
        process_counts.VARIABLE: str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "edu_platform.settings",
        "SECRET_KEY": "k" * 64,
        "ENV_FILE": os.devnull,
    }

    done = subprocess.run(
        [sys.executable, "-c", counts],
        cwd=ROOT,
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


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
    counted.write_bytes(b"counts")
    just_made = counted.with_name("counter_6.db")
    just_made.touch()

    process_counts.begin("web", os.getpid())

    assert just_made.exists()
    assert process_counts.files_by_role() == {"web": [str(counted)]}


class TestFullDisk:
    """A page of the file that has no place on the disk would end the process when it is written to."""

    def test_every_page_has_its_place_before_it_is_written_to(self, base: Path):
        process_counts.begin("web", os.getpid())

        count_many()

        (file,) = base.rglob("*.db")
        assert file.stat().st_size > process_counts.FIRST_BYTES
        assert file.stat().st_blocks * 512 >= file.stat().st_size

    @pytest.mark.parametrize("counted_before", [0, 1])
    def test_process_counts_on_in_memory(
        self, base: Path, monkeypatch: pytest.MonkeyPatch, counted_before: int
    ):
        process_counts.begin("web", os.getpid())
        counter = Counter("tested", "", ["of"], registry=None)
        for _time in range(counted_before):
            counter.labels("first").inc()
        monkeypatch.setattr(os, "posix_fallocate", full_disk)

        count_many(counter)
        counter.labels("first").inc()

        assert counter.labels("first")._value.get() == counted_before + 1
        assert counter.labels("999")._value.get() == 1
        assert all(each.stat().st_size <= process_counts.FIRST_BYTES for each in base.rglob("*.db"))

    def test_disk_on_which_no_place_can_be_taken_beforehand_is_used_all_the_same(
        self, base: Path, monkeypatch: pytest.MonkeyPatch
    ):
        def refuse(*_args: int) -> None:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")

        monkeypatch.setattr(os, "posix_fallocate", refuse)
        process_counts.begin("web", os.getpid())

        count_many()

        assert process_counts.files_by_role().keys() == {"web"}


def test_service_starts_where_it_can_write_nothing(base: Path, caplog: pytest.LogCaptureFixture):
    base.write_text("a file where the folder should be")

    process_counts.begin("web", os.getpid())
    count_many()

    assert process_counts.files_by_role() == {}
    assert f"counts cannot be kept in {base}" in caplog.text


def count_many(counter: Counter | None = None) -> None:
    """More than the library has place for in a file at first."""
    counter = counter or Counter("tested", "", ["of"], registry=None)
    for number in range(1000):
        counter.labels(f"{number}").inc()
