"""Documents through the vendor's client, against the real local cloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from classroom.client import documents, rooms, users
from classroom.client.documents import DocumentAddress, DocumentDetails, DocumentPlan
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.peers import Script, answering
from tests.support.roomplans import plan_of

DOOR = Priority.INTERACTIVE


@pytest.fixture
def owner(local_cloud: LocalCloud) -> str:
    return users.register_user(Participant("origin-owner", "李老师"), DOOR)


def plan(owner: str, name: str = "图.png") -> DocumentPlan:
    return DocumentPlan(
        name=name,
        url=f"http://127.0.0.1:9/{name}",
        owner_user_id=owner,
        transcode_type=0,
        is_public=False,
        suffix="png",
        size_bytes=9,
    )


@pytest.fixture
def document_id(owner: str) -> str:
    return documents.create_document(plan(owner), DOOR)


class TestCreate:
    def test_tells_the_cloud_the_whole_plan(self, local_cloud: LocalCloud, owner: str):
        documents.create_document(replace(plan(owner), is_public=True), DOOR)

        assert json.loads(local_cloud.calls(action="CreateDocument")[0]["body_text"]) == {
            "SdkAppId": SDK_APP_ID,
            "DocumentUrl": "http://127.0.0.1:9/图.png",
            "DocumentName": "图.png",
            "Owner": owner,
            "TranscodeType": 0,
            "Permission": 1,
            "DocumentType": "png",
            "DocumentSize": 9,
        }

    def test_elements_that_the_cloud_cannot_show_are_dropped_when_asked(
        self, local_cloud: LocalCloud, owner: str
    ):
        documents.create_document(replace(plan(owner), drops_unsupported_elements=True), DOOR)

        sent = json.loads(local_cloud.calls(action="CreateDocument")[0]["body_text"])
        assert sent["AutoHandleUnsupportedElement"] is True

    def test_unknown_owner_is_refused(self, local_cloud: LocalCloud):
        with pytest.raises(CloudRejected) as refused:
            documents.create_document(plan("nobody"), DOOR)

        assert is_kind(refused.value, ErrorKind.USER_GONE)

    def test_is_called_once_however_it_ends(self, local_cloud: LocalCloud, owner: str):
        local_cloud.switch("CreateDocument", "drop_after")

        with pytest.raises(CloudUnavailable) as unanswered:
            documents.create_document(plan(owner), DOOR)

        assert unanswered.value.outcome_is_known is False
        assert len(local_cloud.documents()) == 1


class TestLook:
    def test_says_what_the_cloud_knows(self, document_id: str, owner: str):
        assert documents.describe_document(document_id, DOOR) == DocumentDetails(
            document_id=document_id,
            sdk_app_id=SDK_APP_ID,
            url="http://127.0.0.1:9/图.png",
            owner_user_id=owner,
            transcode_type=0,
            state=documents.NOT_NEEDED,
            percent=0,
            result="",
            info="",
            pages=None,
            cover_url="",
        )

    def test_unknown_document_is_none(self, local_cloud: LocalCloud):
        assert documents.describe_document("nonesuch", DOOR) is None

    def test_list_leaves_out_what_there_is_not(self, document_id: str, owner: str):
        other = documents.create_document(plan(owner, "b.png"), DOOR)

        listed = documents.list_documents([document_id, "nonesuch"], DOOR)

        assert [each.document_id for each in listed] == [document_id]
        assert other != document_id

    def test_list_of_nothing_asks_nobody(self, local_cloud: LocalCloud):
        assert documents.list_documents([], DOOR) == []
        assert local_cloud.calls() == []

    def test_all_of_a_person_are_gone_through_page_by_page(
        self, local_cloud: LocalCloud, owner: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(documents, "PAGE_SIZE", 2)
        made = {documents.create_document(plan(owner, f"{n}.png"), DOOR) for n in range(5)}
        other = users.register_user(Participant("origin-other", "赵老师"), DOOR)
        documents.create_document(plan(other), DOOR)

        found = list(documents.documents_of(owner, DOOR))

        assert {each.document_id for each in found} == made
        assert len(found) == 5
        assert len(local_cloud.calls(action="BatchDescribeDocument")) == 3


class TestRooms:
    @pytest.fixture
    def room_id(self, owner: str) -> int:
        return rooms.create_room(plan_of(owner), DOOR)

    @pytest.mark.parametrize(("is_shown", "bind_type"), [(False, 0), (True, 1)])
    def test_document_is_bound(
        self, local_cloud: LocalCloud, document_id: str, room_id: int, is_shown, bind_type
    ):
        documents.bind_document(room_id, document_id, is_shown_at_once=is_shown, priority=DOOR)

        assert local_cloud.bound(room_id) == {document_id: bind_type}

    def test_room_that_takes_no_more_says_so(
        self, local_cloud: LocalCloud, document_id: str, room_id: int
    ):
        local_cloud.set_transcoding(document_limit=0)

        with pytest.raises(CloudRejected) as refused:
            documents.bind_document(room_id, document_id, is_shown_at_once=False, priority=DOOR)

        assert is_kind(refused.value, ErrorKind.TOO_MANY_DOCUMENTS)

    def test_document_is_unbound_and_again_is_fine(
        self, local_cloud: LocalCloud, document_id: str, room_id: int
    ):
        documents.bind_document(room_id, document_id, is_shown_at_once=False, priority=DOOR)

        for _time in range(2):
            documents.unbind_document(room_id, document_id, DOOR)
        documents.unbind_document(1, document_id, DOOR)

        assert local_cloud.bound(room_id) == {}


def test_deleted_document_is_gone_and_again_is_fine(local_cloud: LocalCloud, document_id: str):
    for _time in range(2):
        documents.delete_document(document_id, DOOR)

    assert local_cloud.documents() == []


ODD_IDS = [None, "", 5, "d" * 129, "d\0", "d\ud800"]


def said(**more: Any) -> dict[str, Any]:
    """Say what the cloud says of a document that it has transcoded, with `more` of a test's own."""
    return {
        "DocumentId": "d",
        "DocumentUrl": "http://127.0.0.1:9/a.pdf",
        "Owner": "u",
        "SdkAppId": SDK_APP_ID,
        "TranscodeType": 1,
        "TranscodeState": 3,
        "TranscodeProgress": 100,
        "TranscodeResult": "https://cloud.example/picture/",
        "TranscodeInfo": "",
        "Pages": 2,
    } | more


