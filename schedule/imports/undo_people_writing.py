"""Locking everybody of an import that is undone, and writing what goes back of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.models import QuerySet

from accounts.models import User
from accounts.services import leaving, people
from edu_platform.lib.batches import in_batches
from schedule.class_groups.memberships import lock_memberships_of, restore_memberships
from schedule.imports.undo_people import PeopleUndoing
from schedule.lessons.trying_again import ChangedMeanwhile
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
    lock_memberships_of([*there, *new])
    return set(new) - locked


def _in_order(keys: Sequence[int]) -> QuerySet[User, User]:
    return User.objects.get_queryset().filter(pk__in=keys).order_by("pk")


def _write_activity(
    write: Callable[..., None], some_people: Sequence[User], *, by: User | None
) -> None:
    """Activate or deactivate them.

    Raises:
        ChangedMeanwhile: another superuser lost their account since it was worked out who keeps theirs.
    """
    try:
        write(some_people, by=by)
    except people.LastSuperuserStays as err:
        raise ChangedMeanwhile from err


def undo_people(undoing: PeopleUndoing, *, by: User | None) -> None:
    """Do what was worked out of people who are locked by now."""
    for some in in_batches(user.pk for user in undoing.deleted):
        Membership.objects.filter(user__in=some).delete()
    restored = undoing.restored
    restore_memberships(
        begun=(row for each in restored for row in each.begun),
        periods=(row for each in restored for row in each.periods),
        gone=(row for each in restored for row in each.gone),
    )
    people.rename_people([(each.user, each.name) for each in restored if each.name is not None])
    people.set_roles_of_people(
        [(each.user, each.roles) for each in restored if each.roles is not None], by=by
    )
    for is_active, write in ((True, leaving.reactivate_people), (False, leaving.deactivate_people)):
        some_people = [each.user for each in restored if each.is_active is is_active]
        if some_people:
            _write_activity(write, some_people, by=by)
    people.delete_unused_people(undoing.deleted)
