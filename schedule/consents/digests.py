"""Digests of consents: they answer whether somebody agreed, also when nobody's name is kept any more."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from edu_platform.lib.text import storable_text
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


def consent_on_print(
    *, code: str, name: str, guardian_name: str, guardian_relation: str
) -> Consent | None:
    """Return the consent with this number; None also where others gave it: they alone are told of it."""
    consent = Consent.objects.select_related("text").filter(code=storable_text(code)).first()
    if consent is None:
        return None
    digest = digest_of(
        consent, name=name, guardian_name=guardian_name, guardian_relation=guardian_relation
    )
    return consent if digest == consent.digest else None
