"""Pictures are unpacked a few at a time: each may take a lot of memory for a moment."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from PIL import Image, ImageOps

from accounts.services import avatars
from tests.support.threads import all_at_once


def test_few_pictures_are_unpacked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    Image.new("RGB", (8, 8)).save(packed, "PNG")
    unpacking: set[int] = set()
    most: list[int] = []
    transpose = ImageOps.exif_transpose

    def slowly(image: Any) -> Any:
        unpacking.add(id(image))
        most.append(len(unpacking))
        time.sleep(0.02)
        unpacking.discard(id(image))
        return transpose(image)

    monkeypatch.setattr(ImageOps, "exif_transpose", slowly)

    made = all_at_once(avatars.as_avatar, [io.BytesIO(packed.getvalue()) for _ in range(8)])

    assert len(made) == 8
    assert max(most) <= 2
