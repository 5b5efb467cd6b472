"""Notices to students who have not answered whether they agree to recordings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Notice, User
from accounts.notice_kinds import NoticeWords
from accounts.services.notices import notify_many
from schedule.consents.reading import StudentConsent
from schedule.school_years import school_year_in_words

CONSENT_ASKED_NOTICE = "schedule.consent_asked"
NOTICES = {
    CONSENT_ASKED_NOTICE: NoticeWords(
        sentence=_("Your school asks whether you agree to recordings of your classes (%(year)s)."),
        way=_("Read and answer"),
    )
}


def remind(rows: Sequence[StudentConsent], *, school_year: int, at: dt.datetime) -> list[User]:
    """Ask those who have not answered, each once a day; return who is asked now."""
    cause = f"consent:{school_year}:{timezone.localdate(at)}"
    people = [row.user for row in rows if row.held.is_awaited]
    asked = Notice.objects.filter(cause=cause, user__in=people).values_list("user", flat=True)
    asked_today = set(asked)
    people = [user for user in people if user.pk not in asked_today]
    notify_many(
        people,
        kind=CONSENT_ASKED_NOTICE,
        arguments={"year": school_year_in_words(school_year)},
        address=reverse("own_consent:consent"),
        cause=cause,
        at=at,
    )
    return people
