"""The cloud's view of our answers when it calls, and what stands in the inbox after it."""

from __future__ import annotations

import io
import json
import logging
import random
import time
from typing import Any

import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, connection
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from classroom import views
from classroom.callback_body import MAX_BODY_BYTES
from classroom.enums import EventKind, EventState, Outcome
from classroom.envelope import Envelope
from classroom.models import CallbackEvent, CallbackEventQuerySet
from classroom.throttled_log import LOG_EVERY_S, ThrottledLog
from tests.classroom.conftest import RecordingHandler, Register, Sent
from tests.support.callbacks import KEY, PATH, body_of, deliver, signature_of
from tests.support.cloud import SDK_APP_ID
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("inbox", "sent")]

ROOM = {"RoomId": 3461739}
HEADERS = {
    "Content-Length": "17",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Vary": None,
}
STATEMENTS_OF_TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK")


@pytest.fixture(autouse=True)
def _quiet_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A count of refusals of this test's own."""
    monkeypatch.setattr(views, "_refused", ThrottledLog("refused"))


def heard(answer: Any) -> tuple[int, dict[str, Any]]:
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, json.loads(answer.content)


def assert_refused(answer: Any, status: int, error: str) -> None:
    assert heard(answer) == (status, {"error_code": status, "error": error})
    assert CallbackEvent.objects.count() == 0


def queries_of(work: Any) -> list[str]:
    """The first words of what the database was asked, transactions left out."""
    with CaptureQueriesContext(connection) as captured:
        work()
    words = [query["sql"].split()[0] for query in captured]
    return [word for word in words if word not in STATEMENTS_OF_TRANSACTIONS]


