"""A short soak, with everything that a long one has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.services.processes import ROOT

SEED = 16
MINUTES = 0.5
# Beyond all leases, and beyond what is asked for again after a day.
LATER_S = 30 * 60 * 60


@pytest.mark.beside
@pytest.mark.processes
@pytest.mark.timeout(1800)
def test_nothing_is_lost_doubled_or_unexplained_after_half_a_minute_of_faults(tmp_path: Path):
    words = ["--minutes", str(MINUTES), "--seed", str(SEED), "--teachers", "2"]
    later = ["--later", str(LATER_S)]

    done = subprocess.run(
        [sys.executable, "-m", "deploy.soak", *words, *later, "--keep", str(tmp_path / "soak")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == lines[-1] == f"seed: {SEED}"
    assert "0 lost, 0 doubled, nothing unexplained" in lines
    journal = (tmp_path / "soak/journal.jsonl").read_text(encoding="utf-8")
    kinds = {line.split('"')[3] for line in journal.splitlines()}
    assert {"lesson_planned", "entered", "class_ended", "upload_acknowledged"} <= kinds
    assert {"callback_acknowledged", "fault", "run_ended"} <= kinds
    assert {"person_erased", "school_year_began"} <= kinds
