from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from prometheus_client import REGISTRY
from tencentcloud.lcic.v20220817 import models

from classroom.client import rooms, transport, users
from classroom.client.errors import (
    CloudBusy,
    CloudError,
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import LocalCloud
from tests.support.peers import Script, answering, refusing_port, silent_port, unreachable_port

DOOR = Priority.INTERACTIVE
BACKGROUND = Priority.BACKGROUND
WANG = Participant("origin", "王小明")


@pytest.fixture
def scripted_cloud(settings: Any, local_cloud: LocalCloud) -> Any:
    """Settings that point anywhere: `scripted_cloud(url)`."""

    def point_to(url: str) -> None:
        settings.LCIC_ENDPOINT = url

    return point_to


def read_room(priority: Priority = DOOR) -> object:
    return rooms.describe_room(300000000, priority)


def envelope(**fields: Any) -> bytes:
    return json.dumps({"Response": {"RequestId": "r", **fields}}).encode()


def refusal(code: str) -> bytes:
    return envelope(Error={"Code": code, "Message": "no"})


class TestKindsOfErrors:
    @pytest.mark.parametrize(
        ("kind", "outcome_is_known"),
        [
            ("http500", False),
            ("drop_before", False),
            ("drop_after", False),
            ("rate_limit", True),
        ],
    )
    def test_no_usable_answer_is_unavailable(
        self,
        local_cloud: LocalCloud,
        monkeypatch: pytest.MonkeyPatch,
        kind: str,
        outcome_is_known: bool,
    ):
        monkeypatch.setattr(DOOR, "patience_s", 0.1)
        local_cloud.switch("RegisterUser", kind)

        with pytest.raises(CloudUnavailable) as raised:
            users.register_user(WANG, DOOR)

        assert raised.value.action == "RegisterUser"
        assert raised.value.outcome_is_known is outcome_is_known
        assert raised.value.retry_after_s > 0

    @pytest.mark.parametrize("kind", ["hang", "late"])
    def test_slow_answer_is_unavailable_with_unknown_outcome(
        self, local_cloud: LocalCloud, kind: str
    ):
        local_cloud.switch("RegisterUser", kind, seconds=3)

        with pytest.raises(CloudUnavailable) as raised:
            users.register_user(WANG, DOOR)

        assert raised.value.outcome_is_known is False

    @pytest.mark.parametrize("code", ["InternalError", "FailedOperation.RequestTimedOut"])
    def test_broken_inside_is_unavailable_with_unknown_outcome(
        self, local_cloud: LocalCloud, code: str
    ):
        local_cloud.switch("RegisterUser", "fail", code=code)

        with pytest.raises(CloudUnavailable) as raised:
            users.register_user(WANG, DOOR)

        assert raised.value.outcome_is_known is False

    @pytest.mark.parametrize("code", ["AuthFailure.SignatureFailure", "ResourceInsufficient.Room"])
    def test_refusal_is_rejected_with_its_code(self, local_cloud: LocalCloud, code: str):
        local_cloud.switch("RegisterUser", "fail", code=code)

        with pytest.raises(CloudRejected) as raised:
            users.register_user(WANG, DOOR)

        assert raised.value.code == code
        assert raised.value.message == "A switch is set."
        assert raised.value.request_id != ""

    @pytest.mark.parametrize("shape", ["truncated", "text", "foreign"])
    def test_answer_outside_the_protocol_is_garbled(self, local_cloud: LocalCloud, shape: str):
        local_cloud.switch("RegisterUser", "garble", code=shape)

        with pytest.raises(CloudProtocolError):
            users.register_user(WANG, DOOR)

        assert [user["Name"] for user in local_cloud.users()] == ["王小明"]

    def test_wrong_secret_is_a_refusal(self, local_cloud: LocalCloud, settings: Any):
        settings.LCIC_SECRET_KEY = "another"

        with pytest.raises(CloudRejected) as raised:
            users.register_user(WANG, DOOR)

        assert raised.value.code == "AuthFailure.SignatureFailure"

    def test_without_configuration_nothing_is_asked(self, local_cloud: LocalCloud, settings: Any):
        settings.LCIC_SECRET_KEY = ""

        with pytest.raises(CloudNotConfigured):
            users.register_user(WANG, DOOR)

        assert transport.is_configured() is False
        assert local_cloud.calls() == []

    def test_message_names_neither_secret_nor_signature(self, local_cloud: LocalCloud):
        local_cloud.switch("*", "http500")

        with pytest.raises(CloudError) as raised:
            users.register_user(WANG, DOOR)

        assert "test-secret-key" not in str(raised.value)
        assert "Signature" not in str(raised.value)


class TestForeignServers:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "application/json; charset=utf-8",
            "APPLICATION/JSON;charset=UTF-8",
            "text/plain; charset=utf-8",
            "text/html",
            "",
        ],
    )
    def test_error_stays_an_error_under_any_content_type(
        self, scripted_cloud: Any, content_type: str
    ):
        script = Script(
            headers={"Content-Type": content_type} if content_type else {},
            body=refusal("ResourceInsufficient.Room"),
        )
        with answering(script):
            scripted_cloud(script.url)

            with pytest.raises(CloudRejected) as raised:
                users.register_user(WANG, DOOR)

        assert raised.value.code == "ResourceInsufficient.Room"

    def test_page_of_a_proxy_is_garbled(self, scripted_cloud: Any):
        script = Script(headers={"Content-Type": "text/html"}, body=b"<h1>Sign in to the net</h1>")
        with answering(script):
            scripted_cloud(script.url)

            with pytest.raises(CloudProtocolError):
                users.register_user(WANG, DOOR)

    @pytest.mark.parametrize(
        "body",
        [
            b'{"Response": {"UserId": "u", "Token": "t"}}',
            b'{"Response": {"UserId": "u", "Token": "t", "RequestId": ""}}',
            b'{"Response": {"UserId": 5, "RequestId": "r"}}',
            b'{"Response": {"RequestId": "r"}}',
            b'{"Response": {"Error": {"Code": "InternalError", "Message": "no"}}}',
            b'{"Response": {"Error": "InternalError", "RequestId": "r"}}',
            b'{"Response": null}',
            b'{"Response": []}',
            b"[]",
            b"\xff\xfe",
            b"",
        ],
    )
    def test_answer_without_what_the_protocol_promises_is_garbled(
        self, scripted_cloud: Any, body: bytes
    ):
        script = Script(headers={"Content-Type": "application/json"}, body=body)
        with answering(script):
            scripted_cloud(script.url)

            with pytest.raises(CloudProtocolError):
                users.register_user(WANG, DOOR)

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_redirect_is_not_followed(self, scripted_cloud: Any, status: int):
        elsewhere = Script(body=envelope(UserId="u", Token="t"))
        with answering(elsewhere):
            script = Script(status=status, headers={"Location": f"{elsewhere.url}/"})
            with answering(script):
                scripted_cloud(script.url)

                with pytest.raises(CloudUnavailable):
                    users.register_user(WANG, DOOR)

        assert script.paths == ["/"]
        assert elsewhere.paths == []

    def test_refused_connection_had_no_effect(self, scripted_cloud: Any):
        scripted_cloud(f"http://127.0.0.1:{refusing_port()}")

        with pytest.raises(CloudUnavailable) as raised:
            users.register_user(WANG, DOOR)

        assert raised.value.outcome_is_known is True

    def test_unknown_name_had_no_effect(self, scripted_cloud: Any):
        scripted_cloud("http://nowhere.invalid")

        with pytest.raises(CloudUnavailable) as raised:
            users.register_user(WANG, DOOR)

        assert raised.value.outcome_is_known is True

    def test_connecting_is_limited_in_time(
        self, scripted_cloud: Any, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(transport, "CONNECT_TIMEOUT_S", 0.2)
        with unreachable_port() as port:
            scripted_cloud(f"http://127.0.0.1:{port}")
            started = time.monotonic()

            with pytest.raises(CloudUnavailable) as raised:
                users.register_user(WANG, DOOR)

        assert raised.value.outcome_is_known is True
        assert time.monotonic() - started < 3  # as long as one try would take

    def test_reading_is_limited_in_time(self, scripted_cloud: Any):
        with silent_port() as port:
            scripted_cloud(f"http://127.0.0.1:{port}")
            started = time.monotonic()

            with pytest.raises(CloudUnavailable) as raised:
                users.register_user(WANG, DOOR)

        assert raised.value.outcome_is_known is False
        assert time.monotonic() - started < 4


class TestRepeating:
    def test_read_is_repeated_until_it_succeeds(self, local_cloud: LocalCloud):
        local_cloud.switch("DescribeRoom", "http500", times=2)

        assert read_room(BACKGROUND) is None

        assert len(local_cloud.calls(action="DescribeRoom")) == 3

    @pytest.mark.parametrize(("priority", "tries"), [(DOOR, 2), (BACKGROUND, 3)])
    def test_read_is_repeated_a_bounded_number_of_times(
        self, local_cloud: LocalCloud, priority: Priority, tries: int
    ):
        local_cloud.switch("DescribeRoom", "http500")

        with pytest.raises(CloudUnavailable):
            read_room(priority)

        assert len(local_cloud.calls(action="DescribeRoom")) == tries

    def test_read_that_took_long_is_not_repeated_at_the_door(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setitem(transport.REPEAT_WITHIN_S, DOOR, 0.1)
        local_cloud.switch("DescribeRoom", "hang", seconds=3)

        with pytest.raises(CloudUnavailable):
            read_room()

        assert len(local_cloud.calls(action="DescribeRoom")) == 1

    @pytest.mark.parametrize("kind", ["fail", "garble"])
    def test_refusals_and_nonsense_are_not_repeated(self, local_cloud: LocalCloud, kind: str):
        code = "AuthFailure" if kind == "fail" else "text"
        local_cloud.switch("DescribeRoom", kind, code=code)

        with pytest.raises((CloudRejected, CloudProtocolError)):
            read_room(BACKGROUND)

        assert len(local_cloud.calls()) == 1

    @pytest.mark.parametrize(
        "kind", ["http500", "drop_before", "drop_after", "rate_limit", "garble"]
    )
    def test_registration_is_never_repeated(self, local_cloud: LocalCloud, kind: str):
        local_cloud.switch("RegisterUser", kind)

        with pytest.raises(CloudError):
            users.register_user(WANG, BACKGROUND)

        assert len(local_cloud.calls()) == 1

    def test_connection_that_the_cloud_closed_meanwhile_is_no_second_call(
        self, local_cloud: LocalCloud
    ):
        users.register_user(Participant("first", "甲"), DOOR)
        local_cloud.switch("RegisterUser", "drop_after", times=1)

        with pytest.raises(CloudUnavailable):
            users.register_user(Participant("second", "乙"), DOOR)

        assert len(local_cloud.calls()) == 2


class TestLimitsThatOthersUseUpToo:
    def test_refusal_is_waited_out_at_the_door_whatever_the_call(self, local_cloud: LocalCloud):
        local_cloud.switch("RegisterUser", "rate_limit", times=3)

        assert users.register_user(WANG, DOOR)

        assert len(local_cloud.calls(action="RegisterUser")) == 4

    @pytest.mark.parametrize("ask", [lambda: users.register_user(WANG, DOOR), read_room])
    def test_who_has_waited_long_enough_is_told_that_there_are_too_many(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]
    ):
        monkeypatch.setattr(DOOR, "patience_s", 0.1)
        local_cloud.switch("*", "rate_limit")

        with pytest.raises(CloudBusy):
            ask()


class TestDatabase:
    @pytest.mark.django_db(transaction=True)
    def test_call_inside_a_transaction_is_refused(self, local_cloud: LocalCloud):
        with transaction.atomic(), pytest.raises(RuntimeError, match="inside a database"):
            read_room()

        assert local_cloud.calls() == []

    @pytest.mark.django_db(transaction=True)
    def test_call_gives_the_connection_back_before_it_waits(self, local_cloud: LocalCloud):
        connection.ensure_connection()

        read_room()

        assert connection.connection is None

    @pytest.mark.django_db
    def test_transaction_of_a_test_does_not_count(self, local_cloud: LocalCloud):
        assert read_room() is None

        with transaction.atomic(), pytest.raises(RuntimeError):
            read_room()


def test_endpoint_may_be_changed_between_calls(local_cloud: LocalCloud, settings: Any):
    read_room()
    settings.LCIC_ENDPOINT = f"http://127.0.0.1:{refusing_port()}"

    with pytest.raises(CloudUnavailable):
        read_room()


def test_fields_that_the_cloud_adds_one_day_do_no_harm(scripted_cloud: Any):
    script = Script(body=envelope(UserId="u", Token="t", Later=1))
    with answering(script):
        scripted_cloud(script.url)

        assert users.register_user(WANG, DOOR) == "u"


class TestWhatIsSeenOfCalls:
    """A line and a count each, with the cloud's own id, by which the vendor finds the call."""

    @pytest.fixture
    def seen(self, caplog: pytest.LogCaptureFixture) -> Callable[[], tuple[Any, ...]]:
        caplog.set_level(logging.INFO, logger="classroom.client.transport")

        def of_the_call() -> tuple[Any, ...]:
            (line,) = [each for each in caplog.records if hasattr(each, "cloud_request_id")]
            fields = ("action", "result", "code", "cloud_request_id")
            return tuple(getattr(line, name) for name in fields)

        return of_the_call

    @staticmethod
    def count(result: str) -> float:
        labels = {"action": "DescribeRoom", "result": result}
        return REGISTRY.get_sample_value("edu_cloud_calls_total", labels) or 0.0

    @pytest.mark.parametrize(
        ("answer", "result", "code", "request_id"),
        [
            (refusal("ResourceNotFound.Room"), "rejected", "ResourceNotFound.Room", "r"),
            (refusal("RequestLimitExceeded"), "busy", "RequestLimitExceeded", "r"),
            (b"[]", "garbled", None, ""),
        ],
    )
    def test_of_those_that_fail(
        self,
        scripted_cloud: Any,
        seen: Any,
        answer: bytes,
        result: str,
        code: str | None,
        request_id: str,
    ):
        before = self.count(result)

        asked = models.DescribeRoomRequest()
        with answering(Script(body=answer)) as cloud:
            scripted_cloud(cloud.url)
            with pytest.raises(CloudError):
                transport.call("DescribeRoom", asked, models.DescribeRoomResponse, BACKGROUND)

        action, told, its_code, its_id = seen()
        assert (action, told, its_id) == ("DescribeRoom", result, request_id)
        assert code in {None, its_code}
        assert self.count(result) == before + 1

    def test_of_those_that_are_answered(self, local_cloud: LocalCloud, seen: Any):
        users.register_user(WANG, DOOR)

        action, result, code, request_id = seen()
        assert (action, result, code) == ("RegisterUser", "ok", "")
        assert request_id
