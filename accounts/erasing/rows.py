"""Change and delete a person's rows when they are erased, column by column as the registry of personal data says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Field, ForeignKey, JSONField, Model, QuerySet
from django.utils.translation import gettext as _

from accounts.enums import ErasureStep
from accounts.erasing.log_entries import strike_log_entries
from accounts.erasing.names import ERASED_NAME, KnownStrings, finder, struck, struck_text
from accounts.hooks import erasing_steps
from accounts.models import ClassroomIdentity, Erasure, ErasurePlace, User
from accounts.random_codes import make_code
from accounts.services import avatars
from accounts.services.people import lock_people
from edu_platform.lib.batches import in_batches, update_rows
from edu_platform.lib.personal_data import Erased, Held, columns_of, lines_of_tables
from edu_platform.lib.personal_rows import rows_of

# The person, and what finds their rows in other tables, go last: until then every step can be repeated.
LAST = (User, ClassroomIdentity)
# The work itself.
OWN = (Erasure, ErasurePlace)
Row = Any  # of any model
# Tokens of a path in JSON, as the registry writes them.
_TOKEN = re.compile(r"\.\*|\[\*\]|\.(?P<name>\w+)|\[(?P<place>\d+)\]")


def lines_erased() -> list[Held]:
    """Return the lines of the registry by which rows here are changed or deleted, what finds others last."""
    return [line for line in lines_of_tables() if line.model not in (*LAST, *OWN)]


def erase_rows(erasure: Erasure, strings: KnownStrings) -> None:
    """Change and delete the person's rows, each portion in a transaction of its own. Safe to repeat."""
    person, counts = erasure.person, Counter(erasure.counts)
    namesakes = frozenset(_namesakes(person, strings))
    for way in (Erased.NAMES, Erased.VALUE):
        counts += _take(way, person, strings, namesakes)
    strike_log_entries(person, strings.own)
    # By now the names are struck out of what apps take from the person.
    for step in erasing_steps:
        with transaction.atomic():
            step(person, strings.own)
    counts += _take(Erased.ROW, person, strings, namesakes)
    erasure.counts = dict(counts)
    erasure.save(update_fields=["counts"])


def _take(
    way: Erased, person: User, strings: KnownStrings, namesakes: frozenset[int]
) -> Counter[str]:
    """Do what the registry says of all columns with this fate; return how many rows of each table that were."""
    counts: Counter[str] = Counter()
    for line in lines_erased():
        if line.erased == way:
            counts[label_of(line.model)] += _WAYS[way](person, line, strings, namesakes)
    return counts


def _namesakes(person: User, strings: KnownStrings) -> Iterator[int]:
    for text in strings.shared:
        others = User.objects.exclude(pk=person.pk)
        yield from others.filter(display_name__icontains=text).values_list("pk", flat=True)


# --- Rows that are deleted or emptied -------------------------------------------------------------


def _delete_rows(
    person: User, line: Held, _strings: KnownStrings, _namesakes: frozenset[int]
) -> int:
    count = 0
    for keys in in_batches(rows_of(person, line).values_list("pk", flat=True)):
        with transaction.atomic():
            line.model._base_manager.filter(pk__in=keys).delete()  # noqa: SLF001 -- as documented by Django
        count += len(keys)
    return count


def _empty_columns(
    person: User, line: Held, _strings: KnownStrings, _namesakes: frozenset[int]
) -> int:
    fields = [_field(line.model, name) for name in columns_of(line)]
    empty = {field.name: _empty_value(field) for field in fields}
    count = 0
    for keys in in_batches(rows_of(person, line).values_list("pk", flat=True)):
        rows: QuerySet[Row] = line.model._base_manager.filter(pk__in=keys)  # noqa: SLF001 -- as documented by Django
        with transaction.atomic():
            count += rows.exclude(**empty).update(**empty)
    return count


def _empty_value(field: Field[Any, Any]) -> Any:
    return None if field.null else field.get_default()


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment] # noqa: SLF001 -- as documented by Django
    return field


def label_of(model: type[Model]) -> str:
    """Return how a model is called in the database of erasures: `app.model`."""
    return str(model._meta.label_lower)  # noqa: SLF001 -- as documented by Django


# --- Names that are struck out --------------------------------------------------------------------


