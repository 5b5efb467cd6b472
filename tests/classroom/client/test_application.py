"""Our application as the cloud describes it, and by which ids it is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from classroom.client.application import (
    Scene,
    describe_application,
    set_callback,
    set_scenes,
)
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from tests.support.cloud import SDK_APP_ID, LocalCloud

WORK = Priority.BACKGROUND


def test_what_was_set_is_described(local_cloud: LocalCloud) -> None:
    scene = Scene("exam", "http://a.example/", "http://b.example/", "http://c.example/", "")

    set_callback("http://school.example/", "secret-key", WORK)
    set_scenes([scene], WORK)
    details = describe_application(WORK)

    assert (details.callback_url, details.callback_key) == ("http://school.example/", "secret-key")
    assert details.scenes == (scene,)
    assert "secret-key" not in repr(details)


def test_what_the_cloud_left_out_is_not_sent_back_as_empty(local_cloud: LocalCloud) -> None:
    set_scenes([Scene("default", home_url="http://b.example/")], WORK)

    (call,) = local_cloud.calls(action="SetAppCustomContent")
    assert call["params"]["CustomContent"] == [{"Scene": "default", "HomeUrl": "http://b.example/"}]


def test_application_and_account_are_asked_for(local_cloud: LocalCloud) -> None:
    describe_application(WORK)

    developer, detail = local_cloud.calls()
    assert developer["action"] == "DescribeDeveloper"
    assert detail["params"]["ApplicationId"] == str(SDK_APP_ID)


def test_ids_of_the_settings_go_before_them(local_cloud: LocalCloud, settings: Any) -> None:
    settings.LCIC_APPLICATION_ID, settings.LCIC_DEVELOPER_ID = "2CvDgjRN", "db5bb499"

    with pytest.raises(CloudRejected, match="ResourceNotFound"):
        describe_application(WORK)

    (detail,) = local_cloud.calls()
    assert detail["params"] == {"ApplicationId": "2CvDgjRN", "DeveloperId": "db5bb499"}
