"""Consents on paper: the text, and below it who agreed, or the lines on which somebody signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from schedule.consents.reading import PersonConsent
from schedule.consents.texts import words_of
from schedule.models import Consent, ConsentText


@dataclass(frozen=True, slots=True)
class Slip:
    """One sheet: of a consent that was given, or to be signed."""

    user: User
    class_groups: Sequence[str]
    text: ConsentText
    words: str
    needs_guardian: bool
    # None: it is to be signed.
    consent: Consent | None


def slip_of(
    user: User,
    held: PersonConsent,
    *,
    text: ConsentText,
    class_groups: Sequence[str],
    needs_guardian: bool,
) -> Slip:
    """Return the sheet of somebody: with the text that they agreed to, else with the newest one."""
    consent = held.consent if held.is_given else None
    shown = text if consent is None else consent.text
    return Slip(user, class_groups, shown, words_of(shown), needs_guardian, consent)
