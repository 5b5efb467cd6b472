"""The Python that `make setup` takes, and what it says to one that will not do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.services.processes import ROOT

NO_VENV = "#!/bin/sh\ncase \"$2\" in *ensurepip*) echo 'no module' >&2; exit 1;; esac\nexit 0\n"
TOO_OLD = '#!/bin/sh\ncase "$2" in *version_info*) exit 1;; esac\nexit 0\n'
NO_PYTHON = "#!/bin/sh\necho 'what is -c?' >&2\nexit 1\n"
# It tells its name when it is asked to make an environment, and makes none.
INTERPRETER = """#!/bin/sh
case "$2" in
*enable-optimizations*) exit {has_optimizations} ;;
*ensurepip*) exit {has_no_venv} ;;
*%d*) echo 3.11; exit ;;
esac
if [ "$2" = venv ]; then echo "made by $0"; exit 1; fi
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """An empty folder with `deploy/setup.sh` and the names of what it installs."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "setup.sh", tmp_path / "deploy")
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def put_script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def set_up(checkout: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "deploy/setup.sh", *words],
        cwd=checkout,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (NO_VENV, "apt install python3-venv"),
        (TOO_OLD, "is too old: install Python 3.11 or newer"),
        (NO_PYTHON, "does not run as Python does: install Python 3.11 or newer"),
        (None, "There is no"),
    ],
)
def test_setup_tells_in_one_sentence_what_to_install(checkout: Path, script: str | None, told: str):
    python = checkout / "python"
    if script:
        put_script(python, script)

    done = set_up(checkout, str(python))

    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()


def put_interpreter(path: Path, *, has_optimizations: bool, has_venv: bool = True) -> Path:
    flags = {"has_optimizations": int(has_optimizations), "has_no_venv": int(not has_venv)}
    return put_script(path, INTERPRETER.format(**flags))


def in_path(folder: Path) -> str:
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("has_optimizations", "system_has_venv", "chosen"),
    [(True, True, "python3"), (False, True, "system"), (False, False, "python3")],
)
def test_system_python_stands_in_for_a_slow_one_where_it_fits(
    checkout: Path, has_optimizations: bool, system_has_venv: bool, chosen: str
):
    put_interpreter(checkout / "python3", has_optimizations=has_optimizations)
    system = put_interpreter(checkout / "system", has_optimizations=False, has_venv=system_has_venv)

    done = set_up(checkout, SYSTEM_PYTHON=str(system), PATH=in_path(checkout))

    assert f"made by {checkout / chosen}" in done.stdout, done.stderr


def test_environment_that_is_there_keeps_its_python_however_slow(checkout: Path):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    slow, quick = (INTERPRETER.format(has_optimizations=n, has_no_venv=0) for n in (0, 1))
    put_script(checkout / ".venv" / "bin" / "python", slow)
    system = put_script(checkout / "system", quick.replace("3.11", "3.13"))

    done = set_up(checkout, SYSTEM_PYTHON=str(system))

    assert (done.returncode, done.stderr) == (0, "")
    assert "made by" not in done.stdout
    assert (checkout / ".venv" / ".ready").read_text().startswith("3.11 ")


@pytest.mark.parametrize("script", [NO_VENV, TOO_OLD, NO_PYTHON])
def test_system_python_stands_in_for_one_that_will_not_do(checkout: Path, script: str):
    put_script(checkout / "python3", script)
    system = put_interpreter(checkout / "system", has_optimizations=False)

    done = set_up(checkout, SYSTEM_PYTHON=str(system), PATH=in_path(checkout))

    assert f"made by {system}" in done.stdout, done.stderr


@pytest.mark.parametrize("script", [TOO_OLD, "#!/nowhere/python\n"])
def test_environment_whose_python_will_not_do_any_more_is_made_anew(checkout: Path, script: str):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    put_script(checkout / ".venv" / "bin" / "python", script)
    python = put_interpreter(checkout / "python3", has_optimizations=True)

    done = set_up(checkout, PATH=in_path(checkout))

    assert f"made by {python}" in done.stdout, done.stderr


def test_named_python_is_taken_however_slow(checkout: Path):
    named = put_interpreter(checkout / "named", has_optimizations=False)

    done = set_up(checkout, str(named), SYSTEM_PYTHON="/nowhere")

    assert f"made by {named}" in done.stdout, done.stderr