class TestStored:
    def test_event_waits_and_is_sent_to_the_workers(self, handler: RecordingHandler, sent: Sent):
        before = timezone.now()

        answer = deliver(body_of("RoomEnd", ROOM, Timestamp=1614151000))

        event = CallbackEvent.objects.get()
        assert heard(answer) == (200, {"error_code": 0})
        assert (event.event_type, event.kind, event.room_id) == ("RoomEnd", "room", 3461739)
        assert (event.timestamp_s, event.data) == (1614151000, '{"RoomId":3461739}')
        assert (event.state, event.outcome, event.attempts) == (EventState.WAITING, "", 0)
        assert before <= event.received_at <= timezone.now()
        assert sent.messages == [("classroom.process_event", event.pk, 0.0)]
        assert handler.told == []

    def test_repeated_delivery_is_one_row_and_one_message(
        self, handler: RecordingHandler, sent: Sent
    ):
        body = body_of("RoomEnd", ROOM)
        later = body | {"ExpireTime": body["ExpireTime"] + 60}
        later["Sign"] = signature_of(later["ExpireTime"])

        answers = [heard(deliver(each)) for each in (body, body, later)]

        assert answers == [(200, {"error_code": 0})] * 3
        assert CallbackEvent.objects.count() == 1
        assert len(sent.messages) == 1

    @pytest.mark.parametrize(
        ("event_type", "data", "kind"),
        [
            ("MemberJoin", ROOM | {"UserId": "u"}, EventKind.MEMBER),
            ("MemberQuit", ROOM | {"UserId": "u"}, EventKind.MEMBER),
            ("DocumentCreate", {"DocumentId": "d"}, EventKind.DOCUMENT),
            ("NobodyKnows", {}, EventKind.OTHER),
            ("NobodyKnows", None, EventKind.OTHER),
        ],
    )
    @pytest.mark.usefixtures("handler")
    def test_what_nobody_wants_is_closed_at_once(
        self, sent: Sent, event_type: str, data: object, kind: EventKind
    ):
        assert deliver(body_of(event_type, data)).status_code == 200

        event = CallbackEvent.objects.get()
        assert (event.kind, event.state, event.outcome) == (
            kind,
            EventState.PROCESSED,
            Outcome.NOTHING_TO_DO,
        )
        assert event.closed_at == event.received_at
        assert sent.messages == []

    def test_room_is_not_wanted_without_a_handler(self, register: Register, sent: Sent):
        deliver(body_of("RoomEnd", ROOM))

        assert CallbackEvent.objects.get().outcome == Outcome.NOTHING_TO_DO
        assert sent.messages == []

    @pytest.mark.usefixtures("handler")
    def test_ids_may_be_text(self):
        body = body_of("RoomEnd", {"RoomId": "3461739"}, SdkAppId=str(SDK_APP_ID), Timestamp="17")
        body["ExpireTime"] = str(body["ExpireTime"])

        assert deliver(body).status_code == 200

        event = CallbackEvent.objects.get()
        assert (event.room_id, event.timestamp_s) == (3461739, 17)
        assert event.data == '{"RoomId":"3461739"}'

    @pytest.mark.usefixtures("handler")
    def test_what_no_database_column_likes_is_kept_in_ascii(self):
        data = ROOM | {"a\0b": "\ud800", "c": [2**70, 1e300, True, None, "\udfff"]}

        assert deliver(body_of("ev\0\ud800", data, Timestamp=-(2**63))).status_code == 200

        event = CallbackEvent.objects.get()
        assert json.loads(event.data) == data
        assert (event.event_type, event.timestamp_s) == ("ev\\u0000\\ud800", -(2**63))

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "",
        ],
    )
    def test_content_type_does_not_matter(self, content_type: str):
        body = json.dumps(body_of("RoomEnd", ROOM)).encode()

        answer = Client().generic("POST", PATH, body, content_type=content_type)

        assert heard(answer) == (200, {"error_code": 0})
        assert CallbackEvent.objects.count() == 1

    def test_body_of_exactly_the_limit_is_taken(self):
        body = json.dumps(body_of("RoomEnd", ROOM)).encode()

        assert deliver(body + b" " * (MAX_BODY_BYTES - len(body))).status_code == 200

        assert CallbackEvent.objects.count() == 1

    def test_signature_in_upper_case_is_good(self):
        body = body_of("RoomEnd", ROOM)

        assert deliver(body | {"Sign": body["Sign"].upper()}).status_code == 200

    @pytest.mark.parametrize("key", ["new key", KEY])
    def test_both_keys_are_good_while_they_are_changed(self, settings: Any, key: str):
        settings.LCIC_CALLBACK_KEY = ["new key", KEY]

        assert deliver(body_of("RoomEnd", ROOM, key=key)).status_code == 200

    def test_costs_one_insert(self, handler: RecordingHandler):
        body = body_of("RoomEnd", ROOM)

        assert queries_of(lambda: deliver(body)) == ["INSERT"]
        # The second question tells a repeated delivery from another fault.
        assert queries_of(lambda: deliver(body)) == ["INSERT", "SELECT"]

    def test_waits_for_the_database_once(self, handler: RecordingHandler):
        with CaptureQueriesContext(connection) as captured:
            deliver(body_of("RoomEnd", ROOM))

        assert [query["sql"].split()[0] for query in captured] == ["INSERT"]

    def test_answer_has_the_headers_of_a_page_that_holds_nothing(self):
        answer = deliver(body_of("RoomEnd", ROOM))

        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS

    def test_nothing_that_is_for_people_is_asked(self, monkeypatch: pytest.MonkeyPatch):
        def fail(*_args: Any) -> None:
            raise AssertionError("this is for people")

        for middleware in (SessionMiddleware, CsrfViewMiddleware, AuthenticationMiddleware):
            monkeypatch.setattr(middleware, "process_request", fail)

        assert deliver(body_of("RoomEnd", ROOM)).status_code == 200

    def test_sets_no_cookie(self):
        assert deliver(body_of("RoomEnd", ROOM)).cookies == {}

    def test_same_event_many_times_at_once_is_one_row(self, handler: RecordingHandler, sent: Sent):
        body = body_of("RoomEnd", ROOM)

        answers = all_at_once(lambda _: heard(deliver(body)), range(20))

        assert answers == [(200, {"error_code": 0})] * 20
        assert sent.event_ids == [CallbackEvent.objects.get().pk]


