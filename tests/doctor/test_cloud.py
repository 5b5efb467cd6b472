from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from classroom.addresses import callback_address
from classroom.client import application as client
from classroom.client.application import ApplicationDetails, Scene
from classroom.client.errors import CloudBusy
from classroom.client.rate_limits import Priority
from edu_platform.doctor import cloud as of_cloud
from edu_platform.doctor.cloud import application, credentials
from schedule.enums import RecordMode
from schedule.models import Lesson
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.commands import run
from tests.support.doctor import levels, said
from tests.support.peers import refusing_port

KEY = "the-callback-key"
BASE = "https://school.example"


@pytest.fixture(autouse=True)
def cloud(local_cloud: LocalCloud, settings: Any, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    make_quick(monkeypatch)
    settings.PUBLIC_BASE_URL = BASE
    settings.LCIC_CALLBACK_KEY = [KEY, "the-old-key"]
    local_cloud.set_callbacks(url="", key="")
    return local_cloud


class TestCredentials:
    def test_are_taken(self):
        assert levels(credentials) == {"cloud.credentials": "ok"}

    def test_are_not_set(self, settings: Any):
        settings.LCIC_SECRET_ID = ""

        finding = said(credentials, "cloud.credentials")

        assert finding.level == "error"
        assert finding.text.startswith("LCIC_SECRET_ID: not set")
        assert levels(application) == {}

    def test_are_wrong(self, settings: Any):
        settings.LCIC_SECRET_KEY = "a-wrong-secret"

        finding = said(credentials, "cloud.credentials")

        assert finding.level == "error"
        assert "LCIC_SECRET_KEY" in finding.advice
        assert "a-wrong-secret" not in f"{finding.text}{finding.advice}"

    @pytest.mark.parametrize(
        ("code", "advice"),
        [
            ("AuthFailure.SignatureExpire", "NTP"),
            ("AuthFailure.UnauthorizedOperation", "CAM"),
            ("UnauthorizedOperation", "CAM"),
            ("InvalidParameter.SdkAppId", "LCIC_SDK_APP_ID"),
            ("ResourceInsufficient.Room", "documentation"),
        ],
    )
    def test_refusals_say_what_to_do(self, cloud: LocalCloud, code: str, advice: str):
        cloud.switch("GetRooms", "fail", code=code)

        finding = said(credentials, "cloud.credentials")

        assert finding.level == "error"
        assert code in finding.text
        assert advice in finding.advice

    def test_cloud_that_is_away(self, settings: Any):
        settings.LCIC_ENDPOINT = f"http://127.0.0.1:{refusing_port()}"

        assert "LCIC_ENDPOINT" in said(credentials, "cloud.credentials").advice
        assert levels(application) == {"cloud.application": "error"}

    def test_too_many_calls_are_no_error(self):
        assert of_cloud.refusal("x", CloudBusy("GetRooms", "", wait_s=1)).level == "warning"


class TestApplication:
    def test_new_one_tells_us_nothing(self):
        assert levels(application) == {
            "cloud.application": "ok",
            "cloud.edition": "ok",
            "cloud.callback_address": "error",
            "cloud.callback_key": "error",
            "cloud.after_class": "warning",
            "recordings.transfer": "warning",
        }

    def test_after_setup_cloud(self):
        run("setup_cloud")

        assert levels(application) == {
            "cloud.application": "ok",
            "cloud.edition": "ok",
            "cloud.callback_address": "ok",
            "cloud.callback_key": "ok",
            "cloud.after_class": "ok",
            "recordings.transfer": "warning",
        }

    def test_of_another_school_is_told_by_its_host_alone(self):
        client.set_callback("https://other.example/hook?token=secret", KEY, Priority.BACKGROUND)

        finding = said(application, "cloud.callback_address")

        assert finding.level == "error"
        assert "other.example" in finding.text
        assert "secret" not in finding.text

    @pytest.mark.parametrize(
        ("key", "level"), [(KEY, "ok"), ("the-old-key", "warning"), ("unknown", "error")]
    )
    def test_key_is_compared_and_never_told(self, key: str, level: str):
        client.set_callback(callback_address(), key, Priority.BACKGROUND)

        finding = said(application, "cloud.callback_key")

        assert finding.level == level
        assert key not in f"{finding.text} {finding.advice}".split()

    @pytest.mark.parametrize("code", ["UnauthorizedOperation", "AuthFailure.UnauthorizedOperation"])
    @pytest.mark.parametrize("action", ["DescribeDeveloper", "DescribeAppDetail"])
    def test_that_may_not_be_read(self, cloud: LocalCloud, action: str, code: str):
        cloud.switch(action, "fail", code=code)

        finding = said(application, "cloud.application")

        assert finding.level == "warning"
        assert "LCIC_APPLICATION_ID" in finding.advice
        assert said(application, "cloud.edition").level == "warning"

    @pytest.mark.parametrize(
        ("code", "advice"),
        [
            ("AuthFailure.SecretIdNotFound", "LCIC_SECRET_ID"),
            ("AuthFailure.SignatureExpire", "NTP"),
        ],
    )
    def test_with_a_key_that_is_refused_the_advice_is_about_the_key(
        self, cloud: LocalCloud, code: str, advice: str
    ):
        cloud.switch("DescribeDeveloper", "fail", code=code)

        finding = said(application, "cloud.application")

        assert finding.level == "error"
        assert advice in finding.advice


DETAILS = ApplicationDetails(
    callback_url="",
    callback_key="",
    scenes=(),
    is_stopped=False,
    edition=4,
    transfers_recordings=False,
)


def test_stopped_application():
    assert of_cloud.check_state(replace(DETAILS, is_stopped=True)).level == "error"


def test_trial():
    assert of_cloud.check_state(replace(DETAILS, edition=1)).level == "warning"


@pytest.mark.django_db
class TestEdition:
    def test_is_told(self):
        finding = of_cloud.check_edition(replace(DETAILS, edition=3))

        assert (finding.level, finding.text) == (
            "ok",
            "The application has the standard edition.",
        )

    @pytest.mark.parametrize("edition", [None, 0, 9])
    def test_that_is_not_told_or_not_known(self, edition: int | None):
        assert of_cloud.check_edition(replace(DETAILS, edition=edition)).level == "warning"

    def test_without_the_recording_that_lessons_to_come_ask_for(self, lesson: Lesson):
        Lesson.objects.update(record_mode=RecordMode.SIGNALLING)

        levels_by_edition = {
            edition: of_cloud.check_edition(replace(DETAILS, edition=edition)).level
            for edition in (3, 4)
        }

        assert levels_by_edition == {3: "warning", 4: "ok"}
        over_at = timezone.now() - dt.timedelta(hours=1)
        Lesson.objects.update(starts_at=over_at - dt.timedelta(hours=1), ends_at=over_at)
        assert of_cloud.check_edition(replace(DETAILS, edition=3)).level == "ok"


def test_transfer():
    assert of_cloud.check_transfer(replace(DETAILS, transfers_recordings=True)).level == "ok"


def test_page_after_class_of_somebody_else():
    scenes = (Scene("default", home_url="https://other.example/"),)

    assert of_cloud.check_after_class(replace(DETAILS, scenes=scenes)).level == "warning"
