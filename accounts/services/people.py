"""Writes on people and their roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from axes.utils import reset as reset_lock
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.enums import ORDINARY_ROLES, AuditKind, Role
from accounts.hooks import former_student_listeners
from accounts.models import AuditEntry, ClassroomIdentity, Notice, RoleGrant, User
from accounts.names import sign_in_name
from accounts.random_codes import make_code
from accounts.services import audit, avatars, sign_ins
from accounts.services.discarded_identities import discard
from accounts.services.profile_sync import mark_stale
from edu_platform.lib.batches import VALUES_A_STATEMENT, in_batches, update_rows
from edu_platform.lib.queueing import enqueue_on_commit


class LastSuperuserStays(Exception):
    """Without a superuser nobody could give roles any more."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be created. Without a hash nobody can sign in with this name."""

    username: str
    display_name: str
    roles: frozenset[Role]
    password_hash: str = ""


@transaction.atomic
def create_person(
    *,
    username: str,
    display_name: str,
    roles: Collection[Role],
    by: User | None,
    password: str | None = None,
    audit_details: Mapping[str, object] | None = None,
    audit_into: list[AuditEntry] | None = None,
) -> User:
    """Create a person with roles; the cloud learns of them by a worker.

    Without a password nobody can sign in with this name until a start password is made. Many are created
    by `create_people`.

    Raises:
        ValidationError: the username is somebody's, but for upper and lower case.
    """
    user = User.objects.create_user(username, password, display_name=display_name)
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    details = {"roles": audit.role_values(roles), **(audit_details or {})}
    audit.record(AuditKind.PERSON_CREATED, by=by, person=user, details=details, into=audit_into)
    enqueue_on_commit("accounts.register_people")
    return user


@transaction.atomic
def create_people(new: Sequence[NewPerson], *, by: User | None) -> list[User]:
    """Like `create_person`, for many by few statements, in their order.

    The caller has looked for namesakes; one who comes in meanwhile is an IntegrityError.
    """
    users = [
        User(
            username=each.username,
            display_name=each.display_name,
            sign_in_name=sign_in_name(each.username),
            password=each.password_hash or make_password(None),
        )
        for each in new
    ]
    User.objects.bulk_create(users, batch_size=VALUES_A_STATEMENT)
    grants: list[RoleGrant] = []
    entries: list[AuditEntry] = []
    for user, each in zip(users, new, strict=True):
        user.set_known_roles(each.roles)  # else each is asked for
        grants.extend(RoleGrant(user=user, role=role) for role in each.roles)
        details = {"roles": audit.role_values(each.roles)}
        audit.record(AuditKind.PERSON_CREATED, by=by, person=user, details=details, into=entries)
    RoleGrant.objects.bulk_create(grants, batch_size=VALUES_A_STATEMENT)
    audit.write(entries)
    if users:
        enqueue_on_commit("accounts.register_people")
    return users


@transaction.atomic
def add_person(user: User, *, roles: Collection[Role], by: User | None) -> None:
    """Like `create_person`, for a new person whose columns a form has filled in already."""
    user.set_unusable_password()
    user.save()
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    user.set_known_roles(roles)
    details = {"roles": audit.role_values(roles)}
    audit.record(AuditKind.PERSON_CREATED, by=by, person=user, details=details)
    if user.is_superuser:
        _record_superuser(user, by=by)
    enqueue_on_commit("accounts.register_people")


@transaction.atomic
def rename_person(user: User, *, display_name: str) -> None:
    user.display_name = display_name
    user.save(update_fields=["display_name"])
    note_changed_people([user])


@transaction.atomic
def rename_people(wanted: Sequence[tuple[User, str]]) -> None:
    """Like `rename_person`, for many by few statements; they are locked by now."""
    for user, display_name in wanted:
        user.display_name = display_name
    users = [user for user, _display_name in wanted]
    update_rows(users, ["display_name"])
    for some in in_batches(users):
        note_changed_people(some)


@transaction.atomic
def set_roles(user: User, roles: Collection[Role], *, by: User | None) -> None:
    """Give exactly these roles; the cloud's list of supervisors follows by a worker.

    Whoever gets or loses a role with power over others is signed out everywhere, unless they did it themselves.
    """
    set_roles_of_people([(user, roles)], by=by)


