"""The checks of the connection to the cloud: asked for by a button alone, and kept for whoever looks next."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import SchoolSettings, User
from edu_platform.doctor.catalogue import chosen
from edu_platform.doctor.findings import Finding, Level
from edu_platform.start import cloud_checks
from tests.cast import SignedIn
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

CLOUD = "/start/?step=cloud"
FINE = Finding("cloud.credentials", Level.OK, "云端接受本平台的密钥。")
WARNED = Finding("cloud.edition", Level.WARNING, "应用是试用版。", "购买正式版本。")
FAILED = Finding("address.name", Level.ERROR, "无法解析域名。", "改正 PUBLIC_BASE_URL。")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """Return the findings of the checks, to be filled in."""
    findings: list[Finding] = []
    cache.delete(cloud_checks.KEY)
    monkeypatch.setattr(cloud_checks, "run_checks", lambda _checks, within_s: list(findings))
    return findings


def shown(signed_in: SignedIn, user: User, language: str = "") -> Element:
    return read(signed_in(user, language).get(CLOUD).content).one("section", "start-step")


def test_page_asks_nobody(
    signed_in: SignedIn, administrator: User, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_args: Any, **_how: Any) -> None:
        raise AssertionError("the page asks")

    cache.delete(cloud_checks.KEY)
    monkeypatch.setattr(cloud_checks, "run_checks", fail)

    page = shown(signed_in, administrator)

    assert page.one("button").text == "检查连接"
    assert page.all("ul", "start-checks") == []


def test_button_asks_and_everybody_reads_what_was_found_and_when(
    signed_in: SignedIn, administrator: User, planner: User, found: list[Finding]
):
    found += [FINE, WARNED, FAILED]

    answer = signed_in(administrator).post("/start/cloud/")

    assert (answer.status_code, answer["Location"]) == (303, CLOUD)
    for user in (administrator, planner):
        page = shown(signed_in, user)
        lines = page.one("ul", "start-checks").all("li")
        # The worst first, in words and not by colour alone.
        assert [line.all("p")[0].text for line in lines] == [
            *("错误: 无法解析域名。", "警告: 应用是试用版。", "正常: 云端接受本平台的密钥。"),
        ]
        assert lines[0].all("p")[1].text == "改正公开地址。"
        assert "3 项，1 项未通过" in page.text
    assert shown(signed_in, administrator).one("button").text == "重新检查"
    assert shown(signed_in, planner).all("button") == []


def test_step_is_done_without_an_error_and_open_again_with_one(
    signed_in: SignedIn, administrator: User, found: list[Finding]
):
    client = signed_in(administrator)
    ticks = []
    for finding in (WARNED, FAILED, FINE):
        found[:] = [finding]
        client.post("/start/cloud/")
        ticks.append(SchoolSettings.load().cloud_in_order_at is not None)

    assert ticks == [True, False, True]


def test_step_stays_done_when_the_cache_has_forgotten_the_lines(
    signed_in: SignedIn, administrator: User, found: list[Finding]
):
    found.append(FINE)
    signed_in(administrator).post("/start/cloud/")
    cache.clear()

    page = shown(signed_in, administrator)

    assert "没有发现问题" in page.text
    assert page.all("ul", "start-checks") == []


def test_page_tells_checks_that_have_not_passed_from_none(
    signed_in: SignedIn, administrator: User, found: list[Finding]
):
    assert "还缺： 还没有检查。" in shown(signed_in, administrator).text
    assert "Not checked yet." in shown(signed_in, administrator, "en").text

    found.append(FAILED)
    signed_in(administrator).post("/start/cloud/")

    page = shown(signed_in, administrator).text
    assert "检查还没有通过。" in page
    assert "还没有检查。" not in page


def test_lines_say_in_which_language_they_are(
    signed_in: SignedIn, administrator: User, found: list[Finding]
):
    found.append(FINE)
    signed_in(administrator).post("/start/cloud/")

    page = shown(signed_in, administrator, "en")

    assert page.one("ul", "start-checks").attrs["lang"] == "zh-Hans"


def test_second_one_is_told_that_somebody_asks_already(
    signed_in: SignedIn, administrator: User, found: list[Finding]
):
    with cloud_checks._one_at_a_time:
        client = signed_in(administrator)
        assert client.post("/start/cloud/").status_code == 303

    assert "正在检查。请半分钟后再试" in client.get(CLOUD).content.decode()
    assert SchoolSettings.load().cloud_in_order_at is None


@pytest.mark.parametrize("who", ["planner", "supervisor", "teacher", "student"])
def test_others_may_not_ask(request: pytest.FixtureRequest, signed_in: SignedIn, who: str):
    assert signed_in(request.getfixturevalue(who)).post("/start/cloud/").status_code == 404


def test_checks_are_those_of_the_doctor():
    lines = {line for each in chosen(cloud_checks.TOPICS) for line in each.lines}

    assert {"cloud.credentials", "cloud.application", "address.callback", "address.reach"} <= lines
