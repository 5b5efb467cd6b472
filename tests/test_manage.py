"""A variable with a value that cannot be used is told in one line, whatever the command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.environment import ROOT


@pytest.mark.processes
@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set. Accepted: a long random text, kept secret"),
        (
            {"TRUSTED_PROXIES": "many"},
            "TRUSTED_PROXIES: not a value that can be used here. Accepted: a whole number from 0 to 10",
        ),
    ],
)
def test_bad_variable_is_one_line(variables: dict[str, str], told: str):
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"The settings cannot be read. {told}\n"