@transaction.atomic
def set_roles_of_people(
    wanted: Sequence[tuple[User, Collection[Role]]], *, by: User | None
) -> None:
    """Like `set_roles`, for many by few statements."""
    if not wanted:
        return
    grants_by_user = _grants_of([user for user, _roles in wanted])
    gone: list[RoleGrant] = []
    new: list[RoleGrant] = []
    entries: list[AuditEntry] = []
    signed_out: list[User] = []
    for user, roles in wanted:
        before, after = {Role(grant.role) for grant in grants_by_user[user.pk]}, frozenset(roles)
        gone += [grant for grant in grants_by_user[user.pk] if grant.role not in after]
        new += [RoleGrant(user=user, role=role) for role in after - before]
        user.set_known_roles(after)  # read again, they might be those that were prefetched
        if before != after:
            details = {"before": audit.role_values(before), "after": audit.role_values(after)}
            audit.record(AuditKind.ROLES_CHANGED, by=by, person=user, details=details, into=entries)
        if (before ^ after) - ORDINARY_ROLES and (by is None or by.pk != user.pk):
            signed_out.append(user)
    take_away(gone)
    RoleGrant.objects.bulk_create(new, batch_size=VALUES_A_STATEMENT)
    audit.write(entries)
    sign_ins.forget_all(signed_out)
    enqueue_on_commit("accounts.sync_people")


def _grants_of(users: Collection[User]) -> dict[int, list[RoleGrant]]:
    """Return the roles that these people have now, by key; read anew."""
    grants: dict[int, list[RoleGrant]] = defaultdict(list)
    for keys in in_batches(user.pk for user in users):
        for grant in RoleGrant.objects.filter(user__in=keys):
            grants[grant.user_id].append(grant)
    return grants


def take_away(grants: Sequence[RoleGrant]) -> None:
    """Delete these roles of people, with what belongs to students alone."""
    for keys in in_batches(grant.pk for grant in grants):
        RoleGrant.objects.filter(pk__in=keys).delete()
    if former := [grant.user_id for grant in grants if grant.role == Role.STUDENT]:
        for listener in former_student_listeners:
            listener(former, timezone.now())


@transaction.atomic
def save_person(user: User, *, changed: Collection[str], by: User | None) -> None:
    """Save the columns that a form has changed, and no others: these may be newer than the form.

    A new picture has its file already (`accounts.services.avatars`). Accounts are closed and opened by
    `accounts.services.leaving` alone.
    """
    columns = set(changed)
    if "avatar" in columns:
        _delete_present_picture(user)
    if "username" in columns:
        user.shares_sign_in_name = False
        columns.add("shares_sign_in_name")
    user.save(update_fields=columns)
    _record_changes(user, frozenset(changed), by=by)


def _record_changes(user: User, changed: frozenset[str], *, by: User | None) -> None:
    """Record that somebody became a superuser, or is none any more, by an entry of its own; of other columns the names."""
    if "is_superuser" in changed:
        _record_superuser(user, by=by)
    if others := sorted(changed - {"is_superuser"}):
        audit.record(AuditKind.PERSON_CHANGED, by=by, person=user, details={"fields": others})


def _record_superuser(user: User, *, by: User | None) -> None:
    details = {"before": not user.is_superuser, "after": user.is_superuser}
    audit.record(AuditKind.SUPERUSER_CHANGED, by=by, person=user, details=details)


def set_picture(user: User, picture: ContentFile[bytes], *, by: User) -> None:
    """Show a new picture (made by `accounts.services.avatars`); the old file goes.

    The audit log keeps it unless it is one's own.

    Raises:
        PictureNotStored: the storage does not take it; the old one stays.
    """
    with avatars.stored(picture) as name:
        _show_picture(user, name, by)


def remove_picture(user: User, *, by: User) -> None:
    _show_picture(user, "", by)


@transaction.atomic
def _show_picture(user: User, name: str, by: User) -> None:
    _delete_present_picture(user)
    user.avatar = name
    user.save(update_fields=["avatar"])
    note_changed_people([user])
    if by.pk != user.pk:
        details = {"fields": ["avatar"]}
        audit.record(AuditKind.PERSON_CHANGED, by=by, person=user, details=details)


