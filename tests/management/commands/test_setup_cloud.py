"""The cloud's application is told where we are: old and new in words, nothing twice, nothing of others lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.lcic.v20220817 import models
from tencentcloud.lcic.v20220817.lcic_client import LcicClient

from classroom.client import application, transport
from classroom.client.application import Scene
from classroom.client.rate_limits import Priority
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.commands import Outcome, run

KEY = "a-long-random-key"
BASE = "https://school.example"
CALLBACK, HOME = f"{BASE}/callbacks/classroom/", f"{BASE}/schedule/after-class/"
DEFAULT = Scene(
    "default",
    logo_url="https://cdn.example/logo.png",
    home_url="https://old.example/",
    js_url="https://cdn.example/class.js",
    css_url="https://cdn.example/class.css",
)
EXAM = Scene("exam", "", "https://exam.example/", "https://cdn.example/exam.js", "")
CHANGING = ["ModifyApp", "SetAppCustomContent"]


@pytest.fixture(autouse=True)
def cloud(local_cloud: LocalCloud, settings: Any, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    make_quick(monkeypatch)
    settings.PUBLIC_BASE_URL = BASE
    settings.LCIC_CALLBACK_KEY = [KEY, "the-key-before"]
    local_cloud.set_callbacks(url="", key="")
    return local_cloud


def scenes() -> dict[str, Scene]:
    told = application.describe_application(Priority.BACKGROUND).scenes
    assert told is not None
    return {scene.name: scene for scene in told}


def changes(cloud: LocalCloud) -> list[str]:
    return [call["action"] for call in cloud.calls() if call["action"] in CHANGING]


def fails(*arguments: str) -> str:
    """The sentence with which the command ends."""
    with pytest.raises(CommandError) as failed:
        run("setup_cloud", *arguments)
    assert failed.value.returncode == 1
    return str(failed.value)


def test_new_application_is_told_everything(cloud: LocalCloud) -> None:
    done = run("setup_cloud")

    assert done == Outcome(
        0,
        f"application {SDK_APP_ID}\n"
        f"callback address: (none) -> {CALLBACK}\n"
        "callback key: (none) -> the first of LCIC_CALLBACK_KEY\n"
        f"page after class (scene default): (none) -> {HOME}\n"
        "changed=3 unchanged=0\n",
        "",
    )
    told = application.describe_application(Priority.BACKGROUND)
    assert (told.callback_url, told.callback_key) == (CALLBACK, KEY)
    assert scenes() == {"default": Scene("default", "", HOME, "", "")}


def test_second_run_changes_nothing(cloud: LocalCloud) -> None:
    run("setup_cloud")
    before = cloud.state()
    cloud.calls()

    done = run("setup_cloud")

    assert done.stdout.splitlines()[1:] == [
        f"callback address: {CALLBACK} (unchanged)",
        "callback key: the first of LCIC_CALLBACK_KEY (unchanged)",
        f"page after class (scene default): {HOME} (unchanged)",
        "changed=0 unchanged=3",
    ]
    assert changes(cloud) == CHANGING  # those of the first run
    assert cloud.state() == before


def test_dry_run_tells_the_same_and_changes_nothing(cloud: LocalCloud) -> None:
    before = cloud.state()

    told = run("setup_cloud", "--dry-run")

    assert changes(cloud) == []
    assert cloud.state() == before
    assert told == run("setup_cloud")


def test_everything_else_of_the_scenes_stays(cloud: LocalCloud) -> None:
    application.set_scenes([EXAM, DEFAULT], Priority.BACKGROUND)

    done = run("setup_cloud", "--replace-scenes")

    assert f"(scene default): {DEFAULT.home_url} -> {HOME}" in done.stdout
    assert "scene exam: kept as it is" in done.stdout
    assert scenes() == {
        "exam": EXAM,
        "default": Scene("default", DEFAULT.logo_url, HOME, DEFAULT.js_url, DEFAULT.css_url),
    }
    # Whether the cloud keeps what a call leaves out is written nowhere.
    sent = cloud.calls(action="SetAppCustomContent")[-1]["params"]["CustomContent"]
    assert [scene["Scene"] for scene in sent] == ["exam", "default"]


def test_new_key_replaces_the_one_before(cloud: LocalCloud, settings: Any) -> None:
    run("setup_cloud")
    settings.LCIC_CALLBACK_KEY = ["the-new-key", KEY]

    done = run("setup_cloud")

    assert "callback key: (another) -> the first of LCIC_CALLBACK_KEY" in done.stdout
    assert "changed=1 unchanged=2" in done.stdout
    assert application.describe_application(Priority.BACKGROUND).callback_key == "the-new-key"


@pytest.mark.parametrize("action", ["DescribeDeveloper", "DescribeAppDetail"])
def test_scenes_that_cannot_be_read_stay_as_they_are(cloud: LocalCloud, action: str) -> None:
    application.set_scenes([DEFAULT], Priority.BACKGROUND)
    cloud.switch(action, "fail", code="UnauthorizedOperation")

    sentence = fails()

    assert sentence.startswith(
        "The page after class is left as it is, because the scenes cannot be read"
        f" ({action}: UnauthorizedOperation"
    )
    assert "--replace-scenes" in sentence
    cloud.clear()
    told = application.describe_application(Priority.BACKGROUND)
    assert (told.callback_url, told.callback_key) == (CALLBACK, KEY)
    assert scenes() == {"default": DEFAULT}


def test_scenes_that_cannot_be_read_are_set_anew_when_told_so(cloud: LocalCloud) -> None:
    application.set_scenes([DEFAULT], Priority.BACKGROUND)
    cloud.switch("DescribeAppDetail", "fail", code="ResourceNotFound")

    done = run("setup_cloud", "--replace-scenes")

    assert done.stdout.splitlines()[1:] == [
        f"callback address: (unknown) -> {CALLBACK}",
        "callback key: (unknown) -> the first of LCIC_CALLBACK_KEY",
        f"page after class (scene default): (unknown) -> {HOME}",
        "changed=3 unchanged=0",
    ]
    cloud.clear()
    assert scenes() == {"default": Scene("default", "", HOME, "", "")}


def answers(change: Callable[[models.DescribeAppDetailResponse], None]) -> Any:
    """DescribeAppDetail, with its answer changed."""

    def read_changed(action: str, *arguments: Any) -> Any:
        answer = transport.read(action, *arguments)
        if action == "DescribeAppDetail":
            change(answer)
        return answer

    return read_changed


def test_scenes_of_which_nothing_is_told_are_not_taken_for_none(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say_nothing(answer: models.DescribeAppDetailResponse) -> None:
        answer.SceneConfig = None

    application.set_scenes([DEFAULT], Priority.BACKGROUND)
    monkeypatch.setattr("classroom.client.application.read", answers(say_nothing))

    assert "the cloud tells nothing of them" in fails()
    monkeypatch.undo()
    assert cloud.state()["scenes"]["default"]["HomeUrl"] == DEFAULT.home_url


def test_scenes_of_another_application_are_not_taken_for_ours(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_another(answer: models.DescribeAppDetailResponse) -> None:
        answer.SdkAppId = "1"

    monkeypatch.setattr("classroom.client.application.read", answers(be_another))

    assert "about another application" in fails()


@pytest.mark.parametrize("action", CHANGING)
def test_refusal_is_one_sentence(cloud: LocalCloud, action: str) -> None:
    cloud.switch(action, "fail", code="InvalidParameter")

    assert fails() == f"The cloud refused ({action}: InvalidParameter: A switch is set.)."


def test_silence_of_the_cloud_is_told_and_changes_nothing(cloud: LocalCloud) -> None:
    cloud.switch("DescribeDeveloper", "http500")

    assert fails().startswith("The cloud does not answer (DescribeDeveloper: ")
    assert changes(cloud) == []


def test_key_is_never_printed(
    cloud: LocalCloud, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def quote_it(*_arguments: Any) -> None:
        message = f"CallbackKey {KEY} is too long"
        raise TencentCloudSDKException("InvalidParameter", message, "a-request")

    settings.LCIC_CALLBACK_KEY = [KEY]
    caplog.set_level("INFO")
    done = run("setup_cloud", "--dry-run")
    monkeypatch.setattr(LcicClient, "ModifyApp", quote_it)
    sentence = fails()

    assert "CallbackKey … is too long" in sentence
    assert "ModifyApp failed" in caplog.text
    assert KEY not in done.stdout + done.stderr + sentence + caplog.text


@pytest.mark.parametrize(
    ("missing", "word"),
    [
        ({"LCIC_CALLBACK_KEY": []}, "LCIC_CALLBACK_KEY is not set"),
        ({"LCIC_SECRET_ID": ""}, "LCIC_SECRET_ID"),
    ],
)
def test_what_is_not_configured_is_told(
    cloud: LocalCloud, settings: Any, missing: dict[str, Any], word: str
) -> None:
    for name, value in missing.items():
        setattr(settings, name, value)

    assert word in fails()
    assert cloud.calls() == []


@pytest.mark.parametrize(
    ("base", "warning"),
    [
        ("https://school.example", ""),
        ("http://192.168.1.5", "the cloud cannot reach PUBLIC_BASE_URL (http://192.168.1.5)"),
        ("https://school.example:8443", "the ports 80 and 443 alone"),
    ],
)
def test_address_that_the_cloud_may_not_reach_is_warned_of(
    cloud: LocalCloud,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    base: str,
    warning: str,
) -> None:
    settings.PUBLIC_BASE_URL = base
    inside = "classroom.addresses.is_inside"
    monkeypatch.setattr(inside, lambda url: url.startswith("http://192.168."))

    done = run("setup_cloud", "--dry-run")

    assert done.code == 0
    assert (warning in done.stderr) if warning else (done.stderr == "")
