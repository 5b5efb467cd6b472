from __future__ import annotations

from typing import Any

import pytest

from edu_platform.lib.secret_text import Unreadable, decrypt, encrypt


def test_is_read_again_and_not_seen():
    kept = encrypt("密 secret", salt="one")

    assert "secret" not in kept
    assert decrypt(kept, salt="one") == "密 secret"


def test_of_another_use_or_another_key_cannot_be_read(settings: Any):
    kept = encrypt("secret", salt="one")

    with pytest.raises(Unreadable):
        decrypt(kept, salt="two")
    settings.SECRET_KEY = "another"
    with pytest.raises(Unreadable):
        decrypt(kept, salt="one")
