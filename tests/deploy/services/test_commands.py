from __future__ import annotations

import os
import subprocess
import sys

import django
import pytest

from deploy.services.processes import ROOT

pytestmark = pytest.mark.processes


def run(*lines: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.services.commands", *lines],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_after_the_other_until_one_fails():
    done = run("version", "check --tag nonesuch", "version")

    assert done.returncode == 1
    assert done.stdout == f"{django.get_version()}\n"
    assert "nonesuch" in done.stderr


def test_variable_with_a_bad_value_is_one_line():
    done = run("check", TRUSTED_PROXIES="many")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The settings cannot be read. TRUSTED_PROXIES: ")
    assert done.stderr.count("\n") == 1
