"""Callbacks about documents, under the names that this cloud gives them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud import coursefiles
from tests.localcloud.conftest import Api, Control
from tests.localcloud.courseware import create, done, ended
from tests.localcloud.filesite import Site
from tests.localcloud.receiver import Receiver
from tests.localcloud.signed import KEY, events, sign


@pytest.fixture(autouse=True)
def called_back(control: Control, receiver: Receiver) -> None:
    control.post("/callbacks", url=receiver.url, key=KEY)


def told(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what a callback tells of a document."""
    names = ("DocumentId", "DocumentName", "Owner", "TranscodeType", "TranscodeState")
    more = ("TranscodeProgress", "TranscodeResult", "TranscodeInfo", "Pages")
    return {**{name: document[name] for name in (*names, *more)}, **changes}


def test_document_from_creation_to_deletion(
    api: Api, receiver: Receiver, teacher: dict[str, Any], site: Site
) -> None:
    url = site.put("a.pdf", coursefiles.pdf(producer="排版软件"))
    document = done(api, create(api, teacher, url))
    api.call("DeleteDocument", DocumentId=document["DocumentId"])

    fresh = {
        "TranscodeState": 1,
        "TranscodeProgress": 0,
        "TranscodeResult": "",
        "TranscodeInfo": "",
        "Pages": 0,
    }
    assert events(receiver, 3) == [
        ("DocumentCreate", told(document, **fresh)),
        ("DocumentTranscodeFinish", told(document)),
        ("DocumentDelete", told(document)),
    ]
    first = receiver.received[0]
    assert first["Sign"] == sign(KEY, first["ExpireTime"])


def test_failed_transcode_is_told_too(
    api: Api, receiver: Receiver, teacher: dict[str, Any], site: Site
) -> None:
    document = ended(api, create(api, teacher, site.put("a.pdf", b"broken")))

    finish = events(receiver, 2)[1]

    assert finish == ("DocumentTranscodeFinish", told(document))
    assert finish[1]["TranscodeState"] == 2


def test_plain_document_has_no_transcode_to_tell_of(
    api: Api, control: Control, receiver: Receiver, teacher: dict[str, Any]
) -> None:
    document_id = create(api, teacher, "https://files.invalid/a.png", TranscodeType=0)
    api.call("DeleteDocument", DocumentId=document_id)

    control.delivered(2)

    assert receiver.types() == ["DocumentCreate", "DocumentDelete"]


def test_document_that_vanishes_in_the_cloud_is_told(
    api: Api, control: Control, receiver: Receiver, teacher: dict[str, Any]
) -> None:
    document_id = create(api, teacher, "https://files.invalid/a.png", TranscodeType=0)

    control.post(f"/documents/{document_id}/delete")

    name, data = events(receiver, 2)[1]
    assert (name, data["DocumentId"]) == ("DocumentDelete", document_id)


def test_forged_finish_claims_a_success(
    api: Api, control: Control, receiver: Receiver, teacher: dict[str, Any], site: Site
) -> None:
    control.post("/callbacks", forge=True)
    document = ended(api, create(api, teacher, site.put("a.pdf", b"broken")))

    finish = events(receiver, 2)[1]

    forged = {"TranscodeState": 3, "TranscodeResult": "https://forged.invalid/picture/"}
    assert document["TranscodeState"] == 2
    assert finish == ("DocumentTranscodeFinish", told(document, **forged, Pages=99))


def test_events_of_one_document_do_not_wait_for_another(
    api: Api, control: Control, receiver: Receiver, teacher: dict[str, Any]
) -> None:
    receiver.statuses = [500, 200]
    control.post("/callbacks", retry_s=[0.3])

    ids = [create(api, teacher, "https://files.invalid/a.png", TranscodeType=0) for _ in range(2)]
    control.delivered(2)

    tries = sorted(each["tries"] for each in control.deliveries())
    lanes = {each["data"]["DocumentId"]: each["room_id"] for each in control.deliveries()}
    assert tries == [1, 2]
    assert lanes[ids[1]] == lanes[ids[0]] - 1 < -1


def test_seed_decides_for_each_document(
    api: Api, control: Control, teacher: dict[str, Any]
) -> None:
    control.post("/callbacks", seed=7, lose=0.5)
    for _ in range(12):
        create(api, teacher, "https://files.invalid/a.png", TranscodeType=0)

    outcomes = {each["room_id"]: each["outcome"] for each in control.delivered(12)}

    assert max(outcomes) - min(outcomes) == 11
    assert set(outcomes.values()) == {"sent", "lost"}
