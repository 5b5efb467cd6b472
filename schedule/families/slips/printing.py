"""Family links for all students of class groups, printed as slips: made, shown while they can be, and closed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, override

from accounts.enums import AuditKind, Role
from accounts.models import User
from accounts.services import audit
from accounts.services.people import lock_people
from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.formatting import listed
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.qr_codes import qr_code
from edu_platform.lib.secret_text import Unreadable, decrypt, encrypt
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from schedule.families.links import children_with_all_links, family_address
from schedule.models import (
    ClassGroup,
    FamilyChild,
    FamilyLink,
    FamilyLinkQuerySet,
    FamilySlips,
    Membership,
)

# For so long slips can be shown again: who prints in the evening finds the paper in the tray on the next day.
SHOWN_FOR = dt.timedelta(hours=24)
# Another use of the key has another salt.
SALT = "schedule.family_slips"
# The progress bar counts rows: a link and its child.
ROWS_A_STUDENT = 2


# --- Whom they are for ----------------------------------------------------------------------------


def students_by_group(class_groups: Collection[ClassGroup]) -> dict[int, list[User]]:
    """Return the students of today of each class group, by its key and by their names; one query.

    Somebody in two stands in the first one: two slips would be for one family. A member who is no student at the school,
    and teaches by now, say, is followed by no family.
    """
    rows = Membership.objects.of_students().on(day=timezone.localdate())
    rows = rows.filter(
        class_group__in=class_groups,
        user__is_active=True,
        user__role_grants__role=Role.STUDENT,
    ).select_related("user")
    placed: dict[int, int] = {}
    students: dict[int, dict[int, User]] = {group.pk: {} for group in class_groups}
    in_order = ("class_group__name_key", "class_group", "user__name_key", "user__username", "pk")
    for row in rows.order_by(*in_order):
        if placed.setdefault(row.user_id, row.class_group_id) == row.class_group_id:
            students[row.class_group_id][row.user_id] = row.user
    return {key: list(people.values()) for key, people in students.items()}


def printed_and_unused(child_ids: Collection[int]) -> FamilyLinkQuerySet:
    """Return the open links of these children that came with a print and that nobody has used."""
    children = FamilyChild.objects.filter(link=OuterRef("pk"), person__in=child_ids)
    links = FamilyLink.objects.open().never_used().filter(slips__isnull=False)
    return links.filter(Exists(children))


@dataclass(frozen=True, slots=True)
class PrintPreview:
    """Say what printing the slips of a class group does."""

    students: int
    # Those whose family has used a link already: that one goes on.
    with_used: int
    # Links of earlier prints that end.
    ending: int
    # Those who have as many links as there may be, and get none.
    left_out: Sequence[User]

    @property
    def receiving(self) -> int:
        return self.students - len(self.left_out)


def preview_of(students: Sequence[User]) -> PrintPreview:
    """Look at the links of the students of a class group; three queries, and one more where somebody has all links."""
    keys = [student.pk for student in students]
    used = FamilyChild.objects.filter(person__in=keys, link__ended_at=None)
    used = used.exclude(link__first_used_at=None)
    ending = printed_and_unused(keys)
    full = _full_after_ending(keys, ending)
    return PrintPreview(
        students=len(students),
        with_used=used.values("person").distinct().count(),
        ending=ending.count(),
        left_out=[student for student in students if student.pk in full],
    )


def _full_after_ending(keys: Collection[int], ending: FamilyLinkQuerySet) -> set[int]:
    """Return who has all links that a child may have, and none of them ends."""
    full = children_with_all_links(keys)
    if not full:
        return full
    relieved = FamilyChild.objects.filter(person__in=full, link__in=ending)
    return full - set(relieved.values_list("person", flat=True))


# --- Printed --------------------------------------------------------------------------------------


def print_slips(
    class_groups: Sequence[ClassGroup],
    *,
    by: User,
    at: dt.datetime,
    write_in: WriteIn = own_transaction,
) -> list[FamilySlips]:
    """Make a link for each student of these class groups, all of them or none; unused ones of earlier prints end."""
    students = students_by_group(class_groups)
    people = {student.pk for group in students.values() for student in group}
    prints: list[FamilySlips] = []
    report(Phase.READING, 0, len(people))
    with write_in(len(people), rows_a_unit=ROWS_A_STUDENT) as noted:
        lock_people(people)
        full = 0
        for group in class_groups:
            if students[group.pk]:
                slips, left_out = _print_group(group, students[group.pk], by=by, at=at)
                prints.append(slips)
                full += left_out
        codes = [slips.code for slips in prints]
        noted.update(slips=codes, students=len(people) - full, left_out=full)
    return prints


def _print_group(
    class_group: ClassGroup, students: Sequence[User], *, by: User, at: dt.datetime
) -> tuple[FamilySlips, int]:
    """Return the print, and how many students got no link as they have all that a child may have."""
    ended = sum(_end_unused(keys, by=by, at=at) for keys in in_batches(s.pk for s in students))
    # Their slips are of no use any more.
    close(FamilySlips.objects.filter(class_group=class_group).exclude(sealed_tokens=""))
    full = children_with_all_links([student.pk for student in students])
    receiving = [student for student in students if student.pk not in full]
    tokens = [make_secret_token() for _student in receiving]
    slips = FamilySlips.objects.create(class_group=class_group, printed_by=by, made_at=at)
    with override(settings.LANGUAGE_CODE):
        label = gettext("Family")
    links = [
        FamilyLink(label=label, token_digest=digest_of(token), made_by=by, made_at=at, slips=slips)
        for token in tokens
    ]
    FamilyLink.objects.bulk_create(links, batch_size=ROWS_A_STATEMENT)
    FamilyChild.objects.bulk_create(
        (FamilyChild(link=link, person=s) for link, s in zip(links, receiving, strict=True)),
        batch_size=ROWS_A_STATEMENT,
    )
    _seal(slips, {link.code: token for link, token in zip(links, tokens, strict=True)})
    audit.record_row(
        AuditKind.FAMILY_SLIPS_PRINTED, slips, by=by, changes=_counts_in_words(len(links), ended)
    )
    return slips, len(full)


def _end_unused(child_ids: Collection[int], *, by: User, at: dt.datetime) -> int:
    """End links that nobody has used: no address and no calendar can hang on them. One used just now stays."""
    keys = list(printed_and_unused(child_ids).order_by("pk").values_list("pk", flat=True))
    ended = 0
    for some in in_batches(keys):
        links = FamilyLink.objects.open().never_used().filter(pk__in=some)
        ended += links.update(ended_at=at, ended_by=by)
    return ended


def _counts_in_words(made: int, ended: int) -> str:
    words = [
        ngettext("%(count)s link made", "%(count)s links made", made) % {"count": made},
        ngettext("%(count)s unused link ended", "%(count)s unused links ended", ended)
        % {"count": ended},
    ]
    return listed(words)


def _seal(slips: FamilySlips, tokens: Mapping[str, str]) -> None:
    """Keep the tokens, by the codes of their links, so that nobody who has the database alone can read them."""
    slips.sealed_tokens = encrypt(json.dumps(tokens), salt=SALT)
    slips.save(update_fields=["sealed_tokens"])


# --- Shown ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slip:
    """One sheet for the family of one student."""

    names: str
    address: str
    qr_code: SafeString


def slips_of(slips: FamilySlips, *, at: dt.datetime) -> list[Slip] | None:
    """Return the sheets whose links still work, by the names of the students; two queries. None: it is closed."""
    if not can_be_shown(slips, at=at):
        return None
    try:
        tokens = json.loads(decrypt(slips.sealed_tokens, salt=SALT))
    except Unreadable:
        return None  # the server has another SECRET_KEY by now
    rows = FamilyChild.objects.filter(link__slips=slips, link__ended_at=None)
    rows = rows.select_related("link", "person").filter(person__is_active=True)
    sheets = []
    for row in rows.order_by("person__name_key", "person__username"):
        address = family_address(tokens[row.link.code])
        sheets.append(Slip(row.person.display_name, address, qr_code(address)))
    return sheets


def can_be_shown(slips: FamilySlips, *, at: dt.datetime) -> bool:
    return bool(slips.sealed_tokens) and at < shown_until(slips)


def shown_until(slips: FamilySlips) -> dt.datetime:
    return slips.made_at + SHOWN_FOR


def open_prints(by: User | None, *, at: dt.datetime) -> list[FamilySlips]:
    """Return the prints that can be shown still, of one person or of everybody, by class group; one query."""
    mine = Q() if by is None else Q(printed_by=by)
    rows = FamilySlips.objects.filter(mine, made_at__gt=at - SHOWN_FOR).exclude(sealed_tokens="")
    rows = rows.select_related("class_group", "printed_by").defer("sealed_tokens")
    return list(rows.order_by("class_group__name_key", "class_group", "-made_at"))


# --- Closed ---------------------------------------------------------------------------------------


def close(prints: QuerySet[FamilySlips]) -> int:
    """Forget the tokens of prints: nobody can show their slips again. Return how many of them that were."""
    return prints.update(sealed_tokens="")


def close_old_prints(at: dt.datetime) -> int:
    """Close the prints that have been open for long enough."""
    old = FamilySlips.objects.filter(made_at__lte=at - SHOWN_FOR)
    return close(old.exclude(sealed_tokens=""))
