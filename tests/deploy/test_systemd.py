"""The units under `deploy/systemd/`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import environ
import pytest
from django.conf import settings

from deploy.services.processes import ROOT, procfile_commands
from edu_platform import env

UNITS = ROOT / "deploy" / "systemd"
COMMON = UNITS / "edu-.service.d" / "10-common.conf"
PROCESSES = sorted(procfile_commands(ROOT / "Procfile"))


def unit(name: str) -> str:
    return (UNITS / f"{name}.service").read_text()


def value(text: str, name: str) -> str:
    found = re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)
    assert len(found) == 1, (name, found)
    return str(found[0])


def test_there_is_a_unit_for_each_process_of_the_procfile_and_it_runs_that_line():
    units = {path.stem for path in UNITS.glob("*.service")} - {"edu-backup"}

    assert units == {f"edu-{name}" for name in PROCESSES}
    for name in PROCESSES:
        assert value(unit(f"edu-{name}"), "ExecStart") == f"/bin/sh deploy/run.sh {name}"
        assert value(unit(f"edu-{name}"), "Restart") == "always"


def run_with_stand_ins(name: str, folder: Path, **given: str) -> tuple[int, list[str]]:
    """Programs that stand for the real ones tell what they were called with, and by which process."""
    for program in ("gunicorn", "celery"):
        stand_in = folder / program
        stand_in.write_text('#!/bin/sh\necho "$$ $(basename "$0") $*"\n')
        stand_in.chmod(0o755)
    with subprocess.Popen(
        ["sh", str(ROOT / "deploy" / "run.sh"), name],
        cwd=folder,
        env={"PATH": f"{folder}:{os.environ['PATH']}", "ENV_FILE": os.devnull} | given,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        said, _ = process.communicate()
    pid, *called = said.split()
    assert pid == str(process.pid)
    return process.returncode, called


@pytest.mark.processes
@pytest.mark.parametrize("name", PROCESSES)
def test_script_runs_the_procfiles_line_in_place_of_itself(name: str, tmp_path: Path):
    code, called = run_with_stand_ins(name, tmp_path, PORT="8123")

    line = procfile_commands(ROOT / "Procfile")[name].removeprefix("exec ")
    line = line.removeprefix("nice -n 10 ")  # which the program takes the place of
    assert code == 0
    assert called[:3] == line.split()[:3]
    assert "0.0.0.0:8123" in called or name != "web"


@pytest.mark.processes
@pytest.mark.parametrize(
    "line",
    [
        "WEB_CONCURRENCY=9",
        "export WEB_CONCURRENCY=9",
        "WEB_CONCURRENCY='9'",
        'WEB_CONCURRENCY="9"\r',
        "WEB_CONCURRENCY= 9 ",
        "WEB_CONCURRENCY=8\nWEB_CONCURRENCY=9",
        "#WEB_CONCURRENCY=8\nMY_WEB_CONCURRENCY=8\nWEB_CONCURRENCY=9",
    ],
)
def test_number_of_web_processes_is_the_one_that_the_settings_read(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Else the doctor would count with another number of processes than there are."""
    file = tmp_path / "env"
    file.write_bytes(f"SECRET_KEY=x\n{line}\n".encode())
    monkeypatch.setattr(environ.Env, "ENVIRON", {})

    env.read_dotenv(file)
    _, called = run_with_stand_ins("web", tmp_path, ENV_FILE=str(file))

    assert env.integer("WEB_CONCURRENCY", 2, minimum=1, maximum=99) == 9
    assert called[called.index("--workers") + 1] == "9"


@pytest.mark.processes
@pytest.mark.parametrize(
    ("given", "number"),
    # Set to nothing is set: the settings take their own default then, and so does the Procfile.
    [("3", "3"), ("", "2")],
)
def test_environment_wins_over_the_file_of_the_settings(tmp_path: Path, given: str, number: str):
    file = tmp_path / "env"
    file.write_text("WEB_CONCURRENCY=8\n")

    _, called = run_with_stand_ins("web", tmp_path, ENV_FILE=str(file), WEB_CONCURRENCY=given)

    assert called[called.index("--workers") + 1] == number


