"""One's own page: a picture comes out as a small JPEG of nothing but itself, or is refused in words."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import KeepingTime, SchoolSettings, User
from replays.services.watching import KEPT
from tests.cast import SignedIn
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

PROFILE = "/accounts/profile/"
UPLOAD = "/accounts/profile/picture/"
MIB = 1024 * 1024
NOT_A_PICTURE = "这个文件不是可用的图片。请选择 JPEG、PNG、WebP 或 GIF。"


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", size, "teal").save(packed, kind, **options)
    return packed.getvalue()


def with_place() -> bytes:
    """A photo that says where it was taken, with which camera, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (31.0, 14.0, 0.0)}
    return picture(exif=exif, comment=b"hidden comment")


def bomb() -> bytes:
    """A PNG of a few bytes whose head promises 20,000 times 20,000 points."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def upload(client: Client, content: bytes, name: str = "me.jpg", status: int = 302) -> Element:
    answer = client.post(UPLOAD, {"picture": SimpleUploadedFile(name, content)})
    assert answer.status_code == status
    return read(answer.content)


def content_of(user: User) -> bytes:
    user.refresh_from_db()
    with user.avatar.open() as file:
        return bytes(file.read())


def files(folder: str) -> list[Path]:
    return [path for path in Path(folder).rglob("*") if path.is_file()]


class TestPage:
    def test_shows_name_and_roles(self, signed_in: SignedIn, teacher: User) -> None:
        page = read(signed_in(teacher).get(PROFILE).content).one("main")

        assert page.one("h1").text == "李老师"
        assert [each.text for each in page.one("dl").all("dd")] == ["teacher", "老师"]
        assert page.link("设置密码") == "/accounts/password/change/"

    def test_says_how_long_is_kept_what_they_watch(
        self, signed_in: SignedIn, student: User
    ) -> None:
        client = signed_in(student, "en")
        sentence = "Kept for %d days: where you stopped in a replay"

        assert sentence % KEPT.days in read(client.get(PROFILE).content).text
        KeepingTime.objects.create(kind="watched", days=60)
        assert sentence % 60 in read(client.get(PROFILE).content).text

    def test_says_that_the_school_records_who_watches_when_it_does(
        self, signed_in: SignedIn, teacher: User, student: User
    ) -> None:
        clients = [signed_in(user) for user in (teacher, student)]
        recorded = "学校会记录您何时观看、看了多久。"

        assert not any(recorded in read(each.get(PROFILE).content).text for each in clients)
        SchoolSettings.objects.update_or_create(pk=1, defaults={"keeps_watch_records": True})
        assert all(recorded in read(each.get(PROFILE).content).text for each in clients)

    def test_nothing_to_remove_without_a_picture(self, signed_in: SignedIn, teacher) -> None:
        page = read(signed_in(teacher).get(PROFILE).content)

        assert page.all("button", name="remove") == []


class TestUpload:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
    def test_every_kind_becomes_a_jpeg(
        self, signed_in: SignedIn, teacher: User, settings: Any, kind: str
    ) -> None:
        upload(signed_in(teacher), picture(kind), name=f"me.{kind.lower()}")

        with Image.open(io.BytesIO(content_of(teacher))) as stored:
            assert stored.format == "JPEG"
        assert len(files(settings.MEDIA_ROOT)) == 1

    def test_page_shows_it_and_says_so(self, signed_in: SignedIn, teacher: User) -> None:
        client = signed_in(teacher)
        upload(client, picture())
        teacher.refresh_from_db()

        page = read(client.get(PROFILE).content)

        assert "头像已更新。" in page.text
        assert page.one("main").one("img").attrs["src"] == teacher.avatar.url
        assert page.one("button", name="remove").text == "删除头像"

    def test_place_and_camera_are_gone_and_it_stands_upright(
        self, signed_in: SignedIn, teacher: User
    ) -> None:
        upload(signed_in(teacher), with_place())

        content = content_of(teacher)
        assert b"SecretCamera" not in content
        assert b"hidden comment" not in content
        with Image.open(io.BytesIO(content)) as stored:
            assert not stored.getexif()
            assert stored.size == (30, 40)

    def test_what_is_transparent_becomes_white(self, signed_in: SignedIn, teacher: User) -> None:
        packed = io.BytesIO()
        Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(packed, "PNG")

        upload(signed_in(teacher), packed.getvalue(), name="me.png")

        with Image.open(io.BytesIO(content_of(teacher))) as stored:
            assert stored.getpixel((20, 15)) == (255, 255, 255)

    def test_large_one_is_made_small(self, signed_in: SignedIn, teacher: User) -> None:
        upload(signed_in(teacher), picture(size=(3000, 1500)))

        with Image.open(io.BytesIO(content_of(teacher))) as stored:
            assert stored.size == (512, 256)

    def test_name_of_the_file_tells_nothing(self, signed_in: SignedIn, teacher: User) -> None:
        upload(signed_in(teacher), picture(), name="../李静怡 13800138000.jpg")

        teacher.refresh_from_db()
        folder, _, name = str(teacher.avatar.name).rpartition("/")
        assert folder == "avatars"
        assert "1380" not in name
        assert name.isascii()

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("me.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
            ("me.jpg", b"<!DOCTYPE html><script>alert(1)</script>"),
            ("me.jpg", b"%PDF-1.7 nothing"),
            ("me.tiff", picture("TIFF")),
            ("cut.jpg", picture(size=(400, 400))[:300]),
            ("bomb.png", bomb()),
        ],
        ids=["svg", "html", "pdf", "tiff", "cut", "bomb"],
    )
    def test_what_is_no_picture_is_refused(
        self, signed_in: SignedIn, teacher: User, settings: Any, name: str, content: bytes
    ) -> None:
        page = upload(signed_in(teacher), content, name=name, status=422)

        assert page.one("ul", "errors").text == NOT_A_PICTURE
        teacher.refresh_from_db()
        assert not teacher.avatar
        assert files(settings.MEDIA_ROOT) == []

    def test_too_large_is_refused(self, signed_in: SignedIn, teacher: User) -> None:
        page = upload(signed_in(teacher), picture() + b"\0" * (5 * MIB), status=422)

        assert page.one("ul", "errors").text == "文件超过 5 MB，请选择小一些的图片。"

    def test_five_mib_are_taken(self, signed_in: SignedIn, teacher: User) -> None:
        content = picture()

        upload(signed_in(teacher), content + b"\0" * (5 * MIB - len(content)))

    def test_nothing_chosen_is_said(self, signed_in: SignedIn, teacher: User) -> None:
        answer = signed_in(teacher).post(UPLOAD)

        assert answer.status_code == 422
        assert read(answer.content).all("ul", "errors")

    def test_is_one_s_own_only(self, client: Client) -> None:
        answer = client.post(UPLOAD, {"picture": SimpleUploadedFile("me.jpg", picture())})

        assert answer["Location"].startswith("/accounts/login/")


class TestRemoval:
    def test_picture_goes_with_its_file(
        self,
        signed_in: SignedIn,
        teacher: User,
        settings: Any,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        client = signed_in(teacher)
        upload(client, picture())

        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(UPLOAD, {"remove": "1"})

        assert answer["Location"] == PROFILE
        assert "头像已删除。" in read(client.get(PROFILE).content).text
        teacher.refresh_from_db()
        assert not teacher.avatar
        assert files(settings.MEDIA_ROOT) == []


class TestAddress:
    def test_served_without_sign_in_for_the_class(
        self, signed_in: SignedIn, client: Client, teacher: User
    ) -> None:
        upload(signed_in(teacher), picture())
        teacher.refresh_from_db()

        answer = client.get(teacher.avatar.url)
        answer.close()

        assert answer.status_code == 200
        assert teacher.avatar.url.startswith("/media/avatars/")
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "public, max-age=2592000, immutable"

    def test_unknown_is_not_found(self, signed_in: SignedIn, teacher: User) -> None:
        client = signed_in(teacher)
        paths = [
            "/media/avatars/unknown.jpg",
            "/media/avatars/",
            "/media/",
            "/media/avatars/../db.jpg",
            "/media/avatars/%2e%2e%2fdb.jpg",
        ]

        codes = {path: client.get(path).status_code for path in paths}

        assert codes == dict.fromkeys(paths, 404)
