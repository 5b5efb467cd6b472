"""Digests of consents: they answer whether somebody agreed, also when nobody's name is kept any more."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from schedule.models import Consent


def digest_of(consent: Consent, *, name: str, guardian_name: str, guardian_relation: str) -> str:
    """Return the digest of a consent that these people gave: of what its print says of them, and of the text."""
    facts = [
        *(consent.code, consent.school_year, consent.given_at.astimezone(dt.UTC).isoformat()),
        *(consent.text.number, consent.text.chinese_text, consent.text.english_text),
        *map(_plain, (name, guardian_name, guardian_relation)),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def is_of(consent: Consent, *, name: str, guardian_name: str, guardian_relation: str) -> bool:
    """Tell whether these are the people who gave the consent."""
    digest = digest_of(
        consent, name=name, guardian_name=guardian_name, guardian_relation=guardian_relation
    )
    return digest == consent.digest
