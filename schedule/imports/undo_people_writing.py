"""Locking everybody of an import that is undone, and writing what goes back of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from accounts.models import User
from accounts.services import people
from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches, update_rows
from schedule.imports.undo_people import PeopleUndoing, Restoring
from schedule.models import ImportedFile, Membership


def lock_people(file: ImportedFile) -> set[int]:
    """Lock everybody of the import; return the keys of those who came with it and are in use at this moment.

    Whoever names somebody, or signs them in, waits for what is done here, or is seen by it.
    """
    keys = file.people.order_by("user").values_list("user", flat=True)
    there = list(keys.filter(before__isnull=False))
    new = list(keys.filter(before__isnull=True))
    locked: set[int] = set()
    for some in in_batches(new):
        rows = _in_order(some).select_for_update(of=("self",), skip_locked=True)
        locked.update(rows.values_list("pk", flat=True))
    for some in in_batches(there):
        list(_in_order(some).select_for_update(of=("self",), no_key=True).values_list("pk"))
    for some in in_batches([*there, *new]):
        memberships = Membership.objects.filter(user__in=some).order_by("pk")
        list(memberships.select_for_update(of=("self",), no_key=True).values_list("pk"))
    return set(new) - locked


def _in_order(keys: Sequence[int]) -> QuerySet[User, User]:
    return User.objects.get_queryset().filter(pk__in=keys).order_by("pk")


def undo_people(undoing: PeopleUndoing, *, by: User | None) -> None:
    """Do what was worked out of people who are locked by now."""
    for some in in_batches(user.pk for user in undoing.deleted):
        Membership.objects.filter(user__in=some).delete()
    _restore_memberships(undoing.restored)
    people.rename_people(
        [(each.user, each.name) for each in undoing.restored if each.name is not None]
    )
    people.set_roles_of_people(
        [(each.user, each.roles) for each in undoing.restored if each.roles is not None], by=by
    )
    for is_active, write in ((True, people.reactivate_people), (False, people.deactivate_people)):
        some_people = [each.user for each in undoing.restored if each.is_active is is_active]
        if some_people:
            write(some_people, by=by)
    people.delete_unused_people(undoing.deleted)


def _restore_memberships(restored: Sequence[Restoring]) -> None:
    """Delete first: of two memberships in a class group one alone may be without an end."""
    for keys in in_batches(row.pk for each in restored for row in each.begun):
        Membership.objects.filter(pk__in=keys).delete()
    update_rows([row for each in restored for row in each.periods], ["from_date", "to_date"])
    Membership.objects.bulk_create(
        [row for each in restored for row in each.gone], batch_size=ROWS_A_STATEMENT
    )
