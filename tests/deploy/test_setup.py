"""What `make setup` says to a Python that will not do."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.services.processes import ROOT

NO_VENV = "#!/bin/sh\ncase \"$2\" in *ensurepip*) echo 'no module' >&2; exit 1;; esac\nexit 0\n"
TOO_OLD = "#!/bin/sh\nexit 1\n"


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (NO_VENV, "apt install python3-venv"),
        (TOO_OLD, "is too old: install Python 3.11 or newer"),
        (None, "There is no"),
    ],
)
def test_setup_tells_in_one_sentence_what_to_install(tmp_path: Path, script: str | None, told: str):
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "setup.sh", tmp_path / "deploy")
    python = tmp_path / "python"
    if script:
        python.write_text(script)
        python.chmod(0o755)

    done = subprocess.run(
        ["sh", "deploy/setup.sh", str(python)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".venv").exists()
