"""Say who came in or changed with an import, what each of them got, and who of the new ones cannot sign in yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, pgettext

from accounts.enums import Role, role_names
from accounts.models import User, UserQuerySet
from schedule.imports.file_words import (
    account_in_words,
    class_group_names_of,
    membership_in_words,
)
from schedule.imports.people_states import ACTIVE, MEMBERSHIPS, NAME, ROLES, PersonState
from schedule.imports.person_restoring import membership_of
from schedule.imports.undo_parts import LISTED_AT_MOST, Line, Part
from schedule.models import ImportedFile, ImportedPerson


def people_of_file(file: ImportedFile) -> Part:
    """Return the people of an import, by name, with what each got; three queries, however many they are.

    Accounts that are not there any more, such as those of an import that was undone, are not among them.
    """
    people = file.people.select_related("user").order_by("user__name_key", "user__username")
    rows = list(people[:LISTED_AT_MOST])
    count = len(rows) if len(rows) < LISTED_AT_MOST else file.people.count()
    names = class_group_names_of(_class_group_keys(rows))
    return Part(tuple(_line_of(row, names) for row in rows), count)


def new_people_who_cannot_sign_in(file: ImportedFile) -> UserQuerySet:
    """Return who came with an import and has no way to sign in yet, by name."""
    new = file.people.filter(before__isnull=True)
    people = User.objects.active().without_way_to_sign_in().filter(pk__in=new.values("user"))
    return people.order_by("name_key", "username")


def _class_group_keys(rows: Iterable[ImportedPerson]) -> Iterator[int]:
    for row in rows:
        for state in (row.before or {}, row.after):
            yield from (kept_row[0] for kept_row in state.get(MEMBERSHIPS, {}).values())


def _line_of(row: ImportedPerson, names: Mapping[int, str]) -> Line:
    address = reverse("people:person", args=[row.user.code]) if row.user.code else ""
    is_new = row.before is None
    words = _new_in_words(row, names) if is_new else _changes_in_words(row, names)
    mark = pgettext("person", "new") if is_new else ""
    return Line(str(row.user), address, mark, more=(" · ".join(words),))


def _new_in_words(row: ImportedPerson, names: Mapping[int, str]) -> Iterator[str]:
    yield _roles_in_words(row.after)
    yield from _memberships_in_words({}, row.after.get(MEMBERSHIPS, {}), row.user, names)


def _changes_in_words(row: ImportedPerson, names: Mapping[int, str]) -> Iterator[str]:
    before, after = row.before or {}, row.after
    if NAME in after:
        yield f"{before[NAME]} → {after[NAME]}"
    if ROLES in after:
        yield f"{_roles_in_words(before)} → {_roles_in_words(after)}"
    if ACTIVE in after:
        yield account_in_words(is_active=after[ACTIVE])
    if MEMBERSHIPS in after:
        yield from _memberships_in_words(before[MEMBERSHIPS], after[MEMBERSHIPS], row.user, names)


def _roles_in_words(state: PersonState) -> str:
    return role_names([Role(role) for role in state[ROLES]]) or "–"


def _memberships_in_words(
    before: Mapping[str, Any], after: Mapping[str, Any], user: User, names: Mapping[int, str]
) -> Iterator[str]:
    for kept_row in after.values():
        yield membership_in_words(membership_of(user, kept_row), names)
    for key in before.keys() - after.keys():
        yield gettext("not in %(class_group)s") % {"class_group": _name(before[key][0], names)}


def _name(class_group_id: int, names: Mapping[int, str]) -> str:
    return names.get(class_group_id, "–")