class TestRefused:
    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
    def test_other_methods(self, method: str):
        answer = getattr(Client(), method)(PATH)

        assert_refused(answer, 405, "only POST is answered here")
        assert answer["Allow"] == "POST"

    def test_head(self):
        answer = Client().head(PATH)

        assert (answer.status_code, answer["Allow"]) == (405, "POST")

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            (b"", "the body is not JSON"),
            (b"hello", "the body is not JSON"),
            (b"[]", "the body is not an object"),
            (b"\xff", "the body is not JSON"),
            (b"[" * 100_000, "the body is nested too deeply"),
        ],
    )
    def test_what_is_no_event(self, body: bytes, error: str):
        assert_refused(deliver(body), 400, error)

    @pytest.mark.parametrize("name", ["SdkAppId", "Timestamp", "ExpireTime", "Sign", "EventType"])
    def test_missing_field(self, name: str):
        body = body_of("RoomEnd", ROOM)
        del body[name]

        answer = deliver(body)

        assert answer.status_code == 400
        assert heard(answer)[1]["error"].startswith(f"{name} is missing")
        assert CallbackEvent.objects.count() == 0

    def test_missing_field_comes_before_a_wrong_signature(self):
        body = body_of("RoomEnd", ROOM, Sign="wrong")
        del body["Timestamp"]

        assert deliver(body).status_code == 400

    def test_host_that_is_not_ours(self):
        answer = Client(headers={"host": "elsewhere.example"}).post(
            PATH, body_of("RoomEnd", ROOM), content_type="application/json"
        )

        assert answer.status_code == 400
        assert CallbackEvent.objects.count() == 0

    def test_wrong_signature(self):
        body = body_of("RoomEnd", ROOM, key="another key")

        assert_refused(deliver(body), 403, "wrong signature")

    def test_wrong_signature_comes_before_anything_is_made_of_the_data(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        def fail(_envelope: Envelope) -> str:
            raise AssertionError("the data was written down")

        monkeypatch.setattr(Envelope, "data", property(fail))

        answer = deliver(body_of("RoomEnd", {"a": [[]] * 1500}, Sign="wrong"))

        assert_refused(answer, 403, "wrong signature")

    @pytest.mark.parametrize(
        ("seconds", "error"),
        [(-120, "expired"), (365 * 24 * 3600, "ExpireTime is too far ahead")],
    )
    def test_expire_time_out_of_bounds(self, seconds: int, error: str):
        body = body_of("RoomEnd", ROOM, ExpireTime=int(time.time()) + seconds)

        assert_refused(deliver(body), 403, error)

    def test_another_application(self):
        body = body_of("RoomEnd", ROOM, SdkAppId=SDK_APP_ID + 1)

        assert_refused(deliver(body), 403, "another application")

    def test_everything_without_a_key(self, settings: Any):
        settings.LCIC_CALLBACK_KEY = []

        assert_refused(deliver(body_of("RoomEnd", ROOM)), 403, "no callback key is configured")

    def test_body_that_says_it_is_too_large_is_not_read(self):
        class Unread(io.BytesIO):
            def read(self, *_args: Any) -> bytes:
                raise AssertionError("the body was read")

        request = RequestFactory().generic("POST", PATH, b"")
        request.META |= {"CONTENT_LENGTH": str(MAX_BODY_BYTES + 1), "wsgi.input": Unread()}

        assert_refused(views.receive(request), 413, f"more than {MAX_BODY_BYTES} bytes")

    def test_two_mebibytes(self):
        body = json.dumps(body_of("RoomEnd", ROOM)).encode()

        answer = deliver(body + b" " * 2 * MAX_BODY_BYTES)

        assert_refused(answer, 413, f"more than {MAX_BODY_BYTES} bytes")

    def test_refusal_asks_the_database_nothing(self):
        body = body_of("RoomEnd", ROOM, key="another key")

        assert queries_of(lambda: deliver(body)) == []


class Stream(io.RawIOBase):
    """A body without a stated length, which counts what is read of it."""

    def __init__(self, content: bytes) -> None:
        self.left = content
        self.bytes_read = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        chunk, self.left = self.left[:size], self.left[size:]
        self.bytes_read += len(chunk)
        return chunk


def send_in_chunks(stream: io.IOBase) -> Any:
    request = RequestFactory().generic("POST", PATH)
    request.META.pop("CONTENT_LENGTH", None)
    request.META |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    return views.receive(request)


class TestInChunks:
    def test_is_taken(self):
        body = json.dumps(body_of("RoomEnd", ROOM)).encode()

        assert heard(send_in_chunks(Stream(body))) == (200, {"error_code": 0})

    def test_is_read_as_far_as_shows_that_it_is_too_large(self):
        stream = Stream(b" " * 3 * MAX_BODY_BYTES)

        assert_refused(send_in_chunks(stream), 413, f"more than {MAX_BODY_BYTES} bytes")
        assert stream.bytes_read == MAX_BODY_BYTES + 1

    def test_that_breaks_off_is_malformed(self):
        class Broken(io.RawIOBase):
            def read(self, size: int = -1) -> bytes:
                raise ConnectionResetError

        assert_refused(send_in_chunks(Broken()), 400, "the body broke off")


class TestDatabase:
    @pytest.fixture
    def client(self) -> Client:
        """Return what the cloud hears of a fault, which the test client would raise."""
        return Client(raise_request_exception=False)

    def test_that_cannot_store_is_a_server_error(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ):
        def fail(*_args: Any, **_options: Any) -> None:
            raise DatabaseError("disk full")

        monkeypatch.setattr(CallbackEventQuerySet, "insert_new", fail)

        answers: list[int] = []
        asked = queries_of(
            lambda: answers.append(deliver(body_of("RoomEnd", ROOM), client).status_code)
        )

        # The page that says so needs no database either.
        assert (answers, asked) == ([500], [])

    def test_other_broken_rules_are_no_repeated_delivery(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("classroom.envelope.kind_of", lambda *_arguments: "no such kind")

        assert deliver(body_of("RoomEnd", ROOM), client).status_code == 500
        assert CallbackEvent.objects.count() == 0

    def test_row_that_was_forgotten_in_between_is_stored_again(
        self, monkeypatch: pytest.MonkeyPatch, handler: RecordingHandler
    ):
        body = body_of("RoomEnd", ROOM)
        insert = CallbackEventQuerySet.insert_new

        def insert_and_forget(rows: CallbackEventQuerySet, event: CallbackEvent) -> bool:
            is_new = insert(rows, event)
            if not is_new:
                CallbackEvent.objects.all().delete()
            return is_new

        monkeypatch.setattr(CallbackEventQuerySet, "insert_new", insert_and_forget)

        answers = [heard(deliver(body)) for _ in range(2)]

        assert answers == [(200, {"error_code": 0})] * 2
        assert CallbackEvent.objects.count() == 1


class TestLog:
    def test_refusals_are_one_line_a_minute(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        bad = body_of("RoomEnd", ROOM, Sign="guess")
        start = "callbacks refused since the last such line"

        for each in (bad, bad, bad, b"", body_of("RoomEnd", ROOM, SdkAppId=1)):
            deliver(each)
        views._refused._next_log_at -= LOG_EVERY_S
        deliver(b"")

        assert [each.getMessage() for each in caplog.records] == [
            f"{start}: 1 (wrong signature 1)",
            f"{start}: 5 (another application 1, form 2, wrong signature 2)",
        ]

    def test_neither_keys_nor_bodies_are_logged(
        self, caplog: pytest.LogCaptureFixture, handler: RecordingHandler
    ):
        caplog.set_level(logging.DEBUG)
        good = body_of("RoomEnd", ROOM | {"RecordUrl": "https://secret.example/f0.mp4"})

        for body in (good, good | {"Sign": "a-guessed-sign"}, good | {"SdkAppId": 5}):
            deliver(body)

        for secret in (KEY, good["Sign"], "a-guessed-sign", "secret.example"):
            assert secret not in caplog.text


def test_signed_in_person_has_no_business_here(teacher: User):
    client = Client()
    client.force_login(teacher)

    assert client.get(PATH).status_code == 405


def test_any_body_is_answered(handler: RecordingHandler):
    """Strange values of each field, and bodies spoiled at random, always in the same way: none is a fault of ours."""
    choices = random.Random(20261124)
    client = Client(enforce_csrf_checks=True)
    sound = body_of("RoomStart", ROOM)
    strange = [sound | {field: value} for field in sound for value in STRANGE]
    bodies = [json.dumps(body).encode() for body in strange]
    bodies += [spoiled(choices) for _ in range(300)]

    answers = {deliver(body, client).status_code for body in bodies}

    assert answers <= {200, 400, 403, 413}
    assert {200, 400, 403} <= answers


STRANGE: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, -(2**63) - 1, 10**4000, 1.5, 1e308, "", "7", "\0", "\ud800"),
    *([], {}, [[]], {"RoomId": []}, {"RoomId": 2**64}, {"RoomId": "9" * 5000}, "课" * 200),
)


def spoiled(choices: random.Random) -> bytes:
    body: dict[str, Any] = body_of(
        choices.choice(["RoomStart", "MemberJoin", "DocumentX", "\ud800"]),
        choices.choice([None, {}, ROOM, {"RoomId": "5"}, {"x": "\0"}]),
        Timestamp=choices.randrange(10**9),
    )
    for _ in range(choices.choice([0, 0, 1, 2])):
        body[choices.choice(list(body))] = choices.choice(STRANGE)
    text = bytearray(json.dumps(body).encode(choices.choice(["utf-8", "utf-8", "utf-16"])))
    for _ in range(choices.choice([0, 0, 0, 1, 3])):
        place = choices.randrange(len(text))
        if choices.random() < 0.5:
            text[place] = choices.randrange(256)
        else:
            del text[place:]
            text = text or bytearray(b"{")
    return bytes(text)
