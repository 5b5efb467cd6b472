"""Say who came in or changed with an import, what each of them got, and who of the new ones cannot sign in yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, pgettext

from accounts.models import User, UserQuerySet
from schedule.enums import ImportTopic
from schedule.imports.file_words import (
    class_group_names_of,
    membership_in_words,
    person_in_words,
    roles_in_words,
)
from schedule.imports.people_states import ACTIVE, MEMBERSHIPS, NAME, ROLES, kept
from schedule.imports.person_restoring import membership_of
from schedule.imports.undo_parts import LISTED_AT_MOST, Line, Part
from schedule.models import ImportedFile, ImportedPerson, Membership


def people_of_file(file: ImportedFile) -> Part:
    """Return the people of an import, by name, with what each got; four queries at most, however many they are.

    Accounts that are not there any more, such as those of an import that was undone, are not among them: see
    `count_deleted`.
    """
    people = file.people.select_related("user").order_by("user__name_key", "user__username")
    rows = list(people[:LISTED_AT_MOST])
    count = len(rows) if len(rows) < LISTED_AT_MOST else file.people.count()
    names = class_group_names_of(_class_group_keys(rows))
    now = _memberships_of_now(rows) if file.is_undone else None
    return Part(tuple(_line_of(row, names, now) for row in rows), count, is_of_people=True)


def count_deleted(file: ImportedFile) -> int:
    """Return how many accounts of an import of people were deleted when it was undone; nothing else is kept of them."""
    is_undone = file.is_undone and file.topic == ImportTopic.PEOPLE
    return int(file.undone.get("deleted", 0)) if is_undone else 0


# The memberships that people have now, as `people_states.kept` writes them; None where the import stands.
NowKept = set[tuple[Any, ...]] | None


def _memberships_of_now(rows: Iterable[ImportedPerson]) -> set[tuple[Any, ...]]:
    memberships = Membership.objects.filter(user__in=[row.user_id for row in rows])
    return {(membership.user_id, *kept(membership)) for membership in memberships}


def new_people_who_cannot_sign_in(file: ImportedFile) -> UserQuerySet:
    """Return who came with an import and has no way to sign in yet, by name."""
    new = file.people.filter(before__isnull=True)
    people = User.objects.active().without_way_to_sign_in().filter(pk__in=new.values("user"))
    return people.order_by("name_key", "username")


def _class_group_keys(rows: Iterable[ImportedPerson]) -> Iterator[int]:
    for row in rows:
        for state in (row.before or {}, row.after):
            yield from (kept_row[0] for kept_row in state.get(MEMBERSHIPS, {}).values())


def _line_of(row: ImportedPerson, names: Mapping[int, str], now: NowKept) -> Line:
    address = reverse("people:person", args=[row.user.code]) if row.user.code else ""
    is_new = row.before is None
    words = _new_in_words(row, names, now) if is_new else _changes_in_words(row, names, now)
    mark = pgettext("person", "new") if is_new else ""
    return Line(str(row.user), address, mark, more=(" · ".join(words),))


def _new_in_words(row: ImportedPerson, names: Mapping[int, str], now: NowKept) -> Iterator[str]:
    yield roles_in_words(row.after[ROLES])
    yield from _memberships_in_words({}, row.after.get(MEMBERSHIPS, {}), row.user, names, now)


def _changes_in_words(row: ImportedPerson, names: Mapping[int, str], now: NowKept) -> Iterator[str]:
    before, after = row.before or {}, row.after
    both_names, roles = ((before.get(part), after.get(part)) for part in (NAME, ROLES))
    yield from person_in_words(both_names, roles, is_active=after.get(ACTIVE))
    if MEMBERSHIPS in after:
        memberships = before[MEMBERSHIPS], after[MEMBERSHIPS]
        yield from _memberships_in_words(*memberships, row.user, names, now)


def _memberships_in_words(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    user: User,
    names: Mapping[int, str],
    now: NowKept,
) -> Iterator[str]:
    for kept_row in after.values():
        is_undone = now is not None and (user.pk, *kept_row) not in now
        yield _undone_in_words(
            membership_in_words(membership_of(user, kept_row), names), is_undone=is_undone
        )
    for key in before.keys() - after.keys():
        is_undone = now is not None and (user.pk, *before[key]) in now
        said = gettext("not in %(class_group)s") % {"class_group": _name(before[key][0], names)}
        yield _undone_in_words(said, is_undone=is_undone)


def _undone_in_words(said: str, *, is_undone: bool) -> str:
    return gettext("%(change)s (undone)") % {"change": said} if is_undone else said


def _name(class_group_id: int, names: Mapping[int, str]) -> str:
    return names.get(class_group_id, "–")
