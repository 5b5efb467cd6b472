from __future__ import annotations

from typing import Any

import pytest
from django.core import checks

from classroom.checks import check_callback_keys, check_cloud_reaches_us, check_room_handlers
from tests.classroom.conftest import RecordingHandler, Register


def ids_of(found: list[checks.CheckMessage]) -> list[str | None]:
    return [message.id for message in found]


@pytest.fixture
def cloud(settings: Any) -> Any:
    """Settings of a school whose cloud is set up."""
    settings.LCIC_SDK_APP_ID = 3520371
    settings.LCIC_SECRET_ID = settings.LCIC_SECRET_KEY = "secret"
    settings.LCIC_CALLBACK_KEY = ["key"]
    settings.LCIC_ENDPOINT = "https://lcic.tencentcloudapi.com"
    settings.PUBLIC_BASE_URL = "https://school.example"
    return settings


def test_everything_is_set_up_as_the_project_stands():
    assert check_room_handlers(None) == []


def test_rooms_need_a_handler(register: Register):
    assert ids_of(check_room_handlers(None)) == ["classroom.E001"]

    register(RecordingHandler(), order=1)

    assert check_room_handlers(None) == []


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ([], ["classroom.W001"]),
        (["new"], []),
        (["new", "old"], []),
        (["new", "old", "older"], ["classroom.W002"]),
    ],
)
def test_there_are_one_or_two_keys(cloud: Any, keys: list[str], found: list[str]):
    cloud.LCIC_CALLBACK_KEY = keys

    assert ids_of(check_callback_keys(None)) == found


def test_missing_key_is_told_with_variable_and_address(cloud: Any):
    cloud.LCIC_CALLBACK_KEY = []

    (found,) = check_callback_keys(None)

    assert "LCIC_CALLBACK_KEY" in found.msg
    assert "https://school.example/callbacks/classroom/" in str(found.hint)


def test_without_a_cloud_no_key_is_missed(cloud: Any):
    cloud.LCIC_SECRET_ID = ""
    cloud.LCIC_CALLBACK_KEY = []

    assert check_callback_keys(None) == []


@pytest.mark.parametrize(
    ("base_url", "endpoint", "found"),
    [
        ("https://school.example", "https://lcic.tencentcloudapi.com", []),
        ("http://203.0.114.7", "https://lcic.tencentcloudapi.com", []),
        ("http://127.0.0.1:8000", "https://lcic.tencentcloudapi.com", ["classroom.W003"]),
        ("http://localhost", "https://lcic.tencentcloudapi.com", ["classroom.W003"]),
        ("http://192.168.1.5", "https://lcic.tencentcloudapi.com", ["classroom.W003"]),
        ("http://[::1]:8000", "https://lcic.tencentcloudapi.com", ["classroom.W003"]),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8100", []),
        ("http://192.168.1.5", "http://localhost:8100", []),
    ],
)
def test_cloud_must_be_able_to_call(cloud: Any, base_url: str, endpoint: str, found: list[str]):
    cloud.PUBLIC_BASE_URL, cloud.LCIC_ENDPOINT = base_url, endpoint

    assert ids_of(check_cloud_reaches_us(None)) == found


def test_missing_handler_is_found_by_every_start(register: Register):
    assert "classroom.E001" in ids_of(checks.run_checks())


def test_are_run_with_the_others(cloud: Any):
    cloud.LCIC_CALLBACK_KEY = []
    cloud.PUBLIC_BASE_URL = "http://127.0.0.1:8000"

    plain, deploying = checks.run_checks(), checks.run_checks(include_deployment_checks=True)

    assert [each for each in ids_of(plain) if str(each).startswith("classroom.")] == [
        "classroom.W001"
    ]
    assert {"classroom.W001", "classroom.W003"} <= set(ids_of(deploying))
