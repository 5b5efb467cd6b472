"""The small pictures of images: made once, bounded, behind the same door as the image."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from accounts.models import User
from courseware.models import Courseware
from courseware.services import thumbnails
from courseware.services.deletion import delete, finish_deletions
from tests.cast import SignedIn
from tests.factories.courseware import CoursewareFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


def picture(size: tuple[int, int] = (800, 600), kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind)
    return out.getvalue()


def image_of(owner: User, content: bytes, suffix: str = "png") -> Courseware:
    return CoursewareFactory.create(owner=owner, suffix=suffix, content=content)


def address(courseware: Courseware) -> str:
    return f"/courseware/{courseware.code}/thumbnail/"


@pytest.mark.parametrize(
    ("suffix", "kind", "mode"),
    [("png", "PNG", "RGBA"), ("jpg", "JPEG", "RGB"), ("gif", "GIF", "P"), ("bmp", "BMP", "RGB")],
)
def test_is_a_small_jpeg(signed_in: SignedIn, teacher: User, suffix: str, kind: str, mode: str):
    image = image_of(teacher, picture(kind=kind, mode=mode), suffix)

    answer = signed_in(teacher).get(address(image))

    made = Image.open(io.BytesIO(answer.content))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert (made.format, made.size) == ("JPEG", (480, 360))


def test_is_made_once(signed_in: SignedIn, teacher: User, monkeypatch: pytest.MonkeyPatch):
    client = signed_in(teacher)
    image = image_of(teacher, picture())
    first = client.get(address(image))
    monkeypatch.setattr(thumbnails, "_make", None)

    again = client.get(address(image))
    known = client.get(address(image), headers={"If-None-Match": first["ETag"]})

    assert again.content == first.content
    assert (known.status_code, known.content) == (304, b"")
    assert first["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    "content",
    [picture()[:60], b"no picture", picture((5000, 4000), mode="1"), b""],
    ids=["cut", "text", "bomb", "empty"],
)
def test_what_gives_none_is_not_tried_again(
    signed_in: SignedIn, teacher: User, content: bytes, monkeypatch: pytest.MonkeyPatch
):
    client = signed_in(teacher)
    image = image_of(teacher, content)
    first = client.get(address(image)).status_code
    monkeypatch.setattr(thumbnails, "_make", None)

    assert (first, client.get(address(image)).status_code) == (404, 404)


def test_storage_that_is_away_is_no_broken_picture(
    signed_in: SignedIn, teacher: User, monkeypatch: pytest.MonkeyPatch
):
    client = signed_in(teacher)
    image = image_of(teacher, picture())

    def fail(*_args: Any) -> None:
        raise OSError("away")

    with monkeypatch.context() as patched:
        patched.setattr(type(default_storage), "open", fail, raising=False)
        patched.setattr(type(image.file.storage), "open", fail, raising=False)
        away = client.get(address(image))

    assert (away.status_code, away["Retry-After"]) == (503, "30")
    assert client.get(address(image)).status_code == 200


def test_who_would_wait_long_comes_back_later(
    signed_in: SignedIn, teacher: User, monkeypatch: pytest.MonkeyPatch
):
    image = image_of(teacher, picture())
    client = signed_in(teacher)
    monkeypatch.setattr(thumbnails, "WAIT_S", 0.01)

    with thumbnails._one_at_a_time:
        answer = client.get(address(image))

    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("who", "status"),
    [("teacher", 200), ("planner", 200), ("supervisor", 200), ("student", 404), ("outsider", 404)],
)
def test_door_is_that_of_the_image(
    request: pytest.FixtureRequest, signed_in: SignedIn, teacher: User, who: str, status: int
):
    image = image_of(teacher, picture())

    assert signed_in(request.getfixturevalue(who)).get(address(image)).status_code == status


def test_other_kinds_have_none_of_ours(signed_in: SignedIn, courseware: Courseware, teacher: User):
    assert signed_in(teacher).get(address(courseware)).status_code == 404


def test_goes_with_its_image(signed_in: SignedIn, teacher: User, storage: Path, settings: Any):
    image = image_of(teacher, picture())
    image.document_id = ""
    image.save()
    signed_in(teacher).get(address(image))
    kept = [each for each in storage.rglob("*") if each.is_file()]
    delete(image, at=image.uploaded_at)

    finish_deletions(image.uploaded_at)

    assert len(kept) == 2
    assert [each for each in storage.rglob("*") if each.is_file()] == []
