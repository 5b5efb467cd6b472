"""Secrets that have to be read again, such as the address of a robot: kept encrypted.

A copy of the database alone tells nobody what they are.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.crypto import salted_hmac


class Unreadable(Exception):
    """It was encrypted under another SECRET_KEY, or for another use."""


def encrypt(text: str, *, salt: str) -> str:
    """Encrypt under a key of this use: what signs cookies and links encrypts nothing."""
    return _fernet(salt).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, salt: str) -> str:
    """The secret.

    Raises:
        Unreadable: it was encrypted under another SECRET_KEY.
    """
    try:
        return _fernet(salt).decrypt(encrypted.encode()).decode()
    except InvalidToken as err:
        raise Unreadable("encrypted under another SECRET_KEY") from err


def _fernet(salt: str) -> Fernet:
    digest = salted_hmac(salt, "key", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
