"""Taking an import of people back, as far as nothing has come of it.

Accounts that came with it, that nobody has signed in to and that nothing names are deleted. Of everybody else goes back
what the import changed and nobody has changed since (`person_restoring`). Everything that stays is said, with why. What
is about to be deleted or changed is locked first, and looked at again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, ManyToOneRel, OuterRef, Q, QuerySet

from accounts.models import (
    AuditEntry,
    ClassroomIdentity,
    Notice,
    RoleGrant,
    Session,
    User,
)
from accounts.services.appointing import may_give_role
from edu_platform.lib.batches import in_batches
from edu_platform.lib.progress import Phase, counted
from schedule.imports.people_states import PersonState
from schedule.imports.person_restoring import (
    Restoring,
    Stays,
    UndoStayReason,
    read_facts,
    restoring_of,
)
from schedule.models import (
    FetName,
    ImportedFile,
    ImportedPerson,
    Membership,
    WeeklyLesson,
    WeeklyLessonAssistant,
)

# What an account has by itself, and what an import writes with it: these are nobody's work.
OF_ACCOUNT = (RoleGrant, ClassroomIdentity, Notice, ImportedPerson, Membership, FetName)


@dataclass(slots=True)
class PeopleUndoing:
    deleted: list[User] = field(default_factory=list)
    restored: list[Restoring] = field(default_factory=list)
    stays: list[Stays] = field(default_factory=list)
    # So many of the deleted are known to the cloud.
    known_to_cloud: int = 0

    @property
    def changes_anything(self) -> bool:
        return bool(self.deleted or self.restored)

    @property
    def reactivates(self) -> bool:
        """Tell whether accounts are opened again, without what ended when they were closed."""
        return any(restoring.is_active for restoring in self.restored)

    def add(self, restoring: Restoring, stays: Iterable[Stays]) -> None:
        self.stays += stays
        if restoring:
            self.restored.append(restoring)

    def effects(self) -> tuple[object, ...]:
        """Return what a version is made of."""
        return (
            [user.pk for user in self.deleted],
            [restoring.effects() for restoring in self.restored],
            [(stays.user.pk, str(stays.reason), stays.column) for stays in self.stays],
        )


def undoing_of_people(
    file: ImportedFile,
    *,
    by: User | None,
    without: Collection[int] = (),
    going: QuerySet[Any, Any] | None = None,
) -> PeopleUndoing:
    """Return what undoing the import would do; a number of queries that hardly grows with it.

    `without`: the keys of people who are in use, and so stay. `going`: those of weekly lessons that are undone too.
    """
    rows = list(file.people.order_by("pk"))
    users = _users(row.user_id for row in rows)
    facts = read_facts(rows, users)
    new = [row for row in rows if row.before is None]
    reasons = _reasons(users, new, facts.states, by=by, going=going)
    reasons |= dict.fromkeys(without, UndoStayReason.IN_USE)
    undoing = PeopleUndoing()
    for row in counted(rows, Phase.COMPARING, len(rows)):
        user = users.get(row.user_id)
        if user is not None and row.before is None and user.pk not in reasons:
            undoing.deleted.append(user)
        elif user is not None:
            undoing.stays += [Stays(user, reasons[user.pk])] if user.pk in reasons else []
            if user.pk not in without:
                undoing.add(*restoring_of(user, row, facts, by=by))
    undoing.known_to_cloud = _count_known(undoing.deleted)
    return undoing


def _users(keys: Iterable[int]) -> dict[int, User]:
    users: dict[int, User] = {}
    for some in in_batches(keys):
        rows = User.objects.get_queryset().filter(pk__in=some).order_by("pk")
        users.update({user.pk: user for user in rows.prefetch_related("role_grants")})
    return users


def _count_known(users: Sequence[User]) -> int:
    count = 0
    for some in in_batches(user.pk for user in users):
        identities = ClassroomIdentity.objects.filter(user__in=some).exclude(classroom_user_id="")
        count += identities.count()
    return count


def _reasons(
    users: Mapping[int, User],
    new: Sequence[ImportedPerson],
    states: Mapping[int, PersonState],
    *,
    by: User | None,
    going: QuerySet[Any, Any] | None,
) -> dict[int, UndoStayReason]:
    """Return by key why somebody who came with the import stays; the gravest reason of each."""
    reasons: dict[int, UndoStayReason] = {}
    keys = [row.user_id for row in new if row.user_id in users]
    for row in new:
        user = users.get(row.user_id)
        if user is None:
            continue
        if states[user.pk] != row.after:
            reasons[user.pk] = UndoStayReason.CHANGED
        if not all(may_give_role(by, role, user) for role in user.roles):
            reasons[user.pk] = UndoStayReason.NOT_YOURS
        if user.is_superuser:
            reasons[user.pk] = UndoStayReason.NOT_YOURS
    for some in in_batches(keys):
        accounts = User.objects.get_queryset().filter(pk__in=some).order_by()
        named = accounts.filter(_is_named(going)).values_list("pk", flat=True)
        reasons.update(dict.fromkeys(named, UndoStayReason.NAMED))
        has_acted = Exists(AuditEntry.objects.filter(actor=OuterRef("pk")))
        has_session = Exists(Session.objects.filter(user=OuterRef("pk")))
        signed_in = accounts.filter(Q(last_login__isnull=False) | Q(has_acted) | Q(has_session))
        reasons.update(
            dict.fromkeys(signed_in.values_list("pk", flat=True), UndoStayReason.SIGNED_IN)
        )
    return reasons


def _is_named(going: QuerySet[Any, Any] | None) -> Q:
    """Return whether any other row names a person, those of higher apps too, but for weekly lessons that go."""
    named = Q()
    for relation in User._meta.get_fields(include_hidden=True):  # noqa: SLF001 -- as documented by Django
        if isinstance(relation, ManyToOneRel) and not _is_of_account(relation):
            rows = relation.related_model._base_manager.filter(  # noqa: SLF001 -- as above
                **{relation.field.name: OuterRef("pk")}
            )
            if going is not None and relation.related_model is WeeklyLesson:
                rows = rows.exclude(pk__in=going.exclude(weekly_lesson=None))
            elif going is not None and relation.related_model is WeeklyLessonAssistant:
                rows = rows.exclude(weekly_lesson__in=going.exclude(weekly_lesson=None))
            named |= Q(Exists(rows))
    return named


def _is_of_account(relation: ManyToOneRel) -> bool:
    if relation.related_model is AuditEntry:
        return relation.field.name == "person"
    return relation.related_model in OF_ACCOUNT