class TestOddAnswers:
    @pytest.fixture
    def answer(self, local_cloud: LocalCloud, settings: Any) -> Iterator[Callable[..., Script]]:
        """Have the cloud answer every call with these values."""
        with ExitStack() as stack:

            def answer_all(**values: Any) -> Script:
                body = json.dumps({"Response": {"RequestId": "r", **values}}).encode()
                script = stack.enter_context(answering(Script(body=body)))
                settings.LCIC_ENDPOINT = script.url
                return script

            yield answer_all

    @pytest.mark.parametrize("document_id", ODD_IDS, ids=repr)
    def test_made_document_without_a_usable_id_is_garbled(self, answer, document_id):
        answer(DocumentId=document_id)

        with pytest.raises(CloudProtocolError):
            documents.create_document(plan("u"), DOOR)

    @pytest.mark.parametrize(
        "odd",
        [
            *({"DocumentId": document_id} for document_id in ODD_IDS),
            {"DocumentId": "another"},
            {"TranscodeState": "3"},
            {"SdkAppId": None},
            {"Pages": "2"},
        ],
        ids=repr,
    )
    def test_document_without_what_it_must_have_is_garbled(self, answer, odd):
        answer(**said(**odd))

        with pytest.raises(CloudProtocolError):
            documents.describe_document("d", DOOR)

    @pytest.mark.parametrize(
        ("odd", "taken"),
        [
            ({"Pages": 2**31 - 1}, {"pages": 2**31 - 1}),
            ({"Pages": 2**31}, {"pages": None}),
            ({"Pages": -1}, {"pages": None}),
            ({"Pages": 10**30}, {"pages": None}),
            ({"TranscodeProgress": 10**30}, {"percent": 0}),
            ({"TranscodeProgress": 101}, {"percent": 100}),
            ({"TranscodeResult": "Bad\0\ud800"}, {"result": "Bad?"}),
            ({"TranscodeInfo": "坏\0了"}, {"info": "坏了"}),
            ({"TranscodeInfo": "GET https://own.example/t: 404"}, {"info": "GET … 404"}),
        ],
        ids=repr,
    )
    def test_what_no_column_holds_is_cleaned_or_unknown(self, answer, odd, taken):
        answer(**said(**odd))

        details = documents.describe_document("d", DOOR)

        assert details is not None
        assert {name: getattr(details, name) for name in taken} == taken

    @pytest.mark.parametrize("odd", [{"DocumentId": None}, {"TranscodeState": "3"}], ids=repr)
    def test_garbled_entry_of_a_list_spoils_no_other(self, answer, odd):
        answer(Total=2, Documents=[said(**odd), said(DocumentId="sound")])

        listed = documents.list_documents(["d", "sound"], DOOR)

        assert [each.document_id for each in listed] == ["sound"]

    def test_person_whose_documents_are_never_at_an_end_is_left(self, answer, monkeypatch):
        monkeypatch.setattr(documents, "MAX_PAGES", 3)
        script = answer(Total=10**6, Documents=[said(), said(DocumentId="", TranscodeState="3")])

        found = list(documents.documents_of("u", DOOR))

        assert found == [DocumentAddress("d", "http://127.0.0.1:9/a.pdf")] * 3
        assert len(script.paths) == 3

    @pytest.mark.parametrize(
        "values", [{"Total": 5, "Documents": []}, {"Total": 5}, {"Total": 1, "Documents": [said()]}]
    )
    def test_person_has_as_many_documents_as_the_cloud_says(self, answer, values):
        script = answer(**values)

        found = list(documents.documents_of("u", DOOR))

        assert len(found) == len(values.get("Documents", []))
        assert len(script.paths) == 1


def test_page_that_is_not_full_is_not_the_last(
    local_cloud: LocalCloud, owner: str, monkeypatch: pytest.MonkeyPatch
):
    """The cloud may give fewer on a page than it was asked for."""
    made = {documents.create_document(plan(owner, f"{n}.png"), DOOR) for n in range(5)}
    original = documents._list_request

    def ask_for_two(*, page: int) -> Any:
        request = original(page=page)
        request.Limit = 2
        return request

    monkeypatch.setattr(documents, "_list_request", ask_for_two)

    assert {each.document_id for each in documents.documents_of(owner, DOOR)} == made
