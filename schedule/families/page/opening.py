"""The button of a family link: the browsers in which it was pressed are counted, and class teachers hear of the first."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notice_kinds import NoticeWords
from accounts.services.notices import notify
from edu_platform.lib.formatting import listed
from schedule.models import FamilyLink, Membership

# A family has a few telephones. Who needs more within an hour has passed the link on, or guesses at something.
OPENINGS_AT_MOST = 20
OPENINGS_WITHIN = dt.timedelta(hours=1)
FIRST_USE_NOTICE = "schedule.family_link_used"


def _in_words(arguments: Mapping[str, object]) -> Mapping[str, object]:
    children: Sequence[str] = arguments["children"]  # type: ignore[assignment] # as `_tell` keeps them
    return {**arguments, "children": listed(children)}


NOTICES = {
    FIRST_USE_NOTICE: NoticeWords(
        _(
            "The family link “%(label)s” of %(children)s was opened for the first time. If it was opened by somebody for whom it was not meant, end it."
        ),
        _("To the family links"),
        _in_words,
    )
}


class TooManyOpenings(Exception):
    """The button of this link was pressed in very many browsers of late; it is shown again from then on."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(f"until {until}")
        self.until = until


@transaction.atomic
def count_opening(link: FamilyLink, children: Sequence[User], *, at: dt.datetime) -> None:
    """Count one more browser that opens the link.

    Raises:
        Http404: it has ended meanwhile.
        TooManyOpenings: it was opened very often within an hour.
    """
    locked = FamilyLink.objects.open().select_for_update(no_key=True).filter(pk=link.pk).first()
    if locked is None:
        raise Http404
    if locked.opened_since is None or at - locked.opened_since >= OPENINGS_WITHIN:
        locked.opened_since, locked.opened_count = at, 0
    if locked.opened_count >= OPENINGS_AT_MOST:
        raise TooManyOpenings(locked.opened_since + OPENINGS_WITHIN)
    is_first = locked.first_used_at is None
    locked.first_used_at = locked.first_used_at or at
    locked.used_on = timezone.localdate(at)
    locked.opened_count += 1
    locked.browser_count += 1
    columns = ["opened_since", "opened_count", "first_used_at", "used_on", "browser_count"]
    locked.save(update_fields=columns)
    if is_first:
        _tell(locked, children, at)


def note_used(link: FamilyLink, *, at: dt.datetime) -> None:
    """Keep the school's day of this use: one write a day."""
    today = timezone.localdate(at)
    if link.used_on != today:
        FamilyLink.objects.filter(pk=link.pk).update(used_on=today)


def _tell(link: FamilyLink, children: Sequence[User], at: dt.datetime) -> None:
    """Tell the class teachers, each of their own children among those of the link."""
    for teacher, pupils in _class_teachers(children, timezone.localdate(at)).items():
        notify(
            user=teacher,
            kind=FIRST_USE_NOTICE,
            arguments={"label": link.label, "children": [pupil.display_name for pupil in pupils]},
            address=reverse("family_links:links", args=[pupils[0].code]),
            cause=f"{FIRST_USE_NOTICE}:{link.code}",
            at=at,
        )


def _class_teachers(children: Sequence[User], day: dt.date) -> dict[User, list[User]]:
    """Return the class teachers of these children on a day, each with their pupils; two queries."""
    by_key = {child.pk: child for child in children}
    groups: dict[int, list[User]] = defaultdict(list)
    places = Membership.objects.of_students().on(day=day).filter(user__in=by_key).order_by("pk")
    for group_id, child_id in places.values_list("class_group", "user"):
        groups[group_id].append(by_key[child_id])
    rows = Membership.objects.of_class_teachers().on(day=day)
    rows = rows.filter(class_group__in=groups, user__is_active=True).select_related("user")
    pupils_by_teacher: dict[User, list[User]] = defaultdict(list)
    for row in rows.order_by("pk"):
        pupils = pupils_by_teacher[row.user]
        pupils += [pupil for pupil in groups[row.class_group_id] if pupil not in pupils]
    return pupils_by_teacher
