"""The platform on the home screen of a phone: its manifest, and its icons."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from accounts.models import SchoolSettings
from accounts.services.home_screen import GROUND, ICONS, SURFACE, icon_of
from tests.support.pages import read

pytestmark = pytest.mark.django_db
MANIFEST = "/manifest.webmanifest"
GREEN = (11, 110, 95)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    icon_of.cache_clear()


@pytest.fixture
def school() -> SchoolSettings:
    """A school with a logo three times as wide as it is high."""
    packed = io.BytesIO()
    Image.new("RGBA", (300, 100), (*GREEN, 255)).save(packed, "PNG")
    default_storage.save("logos/abc.png", ContentFile(packed.getvalue()))
    return SchoolSettings.objects.create(pk=1, school_name="云山实验小学", logo="logos/abc.png")


def icons_of(client: Client) -> dict[tuple[str, str], str]:
    """Return where the manifest has the icons, by size and purpose."""
    icons = client.get(MANIFEST).json()["icons"]
    return {(icon["sizes"], icon["purpose"]): icon["src"] for icon in icons}


def test_manifest_starts_the_school_s_platform_as_an_app(client: Client, school: SchoolSettings):
    answer = client.get(MANIFEST)

    said = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert "max-age" in answer["Cache-Control"]
    assert (said["name"], said["start_url"], said["scope"]) == ("云山实验小学", "/", "/")
    assert said["display"] == "standalone"
    assert icons_of(client) == {
        ("192x192", "any"): "/home-screen/abc.png/192.png",
        ("512x512", "any"): "/home-screen/abc.png/512.png",
        ("512x512", "maskable"): "/home-screen/abc.png/maskable.png",
    }


@pytest.mark.parametrize("kind", ICONS)
def test_icon_is_the_logo_undistorted_in_the_middle_of_paper(
    client: Client, school: SchoolSettings, kind: str
):
    answer = client.get(f"/home-screen/abc.png/{kind}.png")

    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "immutable" in answer["Cache-Control"]
    side, share = ICONS[kind].side_px, ICONS[kind].logo_share
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (side, side)
        inked = [
            (x, y)
            for x in range(0, side, 2)
            for y in range(0, side, 2)
            if image.getpixel((x, y)) == GREEN
        ]
    width, height = (max(axis) - min(axis) for axis in zip(*inked, strict=True))
    assert width == pytest.approx(side * share, abs=4)
    assert height == pytest.approx(width / 3, abs=4)


def test_unknown_logo_and_size_are_not_found(client: Client, school: SchoolSettings):
    assert client.get("/home-screen/other.png/192.png").status_code == 404
    assert client.get("/home-screen/abc.png/64.png").status_code == 404


def test_school_without_a_logo_has_icons_of_the_platform(client: Client):
    for (sizes, _purpose), address in icons_of(client).items():
        file = finders.find(address.removeprefix("/static/"))
        assert file is not None
        with Image.open(str(file)) as image:
            assert "x".join(map(str, image.size)) == sizes


def test_page_names_manifest_and_apple_s_icon(client: Client, school: SchoolSettings):
    links = {each.attrs["rel"]: each.attrs["href"] for each in page_head(client, "link")}

    assert links["manifest"] == MANIFEST
    assert links["apple-touch-icon"] == "/home-screen/abc.png/apple.png"


def test_bars_around_the_page_have_the_colour_of_its_header(client: Client):
    tokens = Path("static/css/tokens.css").read_text()
    light, dark = re.findall(r"--surface: (#\w+)", tokens)[:2]

    said = {
        each.attrs.get("media"): each.attrs["content"]
        for each in page_head(client, "meta")
        if each.attrs.get("name") == "theme-color"
    }

    assert said == {"(prefers-color-scheme: dark)": dark, None: light}
    assert (light, re.findall(r"--background: (#\w+)", tokens)[0]) == (SURFACE, GROUND)


def page_head(client: Client, tag: str) -> list[Any]:
    return read(client.get("/accounts/login/").content).all(tag)
