"""A variable with a value that cannot be used is told in one line, whatever the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import ROOT


@pytest.mark.processes
def test_bad_variable_is_one_line(tmp_path: Path):
    """Here out of the file of variables."""
    file = tmp_path / "env"
    file.write_text("TRUSTED_PROXIES=many\n", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT,
        env=os.environ | {"ENV_FILE": str(file)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "The settings cannot be read. TRUSTED_PROXIES: not a value that can be used here."
        " Accepted: a whole number from 0 to 10\n"
    )
