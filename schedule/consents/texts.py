"""The text that people agree to: its versions, and the publication of a new one."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.formatting import is_chinese
from edu_platform.lib.versions import NotAsShown, require_as_shown
from schedule.models import ConsentText


def current_text() -> ConsentText | None:
    """Return the newest version; None: the school asks nobody for a consent yet."""
    return ConsentText.objects.order_by("-number").first()


def has_text() -> bool:
    """Tell whether the school asks for consents; the text itself is not read."""
    return ConsentText.objects.exists()


def all_texts() -> QuerySet[ConsentText]:
    """Return all versions with who published them, the newest first."""
    return ConsentText.objects.select_related("published_by").order_by("-number")


def words_of(text: ConsentText) -> str:
    """Return what a version says to readers of the language that is active now."""
    return text.chinese_text if is_chinese() else text.english_text or text.chinese_text


def version_of_text(text: ConsentText | None) -> str:
    """Return the version that pages send back as `known`."""
    return "0" if text is None else str(text.number)


@transaction.atomic
def publish_text(
    *,
    chinese_text: str,
    english_text: str,
    asks_again: bool,
    known: str,
    at: dt.datetime,
    by: User | None,
) -> ConsentText:
    """Make these the texts that people agree to from now on; earlier versions stay with their consents.

    Raises:
        NotAsShown: somebody has published another one since the page was shown.
    """
    latest = _locked_latest()
    require_as_shown(latest, known, version_of_text(latest))
    text = ConsentText(
        number=1 if latest is None else latest.number + 1,
        chinese_text=chinese_text,
        english_text=english_text,
        asks_again=asks_again,
        published_at=at,
        published_by=by,
    )
    _save_new(text)
    details = {"version": text.number, "asks_again": asks_again}
    audit.record(AuditKind.CONSENT_TEXT_CHANGED, by=by, details=details)
    return text


def _locked_latest() -> ConsentText | None:
    """Return the newest version; others who publish at the same time wait."""
    return ConsentText.objects.select_for_update().order_by("-number").first()


def _save_new(text: ConsentText) -> None:
    try:
        with transaction.atomic():
            text.save()
    except IntegrityError as err:
        # The first text of somebody else, which there was nothing to wait for.
        raise NotAsShown(current_text()) from err
