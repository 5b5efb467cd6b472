"""Age bands of class groups: how they are called, what a grade suggests, and giving several class groups theirs at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import audit
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.class_groups.grades import grade_in_name
from schedule.enums import AgeBand
from schedule.models import ClassGroup

# What an address says for class groups of which nobody has said it.
NOT_SAID = "-"
CHOICES = [("", pgettext_lazy("age band", "Not said")), *AgeBand.choices]
BAND_HELP = _(
    "Under 14 a guardian agrees to recordings, not the student. No date of birth is kept of anybody."
)
# Most children turn 14 in the eighth year of school: until all have, a guardian signs.
LAST_YEAR_UNDER_14 = 8
LAST_YEAR_OF_SCHOOL = 12
# The years of school before the first one of these stages; elsewhere grades are counted from the first year on.
YEARS_BEFORE = {"初": 6, "初中": 6, "高": 9, "高中": 9}


def suggested_band(grade: str) -> str:
    """Return the age band that a grade speaks for; empty where it says nothing of ages."""
    named = grade_in_name(grade.strip())
    if named is None or str(named.grade) != named.name:
        return ""
    year = named.grade.number + YEARS_BEFORE.get(named.grade.stage, 0)
    if year > LAST_YEAR_OF_SCHOOL:
        return ""
    return AgeBand.UNDER_14 if year <= LAST_YEAR_UNDER_14 else AgeBand.FROM_14_TO_17


def band_in_words(band: str) -> str:
    """Return how an age band is called; empty where nobody has said it."""
    return str(AgeBand(band).label) if band else ""


def version_of_bands(class_groups: Iterable[ClassGroup]) -> str:
    return version_of([(group.pk, group.age_band) for group in class_groups])


@transaction.atomic
def set_age_bands(
    class_groups: Sequence[ClassGroup], bands: Mapping[int, str], *, known: str, by: User | None
) -> int:
    """Give class groups the age bands that stand at their keys; return how many have another one now.

    Raises:
        NotAsShown: some have changed, or are gone, since the page was shown.
    """
    keys = [group.pk for group in class_groups]
    rows = ClassGroup.objects.filter(pk__in=keys).select_for_update(no_key=True)
    locked = {row.pk: row for row in rows.order_by("pk")}
    now = [locked[key] for key in keys if key in locked]
    require_as_shown(now, known, version_of_bands(now))
    entries: list[AuditEntry] = []
    changed = [group for group in now if group.age_band != bands[group.pk]]
    for group in changed:
        words = [band_in_words(band) or "–" for band in (group.age_band, bands[group.pk])]
        group.age_band = bands[group.pk]
        changes = " → ".join(words)
        audit.record_row(AuditKind.CLASS_GROUP_CHANGED, group, changes=changes, by=by, into=entries)
    ClassGroup.objects.bulk_update(changed, ["age_band"])
    audit.write(entries)
    return len(changed)
