"""The school's logo: what becomes of an upload, which file it is, and where it stands."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image, PngImagePlugin

from accounts.models import AuditEntry, SchoolSettings, User
from accounts.services import avatars
from accounts.services.avatars import NotAPicture
from accounts.services.logos import as_logo
from accounts.services.school import name_school, version_of_school
from edu_platform.lib.versions import NotAsShown
from tests.cast import SignedIn
from tests.support.pages import read

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "logos"


def drawn(kind: str = "PNG", size: tuple[int, int] = (900, 300), **how: Any) -> io.BytesIO:
    packed = io.BytesIO()
    mode = "RGBA" if kind == "PNG" else "RGB"
    Image.new(mode, size, (11, 110, 95, 0) if mode == "RGBA" else "green").save(packed, kind, **how)
    packed.seek(0)
    return packed


class TestReEncoding:
    def test_drawing_stays_one_of_512_pixels_at_most_through_which_one_sees(self):
        made = as_logo(drawn())

        with Image.open(made) as image:
            assert (image.format, image.size, image.mode) == ("PNG", (512, 171), "RGBA")
            assert image.getchannel("A").getextrema() == (0, 0)
        assert str(made.name).endswith(".png")

    def test_photograph_becomes_a_small_jpeg(self):
        made = as_logo(drawn("JPEG"))

        with Image.open(made) as image:
            assert (image.format, image.size) == ("JPEG", (512, 171))
        assert str(made.name).endswith(".jpg")

    def test_what_is_hidden_does_not_survive(self):
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", "<script>secret</script>")
        exif = Image.Exif()
        exif[0x010E] = "secret"

        for upload in (drawn(pnginfo=texts), drawn("JPEG", exif=exif)):
            assert b"secret" in upload.getvalue()
            assert b"secret" not in as_logo(upload).read()

    @pytest.mark.parametrize("kind", ["GIF", "WEBP", "BMP"])
    def test_other_formats_are_refused(self, kind: str):
        with pytest.raises(NotAPicture):
            as_logo(drawn(kind))

    @pytest.mark.parametrize("content", [SVG, b"", b"no picture", drawn().getvalue()[:60]])
    def test_what_is_no_picture_is_refused(self, content: bytes):
        with pytest.raises(NotAPicture):
            as_logo(io.BytesIO(content))

    def test_enormous_one_is_refused_before_it_is_unpacked(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("accounts.services.logos.MAX_PIXELS", 100)

        with pytest.raises(NotAPicture):
            as_logo(drawn(size=(11, 10)))


@pytest.mark.django_db
class TestSaving:
    def test_one_file_stays_and_the_log_names_what_changed(
        self,
        superuser: User,
        media: Path,
        django_capture_on_commit_callbacks: Callable[..., Any],
    ):
        for number in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                assert name_school(f"云山{number}", logo=as_logo(drawn()), by=superuser)

        school = SchoolSettings.load()
        assert school.school_name == "云山1"
        assert [f"logos/{path.name}" for path in media.iterdir()] == [str(school.logo)]
        (_first, last) = AuditEntry.objects.filter(actor=superuser).order_by("pk")
        assert last.details["changes"] == [{"changed": {"fields": ["school_name", "logo"]}}]

    def test_name_alone_leaves_the_logo_and_it_can_be_taken_away(
        self,
        superuser: User,
        media: Path,
        django_capture_on_commit_callbacks: Callable[..., Any],
    ):
        name_school("云山", logo=as_logo(drawn()), by=superuser)
        name_school("云山小学", by=superuser)
        assert SchoolSettings.load().logo

        with django_capture_on_commit_callbacks(execute=True):
            name_school("云山小学", removes_logo=True, by=superuser)

        assert not SchoolSettings.load().logo
        assert list(media.iterdir()) == []

    def test_same_again_changes_nothing(self, superuser: User):
        assert name_school("云山", by=superuser)

        assert not name_school("云山", by=superuser)
        assert AuditEntry.objects.filter(actor=superuser).count() == 1

    def test_what_another_has_changed_stays_and_no_file_is_left(self, superuser: User, media: Path):
        shown = version_of_school(SchoolSettings.load())
        name_school("云山", by=superuser)

        with pytest.raises(NotAsShown):
            name_school("云河", logo=as_logo(drawn()), by=superuser, known=shown)

        assert SchoolSettings.load().school_name == "云山"
        assert list(media.iterdir()) == []

    def test_sweep_removes_the_file_that_the_school_no_longer_has(
        self, superuser: User, media: Path, monkeypatch: pytest.MonkeyPatch
    ):
        name_school("云山", logo=as_logo(drawn()), by=superuser)
        avatars.store(as_logo(drawn()), folder="logos")
        monkeypatch.setattr(avatars, "KEPT_FOR", avatars.KEPT_FOR * -1)

        assert avatars.remove_unknown(timezone.now()) == 1
        assert [f"logos/{path.name}" for path in media.iterdir()] == [
            str(SchoolSettings.load().logo)
        ]


@pytest.mark.django_db
class TestPages:
    def test_logo_stands_beside_the_name_and_is_read_without_a_sign_in(
        self, client: Client, signed_in: SignedIn, superuser: User, student: User
    ):
        name_school("云山", logo=as_logo(drawn()), by=superuser)
        address = SchoolSettings.load().logo.url

        shown = read(client.get("/accounts/login/").content)
        assert [image.attrs["src"] for image in shown.all("img")] == [address, address]
        page = read(signed_in(student).get("/schedule/").content)
        assert page.one("a", "site-name").one("img").attrs["src"] == address
        answer = client.get(address)
        assert answer["Content-Type"] == "image/png"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"].startswith("public, max-age=")
        assert b"".join(answer.streaming_content)[:4] == b"\x89PNG"  # type: ignore[attr-defined]

    def test_printed_timetables_have_it(
        self, signed_in: SignedIn, planner: User, superuser: User, lesson: Any
    ):
        name_school("云山", logo=as_logo(drawn()), by=superuser)
        day = lesson.starts_at.date()
        client = signed_in(planner)

        for path, place in (
            (f"/schedule/{day}/print/", "h2"),
            (f"/schedule/matrix/{day}/print/", "h2"),
            ("/schedule/?class_group=三年级1班", "p"),
        ):
            page = read(client.get(path).content)
            inside = [each for each in page.all(place) if each.all("img", "site-logo")]
            assert len(inside) == 1, path

    @pytest.mark.parametrize("name", ["none.png", "none.svg", "..%2Favatars%2Fa.jpg"])
    def test_nothing_else_is_there(self, client: Client, name: str):
        assert client.get(f"/media/logos/{name}").status_code in (404, 302)
        assert not default_storage.exists("logos/none.png")

    def test_settings_of_the_administration_lead_to_its_page(
        self, signed_in: SignedIn, administrator: User
    ):
        name_school("云山", logo=as_logo(drawn()), by=administrator)
        client = signed_in(administrator)
        path = "/admin/accounts/schoolsettings/1/change/"

        page = read(client.get(path).content)

        assert page.link("学校名称和校徽") == "/start/?step=school"
        assert page.all("input", name="logo") == page.all("input", name="school_name") == []
        client.post(path, {"school_name": "别的学校", "logo-clear": "on"})
        school = SchoolSettings.load()
        assert school.school_name == "云山"
        assert school.logo
