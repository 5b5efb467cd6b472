from __future__ import annotations

import io

import pytest

from courseware.filetypes.content_checks import check_content
from courseware.filetypes.formats import known_format
from deploy.soak import contents
from deploy.soak.plan import random_of

FILES = {
    "some.bmp": contents.picture(random_of(1, "picture"), width=8, height=5),
    "some.pdf": contents.pdf("file 7"),
}


@pytest.mark.parametrize("name", FILES)
def test_file_is_what_its_name_says(name: str):
    check_content(io.BytesIO(FILES[name]), known_format(name))


def test_no_two_are_alike():
    chance = random_of(1, "pictures")
    pictures = {contents.picture(chance, width=4, height=16) for _ in range(20)}

    assert len(pictures) == 20
    assert contents.pdf("file 7") != contents.pdf("file 8")
