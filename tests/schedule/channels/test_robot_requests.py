"""Messages to groups, letter for letter as the vendors' documentation has them, and what their answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from typing import Any
from urllib.parse import unquote

import pytest
import requests
import responses

from edu_platform.lib import bounded_http
from schedule.channels import robot_requests
from schedule.channels.faults import ChannelFault
from schedule.channels.robot_requests import send_to
from schedule.models import Channel
from tests.support.robots import RobotServer

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
DINGTALK = "https://oapi.dingtalk.com/robot/send"
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/fT0k3n-1/"
TEXT = "【课程表】 语文课 \\n <改> **时间** 😀\nhttps://school.example/"


def channel(address: str) -> Channel:
    made = Channel(schema=address.partition(":")[0])
    made.set_address(address)
    return made


def body(call: responses.Call) -> Any:
    return json.loads(call.request.body or "")


def fault_of(address: str) -> str:
    with pytest.raises(ChannelFault) as raised:
        send_to(channel(address), TEXT)
    # Nothing of the request comes along: its frames and its causes hold the address.
    assert raised.value.__cause__ is None
    return raised.value.fault


class TestAsTheDocumentationSays:
    """developer.work.weixin.qq.com 91770; open.dingtalk.com custom-robot-access; open.feishu.cn add-custom-bot."""

    @responses.activate
    def test_wecom(self):
        responses.post(WECOM, json={"errcode": 0, "errmsg": "ok"})

        send_to(channel("wecombot://wK3y-1"), TEXT)

        (call,) = responses.calls
        assert call.request.url == f"{WECOM}?key=wK3y-1"
        assert call.request.headers["Content-Type"].startswith("application/json")
        assert body(call) == {"msgtype": "text", "text": {"content": TEXT}}

    @responses.activate
    def test_dingtalk(self):
        responses.post(DINGTALK, json={"errcode": 0, "errmsg": "ok"})

        send_to(channel("dingtalk://dT0k3n"), TEXT)

        (call,) = responses.calls
        assert call.request.url == f"{DINGTALK}?access_token=dT0k3n"
        assert body(call) == {
            "msgtype": "text",
            "text": {"content": TEXT},
            "at": {"atMobiles": [], "isAtAll": False},
        }

    @responses.activate
    def test_dingtalk_with_a_signature(self):
        responses.post(DINGTALK, json={"errcode": 0, "errmsg": "ok"})

        send_to(channel("dingtalk://SECab12@dT0k3n"), TEXT)

        params = responses.calls[0].request.params  # type: ignore[attr-defined]
        signed = f"{params['timestamp']}\nSECab12".encode()
        wanted = base64.b64encode(hmac.new(b"SECab12", signed, hashlib.sha256).digest()).decode()
        assert unquote(params["sign"]) == wanted
        assert "SECab12" not in str(responses.calls[0].request.url)

    @responses.activate
    def test_feishu(self):
        responses.post(
            FEISHU, json={"code": 0, "msg": "success", "StatusCode": 0, "StatusMessage": "success"}
        )

        send_to(channel("feishu://fT0k3n-1"), TEXT)

        assert body(responses.calls[0]) == {"msg_type": "text", "content": {"text": TEXT}}


class TestRefusals:
    @pytest.mark.parametrize(
        ("address", "url", "answer", "fault"),
        [
            (
                "wecombot://wK3y-1",
                WECOM,
                {"errcode": 93000, "errmsg": "invalid wK3y-1"},
                "code:93000",
            ),
            ("wecombot://wK3y-1", WECOM, {"errcode": 45009}, "limited"),
            ("wecombot://wK3y-1", WECOM, {}, "code:-1"),
            ("dingtalk://dT0k3n", DINGTALK, {"errcode": 310000, "errmsg": "sign"}, "code:310000"),
            ("dingtalk://dT0k3n", DINGTALK, {"errcode": 130101}, "limited"),
            ("feishu://fT0k3n-1", FEISHU, {"code": 19024, "msg": "Key Words"}, "code:19024"),
            ("feishu://fT0k3n-1", FEISHU, {"code": 11232}, "limited"),
        ],
    )
    @responses.activate
    def test_with_status_200_are_refusals_too(
        self, address: str, url: str, answer: dict[str, object], fault: str
    ):
        responses.post(url, json=answer)

        assert fault_of(address) == fault

    @pytest.mark.parametrize(
        "answer",
        [
            "<html>please sign in</html>",
            '{"errcode": true}',
            '{"errcode": false}',
            '{"errcode": "0"}',
            '{"errcode": 1%s}' % ("0" * 100),
            "[" * 200_000,
        ],
        ids=["page", "yes", "no", "text", "huge", "deep"],
    )
    @responses.activate
    def test_answer_that_is_none_of_the_vendors_is_no_success(self, answer: str):
        responses.post(WECOM, body=answer)

        assert fault_of("wecombot://wK3y-1") == "code:-1"

    @pytest.mark.parametrize(("status", "fault"), [(429, "limited"), (503, "status:503")])
    @responses.activate
    def test_by_status(self, status: int, fault: str):
        responses.post(WECOM, status=status)

        assert fault_of("wecombot://wK3y-1") == fault

    def test_service_that_is_no_longer_listed(self, settings: Any):
        settings.NOTIFY_SCHEMAS = ["feishu"]

        assert fault_of("wecombot://wK3y-1") == "not_allowed"

    def test_address_of_another_secret_key(self, settings: Any):
        kept = channel("wecombot://wK3y-1")
        settings.SECRET_KEY = "another"

        with pytest.raises(ChannelFault, match="unreadable"):
            send_to(kept, TEXT)


class TestRealServer:
    @pytest.fixture(autouse=True)
    def _generic(self, settings: Any) -> None:
        settings.NOTIFY_SCHEMAS = ["json"]

    def test_takes_the_text(self, robot: RobotServer):
        send_to(channel(robot.address), TEXT)

        assert [each["message"] for each in robot.taken] == [TEXT]

    def test_that_fails(self, robot: RobotServer):
        robot.status = 500

        assert fault_of(robot.address) == "status:500"

    def test_that_hangs_is_left(self, robot: RobotServer, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(bounded_http, "READ_TIMEOUT_S", 0.05)
        robot.hangs = True

        assert fault_of(f"{robot.address}?rto=1000") == "silent"

    def test_that_leads_elsewhere_is_not_followed(self, robot: RobotServer):
        robot.status, robot.headers = 307, {"Location": "/elsewhere"}

        assert fault_of(f"{robot.address}?redirect=yes") == "redirect"
        assert len(robot.taken) == 1

    def test_that_is_not_there(self, robot: RobotServer):
        address = robot.address
        robot.http.server_close()

        assert fault_of(address) == "silent"


class TestSecrets:
    """Addresses stand in no log, whatever becomes of a message; apprise itself writes them into its own."""

    @pytest.fixture(autouse=True)
    def _everything_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)

    def send(self, address: str) -> None:
        """Send, and log what goes wrong as the engine would."""
        to = channel(address)
        try:
            send_to(to, TEXT)
        except (ChannelFault, LookupError):
            logging.getLogger("edu_platform.test").exception("went wrong")

    @pytest.mark.parametrize(
        "answer", [{"errcode": 0}, {"errcode": 93000, "errmsg": "dT0k3nS3cr3t SECab12"}]
    )
    @responses.activate
    def test_on_success_and_refusal(
        self, answer: dict[str, object], caplog: pytest.LogCaptureFixture
    ):
        responses.post(DINGTALK, json=answer)

        self.send("dingtalk://SECab12@dT0k3nS3cr3t")

        assert ("went wrong" in caplog.text) == bool(answer["errcode"])
        assert "dT0k3nS3cr3t" not in caplog.text
        assert "SECab12" not in caplog.text

    @responses.activate
    def test_when_there_is_no_answer(self, caplog: pytest.LogCaptureFixture):
        refused = f"url: {DINGTALK}?access_token=dT0k3n"
        responses.post(DINGTALK, body=requests.ConnectionError(refused))

        self.send("dingtalk://dT0k3n")

        assert "silent" in caplog.text
        assert "dT0k3n" not in caplog.text

    @pytest.mark.parametrize("url", [f"{WECOM}?key=wK3y-1", f"{FEISHU[:-9]}wK3y-1/"])
    def test_when_something_unexpected_goes_wrong(
        self, url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ):
        def fail(*_args: object, **_sent: object) -> None:
            raise LookupError(url)

        monkeypatch.setattr(robot_requests.HTTP, "ask", fail)

        self.send("wecombot://wK3y-1")

        assert "went wrong" in caplog.text
        assert "wK3y-1" not in caplog.text

    def test_of_an_address_that_apprise_refuses(self, caplog: pytest.LogCaptureFixture):
        self.send("wecombot://w!K3y")

        assert "went wrong" in caplog.text
        assert "K3y" not in caplog.text