def _delete_present_picture(user: User) -> None:
    """Delete the file when the open transaction commits: a picture taken off is to be gone.

    The row is locked and read again: of several who change it at once each deletes the one before.
    """
    name = User.objects.select_for_update(no_key=True).get(pk=user.pk).avatar.name
    if name:
        transaction.on_commit(partial(avatars.delete_file, name))


@transaction.atomic
def note_changed_people(users: Collection[User]) -> None:
    """After names, pictures, roles or activity changed: let a worker tell the cloud."""
    mark_stale(ClassroomIdentity.objects.filter(user__in=users))
    enqueue_on_commit("accounts.sync_people")


@transaction.atomic
def note_changed_nickname_pattern() -> None:
    mark_stale(ClassroomIdentity.objects.all())
    enqueue_on_commit("accounts.sync_people")


@transaction.atomic
def set_start_password(user: User, *, password_hash: str, by: User | None) -> None:
    """Set a password to be handed over; the first sign-in asks for a new one, and there is no other sign-in left.

    Hashing is slow on purpose, and belongs before the transaction that this is called in.
    """
    user.password = password_hash
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    note_reset_password(user, by=by)
    reset_lock(username=sign_in_name(user.username))


@transaction.atomic
def note_reset_password(user: User, *, by: User | None) -> None:
    """After somebody else set or took the password: sign-ins by the old one end."""
    audit.record(
        AuditKind.PASSWORD_RESET,
        by=by,
        person=user,
        details={} if user.has_usable_password() else {"taken": True},
    )
    sign_ins.end_all(user, by=by)


@transaction.atomic
def note_own_password(user: User, *, keep: str | None, by_mail: bool) -> None:
    """After a person chose a new password: the old one's sign-ins end, but for the one at hand."""
    details = {"by_mail": True} if by_mail else {}
    audit.record(AuditKind.PASSWORD_CHANGED, by=user, person=user, details=details)
    sign_ins.end_other_sign_ins(user, keep=keep, by=user)


@transaction.atomic
def delete_unused_people(people: Sequence[User]) -> None:
    """Delete accounts that nobody has used and nothing names, locked by now; a worker deletes them in the cloud.

    What the audit log tells of them stays, with their names as text.

    Raises:
        ProtectedError: something names one of them.
    """
    for some in in_batches(people):
        keys = [person.pk for person in some]
        discard(ClassroomIdentity.objects.filter(user__in=keys))
        AuditEntry.objects.filter(person__in=keys).update(object_text=_NAME_IN_LOG, person=None)
        for rows in (ClassroomIdentity.objects, Notice.objects):
            rows.filter(user__in=keys).delete()
        User.objects.get_queryset().filter(pk__in=keys).delete()


# As `str` names a person.
_NAME_IN_LOG = Subquery(
    User.objects.get_queryset()
    .filter(pk=OuterRef("person"))
    .values(name=Concat("display_name", Value(" ("), "username", Value(")")))[:1]
)


def lock_people(user_ids: Iterable[int]) -> None:
    """Lock people in their order, before what names them is locked: nobody deletes one until the transaction ends.

    Code that deletes or changes many takes their rows first, too; the other way round two would wait for each other.
    Read who is there after it: one who was waited for may be gone.
    """
    for keys in in_batches(sorted(user_ids)):
        rows = User.objects.get_queryset().filter(pk__in=keys).order_by("pk")
        list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))


def require_another_superuser(*going: User) -> None:
    """Refuse to take the last superusers' power or accounts; inside the transaction that takes them.

    Raises:
        LastSuperuserStays: there is no other active superuser.
    """
    superusers = User.objects.active().filter(is_superuser=True)
    # Locked, so that two who take each other's power go one after the other.
    locked = superusers.select_for_update(no_key=True).order_by("pk")
    keys = {user.pk for user in going}
    if all(superuser.pk in keys for superuser in locked):
        raise LastSuperuserStays


def give_missing_codes() -> None:
    """Give a code to each person without one; safe to repeat."""
    people = list(User.objects.get_queryset().filter(code=None).only("pk"))
    for person in people:
        person.code = make_code()
    update_rows(people, ["code"])
