"""`Dockerfile` and `compose.yaml`, as far as they can be looked at without an engine."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.conf import settings

import edu_platform
from deploy.services.processes import ROOT, procfile_commands
from tests.support import environment
from tests.support.installation import INSTALLATION, UPGRADING, commands

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PROCESSES = sorted(procfile_commands(ROOT / "Procfile"))
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)")
# Read by compose itself and by the images of others.
OF_COMPOSE = {
    *("PUBLIC_HOST", "POSTGRES_PASSWORD", "PIP_INDEX_URL"),
    *("PYTHON_IMAGE", "NGINX_IMAGE", "POSTGRES_IMAGE", "VALKEY_IMAGE"),
}


def test_each_process_of_the_procfile_is_a_service_with_its_line():
    assert {name: SERVICES[name]["command"] for name in PROCESSES} == {
        name: ["sh", "deploy/run.sh", name] for name in PROCESSES
    }
    assert set(SERVICES) - set(PROCESSES) == {"setup", "backup", "nginx", "postgres", "valkey"}


def test_everything_waits_for_what_it_needs():
    def needs(name: str) -> dict[str, str]:
        return {
            other: how["condition"] for other, how in SERVICES[name].get("depends_on", {}).items()
        }

    healthy = {"postgres": "service_healthy", "valkey": "service_healthy"}
    for name in PROCESSES:
        assert needs(name) == healthy | {"setup": "service_completed_successfully"}
    assert needs("setup") == needs("backup") == {"postgres": "service_healthy"}
    assert needs("nginx") == {"web": "service_healthy"}


def test_health_is_asked_for_where_there_is_an_answer():
    asks = "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"

    assert asks in DOCKERFILE
    assert SERVICES["web"]["healthcheck"]["test"] == ["CMD", "python", "-c", asks]
    for name in ("setup", "worker", "beat", "backup"):
        assert SERVICES[name]["healthcheck"] == {"disable": True}


def test_variables_are_the_platforms_or_are_named_here():
    known = set(environment.NAME.findall((ROOT / ".env.example").read_text()))
    text = (ROOT / "compose.yaml").read_text()
    for_us = {name for each in PROCESSES for name in SERVICES[each]["environment"]}
    typed = set(environment.NAME.findall(commands(INSTALLATION.read_text(), "containers")))

    assert for_us - known == set()
    assert set(VARIABLE.findall(text)) - known == OF_COMPOSE
    assert typed - known == {"PUBLIC_HOST", "POSTGRES_PASSWORD"}


def test_migrations_give_up_waiting_as_they_do_without_containers():
    made = SERVICES["setup"]["environment"]

    assert f'PGOPTIONS="{made["PGOPTIONS"]}" edu-manage migrate' in UPGRADING.read_text()
    assert made["DATABASE_URL"] == SERVICES["web"]["environment"]["DATABASE_URL"]


def test_settings_of_the_database_are_the_ones_that_it_is_made_with():
    made = SERVICES["postgres"]["environment"]

    address = SERVICES["web"]["environment"]["DATABASE_URL"]
    login, _, place = address.partition("@")
    assert login.startswith(f"postgres://{made['POSTGRES_USER']}:${{POSTGRES_PASSWORD")
    assert place == f"postgres:5432/{made['POSTGRES_DB']}"
    assert "--locale=C.UTF-8" in made["POSTGRES_INITDB_ARGS"]


def test_nothing_is_lost_with_a_container():
    kept = {name: set(each.get("volumes", ())) for name, each in SERVICES.items()}

    assert all("data:/data" in kept[name] for name in (*PROCESSES, "setup", "backup"))
    assert "backups:/backups" in kept["backup"]
    assert {"postgres", "valkey", "data", "backups"} == set(COMPOSE["volumes"])
    assert SERVICES["valkey"]["command"] == ["valkey-server", "--appendonly", "yes"]
    for name in PROCESSES:
        assert SERVICES[name]["environment"]["MEDIA_ROOT"].startswith("/data/")
        assert SERVICES[name]["environment"]["BEAT_SCHEDULE"].startswith("/data/")


def test_processes_have_the_time_to_end_that_they_may_take():
    def seconds(name: str) -> int:
        return int(SERVICES[name]["stop_grace_period"].removesuffix("s"))

    assert seconds("web") > 30  # --graceful-timeout
    assert seconds("worker") > settings.CELERY_TASK_TIME_LIMIT


def test_only_nginx_is_reached_from_outside_and_ours_have_no_rights():
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["nginx"]
    for name in (*PROCESSES, "setup", "backup"):
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["10001"]


def test_image_is_built_in_stages_without_secrets():
    stages = re.findall(r"^FROM (\S+)(?: AS (\w+))?$", DOCKERFILE, re.MULTILINE)

    assert stages == [("${PYTHON_IMAGE}", "packages"), ("${PYTHON_IMAGE}", "")]
    assert re.findall(r"SECRET_KEY=(\S+)", DOCKERFILE) == ["for-this-step-alone"]
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert ignored[1] == "*"  # only what is named goes in
    assert not {"!.env", "!var", "!.git", "!tests"} & set(ignored)
    assert "**/.env" in ignored


@pytest.mark.parametrize(
    "app", ["edu_platform", "replays", "courseware", "schedule", "accounts", "classroom"]
)
def test_every_app_is_in_the_image(app: str):
    assert f"!{app}" in (ROOT / ".dockerignore").read_text().split("\n")


def test_one_version_is_named_everywhere():
    version = edu_platform.__version__
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None

    assert newest[1] == version
    assert {SERVICES[name]["image"] for name in PROCESSES} == {f"edu-platform:{version}"}
    assert f"releases/{version}" in commands(INSTALLATION.read_text())


def test_documents_name_services_that_there_are():
    text = commands(INSTALLATION.read_text(), "containers") + commands(
        UPGRADING.read_text(), "containers"
    )

    named = re.findall(r"docker compose (?:exec|run --rm) (\w+)", text)
    assert len(named) == 5
    assert set(named) <= set(SERVICES)
