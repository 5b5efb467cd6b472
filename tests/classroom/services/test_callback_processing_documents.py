"""Events about documents: handled like those about rooms, each document by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from classroom.client import documents
from classroom.client.documents import DocumentPlan
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant, register_user
from classroom.enums import EventKind, EventState, Outcome, Source
from classroom.hooks import Changes, DocumentEvent, NotOurs, document_handlers
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from classroom.services.inbox import run_again
from tests.classroom.conftest import Applied, RecordingHandler, Register, Sent
from tests.factories.classroom import CallbackEventFactory
from tests.support.callbacks import body_of, deliver
from tests.support.cloud import LocalCloud

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sent")]


class Looker:
    """Asks the cloud for the document, and notes the told and what it would save."""

    def __init__(self) -> None:
        self.told: list[DocumentEvent] = []
        self.saved: list[int | None] = []
        self.is_ours = True

    def __call__(self, told: DocumentEvent) -> Changes:
        self.told.append(told)
        if not self.is_ours:
            raise NotOurs
        details = told.snapshot.details
        return Applied(lambda: self.saved.append(details.state if details else None))


@pytest.fixture
def looker(register: Register) -> Looker:
    """The only handler of events about documents."""
    looker = Looker()
    document_handlers.register(looker, order=1)
    return looker


@pytest.fixture
def document_id(inbox: LocalCloud) -> str:
    """An image that is in the cloud."""
    owner = register_user(Participant("teacher", "李老师"), Priority.INTERACTIVE)
    plan = DocumentPlan("图.png", "http://127.0.0.1:9/a.png", owner, 0, False, "png", 9)
    return documents.create_document(plan, Priority.INTERACTIVE)


def event_of(document_id: str, event_type: str = "DocumentCreate", **more: Any) -> CallbackEvent:
    fields = {"room_id": None, "kind": EventKind.DOCUMENT} | more
    return CallbackEventFactory.create(event_type=event_type, document_id=document_id, **fields)


def outcomes() -> list[tuple[str, str]]:
    return list(CallbackEvent.objects.order_by("pk").values_list("state", "outcome"))


HANDLED = (EventState.PROCESSED, Outcome.HANDLED)


def test_delivery_is_stored_with_its_document_and_the_cloud_asked(
    looker: Looker, inbox: LocalCloud, document_id: str
):
    body = body_of("DocumentTranscodeFinish", {"DocumentId": document_id, "TranscodeState": 2})
    assert deliver(body).status_code == 200
    event = CallbackEvent.objects.get()
    assert (event.document_id, event.state) == (document_id, EventState.WAITING)

    process_event(event.pk, at=timezone.now())

    (told,) = looker.told
    assert outcomes() == [HANDLED]
    assert looker.saved == [documents.NOT_NEEDED]  # what the API says, not the body
    assert (told.document_id, told.snapshot.document_id) == (document_id, document_id)
    assert (told.event_types, told.snapshot.source) == (
        frozenset({"DocumentTranscodeFinish"}),
        Source.CALLBACK,
    )


def test_storm_of_one_document_takes_one_look(looker: Looker, document_id: str, inbox: LocalCloud):
    events = [event_of(document_id, f"Document{number}") for number in range(5)]
    before = len(inbox.calls())

    for event in events:
        process_event(event.pk, at=timezone.now())

    assert outcomes() == [HANDLED] * 5
    assert len(inbox.calls()) - before == 1
    assert looker.told[0].event_types == {f"Document{number}" for number in range(5)}


def test_documents_of_one_room_are_looked_at_one_by_one(looker: Looker, document_id: str):
    first, second = event_of(document_id, room_id=7), event_of("another", room_id=7)

    process_event(first.pk, at=timezone.now())

    assert [told.document_id for told in looker.told] == [document_id]
    second.refresh_from_db()
    assert second.state == EventState.WAITING


def test_room_and_its_document_are_two_things(
    looker: Looker, handler: RecordingHandler, document_id: str
):
    event = event_of(document_id, room_id=7)

    process_event(event.pk, at=timezone.now())

    assert (len(looker.told), handler.told) == (1, [])


def test_document_that_is_gone_is_an_answer(looker: Looker, inbox: LocalCloud):
    event = event_of("nonesuch")

    process_event(event.pk, at=timezone.now())

    assert (outcomes(), looker.saved) == ([HANDLED], [None])


def test_document_of_others_closes_the_event(looker: Looker, inbox: LocalCloud):
    looker.is_ours = False
    event = event_of("theirs")

    process_event(event.pk, at=timezone.now())

    assert outcomes() == [(EventState.PROCESSED, Outcome.UNKNOWN_DOCUMENT)]
    assert inbox.calls() == []


def test_silence_of_the_cloud_is_tried_again(looker: Looker, inbox: LocalCloud, document_id: str):
    inbox.switch("DescribeDocument", "http500")
    event = event_of(document_id)

    process_event(event.pk, at=timezone.now())

    event.refresh_from_db()
    assert (event.state, event.attempts) == (EventState.WAITING, 1)
    assert event.due_at is not None
    assert "CloudUnavailable" in event.last_error


@pytest.mark.parametrize(
    "data", [{}, {"DocumentId": ""}, {"DocumentId": "two words"}, {"RoomId": 5}]
)
def test_event_without_a_usable_id_is_closed_at_once(
    looker: Looker, inbox: LocalCloud, data: object
):
    assert deliver(body_of("DocumentCreate", data)).status_code == 200

    assert outcomes() == [(EventState.PROCESSED, Outcome.NOTHING_TO_DO)]


@pytest.mark.usefixtures("handler", "inbox")
def test_event_that_nobody_handles_is_closed_at_once():
    assert deliver(body_of("DocumentCreate", {"DocumentId": "d"})).status_code == 200

    assert outcomes() == [(EventState.PROCESSED, Outcome.NOTHING_TO_DO)]


@pytest.mark.usefixtures("looker")
def test_running_again_sends_one_event_of_each_document(sent: Sent):
    closed = {"state": EventState.PROCESSED, "outcome": Outcome.UNKNOWN_DOCUMENT}
    first, _same, other = (event_of(name, **closed) for name in ("a", "a", "b"))

    count = run_again(CallbackEvent.objects.all(), at=timezone.now())

    assert count == 3
    assert sent.event_ids == [first.pk, other.pk]


def test_cover_is_asked_for_when_the_transcode_is_done(
    looker: Looker, monkeypatch: pytest.MonkeyPatch, inbox: LocalCloud, document_id: str
):
    details = documents.describe_document(document_id, Priority.INTERACTIVE)
    assert details is not None
    done = replace(details, state=documents.DONE, result="https://x/picture/")
    monkeypatch.setattr(documents, "describe_document", lambda *_args: done)
    covered = replace(done, cover_url="https://x/cover.jpg")
    monkeypatch.setattr(documents, "list_documents", lambda *_args: [covered])
    event = event_of(document_id)

    process_event(event.pk, at=timezone.now())

    look = looker.told[0].snapshot
    assert look.details == covered