def _strike_names(
    person: User, line: Held, strings: KnownStrings, namesakes: frozenset[int]
) -> int:
    """Strike the person's names out of their rows; what another person of the row is called stays."""
    count = 0
    for keys in in_batches(rows_of(person, line).values_list("pk", flat=True)):
        with transaction.atomic():
            rows = _locked(line.model, keys)
            changed = [row for row in rows if _is_struck(row, line, person, strings, namesakes)]
            update_rows(changed, columns_of(line))
        count += len(changed)
    return count


def _locked(model: type[Model], keys: Collection[Any]) -> list[Row]:
    rows = model._base_manager.filter(pk__in=keys).order_by("pk")  # noqa: SLF001 -- as documented by Django
    return list(rows.select_for_update(of=("self",), no_key=True))


def _is_struck(
    row: Row, line: Held, person: User, strings: KnownStrings, namesakes: frozenset[int]
) -> bool:
    """Strike names out of a row, and tell whether anything has changed."""
    names = strings.own - strings.shared if _leads_to(row, namesakes) else strings.own
    has_changed = False
    for name in columns_of(line):
        before = getattr(row, name)
        field = _field(line.model, name)
        if isinstance(field, JSONField):
            after = _struck_json(before, line, person, strings, names)
        else:
            after = struck_text(before or "", names, field.max_length)
        if before and after != before:
            setattr(row, name, after)
            has_changed = True
    return has_changed


def _leads_to(row: Row, people: frozenset[int]) -> bool:
    """Tell whether a row has one of these people as a key too."""
    if not people:
        return False
    fields = type(row)._meta.concrete_fields  # noqa: SLF001 -- as documented by Django
    keys = [field for field in fields if isinstance(field, ForeignKey)]
    return any(
        field.related_model is User and getattr(row, field.attname) in people for field in keys
    )


def _struck_json(
    value: Any, line: Held, person: User, strings: KnownStrings, names: frozenset[str]
) -> Any:
    """Strike names out of JSON; where it has names beside keys, of whom the key is."""
    if not line.inside:
        return struck(value, finder(names))
    value = deepcopy(value)
    for path in line.inside.split():
        for pair in _lists_at(value, path):
            if pair[0] == person.pk and len(pair) > 1 and isinstance(pair[1], str):
                pair[1] = ERASED_NAME
    return struck(value, finder(strings.own - strings.shared))


def _lists_at(value: Any, path: str) -> list[list[Any]]:
    """Return the lists whose first entry stands at a path of JSON: a key, which a name follows."""
    tokens = list(_TOKEN.finditer(path))
    if not tokens or tokens[-1]["place"] != "0":
        return []
    parts = [value]
    for token in tokens[:-1]:
        parts = [inner for part in parts for inner in _inside(part, token)]
    return [part for part in parts if isinstance(part, list) and part]


def _inside(value: Any, token: re.Match[str]) -> Sequence[Any]:
    if token["name"] is not None:
        return [value[token["name"]]] if isinstance(value, dict) and token["name"] in value else []
    if token["place"] is not None:
        place = int(token["place"])
        return value[place : place + 1] if isinstance(value, list) else []
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


_WAYS = {Erased.NAMES: _strike_names, Erased.VALUE: _empty_columns, Erased.ROW: _delete_rows}


# --- The account ----------------------------------------------------------------------------------


@transaction.atomic
def erase_account(erasure: Erasure) -> None:
    """Take the name and every way to sign in from the account, which stays as a key; last of all that is done here."""
    lock_people([erasure.person_id])
    person = User.objects.get(pk=erasure.person_id)
    if person.avatar.name:
        transaction.on_commit(partial(avatars.delete_file, person.avatar.name))
    person.display_name, person.username = ERASED_NAME, f"erased-{make_code()}"
    person.email, person.avatar, person.notice_mail_language = "", "", ""
    person.is_active, person.is_superuser, person.must_change_password = False, False, False
    person.shares_sign_in_name, person.last_login = False, None
    person.set_unusable_password()
    person.save()
    person.groups.clear()
    person.user_permissions.clear()
    ClassroomIdentity.objects.filter(user=person).delete()
    erasure.person, erasure.step = person, ErasureStep.CHECK
    erasure.save(update_fields=["step"])


def leftover_rows(person: User) -> Iterator[str]:
    """Say what of an erased person's rows is there still that should have gone."""
    for line in lines_erased():
        if line.erased == Erased.ROW and rows_of(person, line).exists():
            yield _("%(table)s has rows of this person.") % {
                "table": line.model._meta.verbose_name_plural  # noqa: SLF001 -- as documented by Django
            }
