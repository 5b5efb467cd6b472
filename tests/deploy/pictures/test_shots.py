"""The pictures that are kept are those that the script makes, and those that the help pages show."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from PIL import Image

from deploy.pictures.__main__ import PICTURES
from deploy.pictures.camera import LOCALES
from deploy.pictures.shots import PHONE_HEIGHT_PX, PHONE_PX, SHOTS, WIDE_PX
from edu_platform.demo.people import SIGN_INS

ONE_KIB_AT_MOST = 120
ALL_KIB_AT_MOST = 3 * 1024
SHOWN = re.compile(r"\]\(\.\./pictures/([\w-]+)/([\w-]+\.webp)\)")


@pytest.mark.parametrize("language", LOCALES)
def test_pictures_are_those_that_are_made_and_those_that_are_shown(language: str):
    kept = sorted(path.name for path in (PICTURES / language).iterdir())
    pages = (PICTURES.parent / language).glob("*.md")
    shown = [each for page in pages for each in SHOWN.findall(page.read_text(encoding="utf-8"))]

    made = sorted(f"{shot.name}.webp" for shot in SHOTS)
    assert kept == made
    assert sorted(shown) == [(language, name) for name in made]


def test_pictures_are_as_wide_as_the_window_and_quickly_loaded():
    sizes_kib = {path: path.stat().st_size / 1024 for path in PICTURES.glob("*/*.webp")}
    for path in sizes_kib:
        with Image.open(path) as picture:
            if path.stem.endswith("-phone"):
                assert picture.size == (PHONE_PX, PHONE_HEIGHT_PX)
            else:
                assert picture.width == WIDE_PX

    assert max(sizes_kib.values()) <= ONE_KIB_AT_MOST
    assert sum(sizes_kib.values()) <= ALL_KIB_AT_MOST


def test_pictures_begin_at_pages_of_the_platform():
    for shot in SHOTS:
        assert resolve(urlsplit(shot.path).path).view_name


def test_pictures_are_of_people_who_can_sign_in_to_the_demo():
    assert {shot.username for shot in SHOTS} <= {sign_in.username for sign_in in SIGN_INS}