@pytest.mark.processes
@pytest.mark.parametrize("value", ["four", "4.5", "-1", ""])
def test_number_that_is_none_is_left_to_the_settings_which_name_it(value: str, tmp_path: Path):
    file = tmp_path / "env"
    file.write_text(f"WEB_CONCURRENCY={value}\n")

    _, called = run_with_stand_ins("web", tmp_path, ENV_FILE=str(file))

    assert called[called.index("--workers") + 1] == "2"


def test_units_leave_numbers_of_processes_to_the_settings():
    for name in PROCESSES:
        assert "CONCURRENCY" not in unit(f"edu-{name}")


@pytest.mark.processes
def test_what_guides_set_before_a_command_reaches_it(tmp_path: Path):
    """A program that stands for sudo tells what it was asked to keep: it drops all else."""
    stand_in = tmp_path / "sudo"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    guides = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    before = re.findall(r"((?:\b[A-Z_]+=(?:\"[^\"]*\"|\S+) )+)edu-manage", guides)
    named = {name for words in before for name in re.findall(r"\b([A-Z_]+)=", words)}

    done = subprocess.run(
        ["sh", str(UNITS / "edu-manage"), "doctor"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )

    (kept,) = re.findall(r"--preserve-env=(\S+)", done.stdout)
    assert named == {"EDU_RELEASE", "LANGUAGE_CODE", "PGOPTIONS"}
    # That one is read by the script itself.
    assert named - {"EDU_RELEASE"} | {"ENV_FILE"} == set(kept.split(","))


def test_script_refuses_what_the_procfile_does_not_name():
    done = subprocess.run(
        ["sh", str(ROOT / "deploy" / "run.sh"), "webb"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (1, "The Procfile names no process webb.\n")


def test_processes_have_the_time_to_end_that_they_may_take():
    graceful_s = re.search(r"--graceful-timeout (\d+)", procfile_commands(ROOT / "Procfile")["web"])
    assert graceful_s is not None

    assert int(value(unit("edu-web"), "TimeoutStopSec")) > int(graceful_s[1])
    assert int(value(unit("edu-worker"), "TimeoutStopSec")) > settings.CELERY_TASK_TIME_LIMIT
    assert value(COMMON.read_text(), "KillMode") == "mixed"


def test_what_is_written_lies_where_services_may_write():
    text = COMMON.read_text()
    document = (ROOT / "docs" / "installation.md").read_text()

    assert value(text, "ProtectSystem") == "strict"
    assert value(text, "StateDirectory") == "edu-platform"
    written = re.findall(
        r"^(?:Environment=)?(?:MEDIA_ROOT|STATIC_ROOT|BEAT_SCHEDULE|PROMETHEUS_MULTIPROC_DIR)=(.*)$",
        text + document,
        re.MULTILINE,
    )
    assert len(written) == 4
    assert all(path.startswith("/var/lib/edu-platform/") for path in written)


def test_backup_is_made_in_the_night_of_the_school_whatever_the_servers_zone_is():
    when = value((UNITS / "edu-backup.timer").read_text(), "OnCalendar")

    assert when == f"*-*-* 02:30 {settings.TIME_ZONE}"


def test_documents_stop_the_socket_with_its_service():
    """Else the next request would start the old version in the middle of a migration."""
    texts = [path.read_text() for path in (ROOT / "docs").glob("*.md")]

    stopped = [
        units.split() for text in texts for units in re.findall(r"systemctl stop ([^`\n]+)", text)
    ]

    of_web = [units for units in stopped if "edu-web" in units]
    assert of_web != []
    assert all("edu-web.socket" in units for units in of_web)


@pytest.mark.processes
def test_systemd_finds_nothing_wrong_with_them():
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("did not run: there is no systemd-analyze on this machine")

    names = [
        path.name for path in UNITS.iterdir() if path.suffix in {".service", ".socket", ".timer"}
    ]
    done = subprocess.run(
        [program, "verify", *(str(UNITS / name) for name in names)],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{UNITS}:"},
        capture_output=True,
        text=True,
        check=False,
    )

    # Other units of the machine are looked at as well, and are not ours.
    assert [line for line in done.stderr.splitlines() if "edu-" in line] == []
    assert len(names) == 6
