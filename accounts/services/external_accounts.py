"""Which person comes with an account of another system, and which roles that system gives."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from accounts.enums import ORDINARY_ROLES, AuditKind, GrantSource, Role
from accounts.external.logins import ExternalLogin
from accounts.hooks import role_needs
from accounts.models import ExternalAccount, RoleGrant, User
from accounts.names import sign_in_name
from accounts.services import audit
from accounts.services.people import create_person
from edu_platform.lib.queueing import enqueue_on_commit


class WaitsForStaff(Exception):
    """There is an account here that may be the same person's: staff say whether it is."""

    def __init__(self, account: ExternalAccount) -> None:
        super().__init__(str(account))
        self.account = account


class MayNotLink(Exception):
    """Only a superuser links an account with any role but student or teacher."""


def person_for(login: ExternalLogin, *, links_existing: bool, at: dt.datetime) -> User:
    """Find the person, or create one at the first sign-in; give and take the roles that the login says.

    Matched by method, issuer and subject alone. An account here with the same username is linked only if
    `links_existing`, and only a student's or teacher's; else the external account waits for staff.

    Raises:
        WaitsForStaff: staff have yet to say whose account it is.
    """
    account = _known(login) or _first_seen(login, links_existing=links_existing)
    if account.user is None:
        raise WaitsForStaff(account)
    sync_roles(account.user, login.role, at=at)
    return account.user


def _known(login: ExternalLogin) -> ExternalAccount | None:
    accounts = ExternalAccount.objects.select_related("user").prefetch_related("user__role_grants")
    return accounts.filter(method=login.method, issuer=login.issuer, subject=login.subject).first()


def _first_seen(login: ExternalLogin, *, links_existing: bool) -> ExternalAccount:
    try:
        return _add_account(login, links_existing=links_existing)
    except IntegrityError:
        # The same person in two windows: the other one was quicker, with account or username.
        account = _known(login)
        return account or _add_account(login, links_existing=links_existing)


@transaction.atomic
def _add_account(login: ExternalLogin, *, links_existing: bool) -> ExternalAccount:
    same_name = list(User.objects.filter(sign_in_name=sign_in_name(login.username))[:2])
    person: User | None = None
    if not same_name:
        role = login.role or Role.STUDENT
        person = create_person(
            username=login.username,
            display_name=login.display_name,
            roles=[],
            by=None,
            audit_details={"roles": [role.value], **_told(login)},
        )
        _give(person, role)
    elif links_existing and len(same_name) == 1 and is_ordinary(same_name[0]):
        person = same_name[0]
        audit.record(
            AuditKind.EXTERNAL_ACCOUNT_LINKED, by=None, person=person, details=_told(login)
        )
    return ExternalAccount.objects.create(
        method=login.method,
        issuer=login.issuer,
        subject=login.subject,
        user=person,
        username=login.username,
        display_name=login.display_name,
    )


def _told(login: ExternalLogin) -> dict[str, object]:
    return {"method": login.method.value, "issuer": login.issuer, "subject": login.subject}


def is_ordinary(person: User) -> bool:
    """A student or teacher and nothing more: staff who are no superusers may hand their accounts over."""
    return not person.is_superuser and person.roles <= ORDINARY_ROLES


@transaction.atomic
def link(account: ExternalAccount, person: User, *, by: User) -> None:
    """Staff say that the account is this person's.

    Raises:
        MayNotLink: the person has more power than `by` may hand over.
    """
    if not (by.is_superuser or is_ordinary(person)):
        raise MayNotLink
    account.user = person
    account.save(update_fields=["user"])
    details = {"method": account.method, "issuer": account.issuer, "subject": account.subject}
    audit.record(AuditKind.EXTERNAL_ACCOUNT_LINKED, by=by, person=person, details=details)


@transaction.atomic
def unlink(account: ExternalAccount, *, by: User) -> None:
    """The account no longer opens this person's; at its next sign-in it is as if it had never been seen.

    Raises:
        MayNotLink: the person has more power than `by` may hand over.
    """
    person = account.user
    if person is not None and not (by.is_superuser or is_ordinary(person)):
        raise MayNotLink
    details = {"method": account.method, "issuer": account.issuer, "subject": account.subject}
    account.delete()
    audit.record(AuditKind.EXTERNAL_ACCOUNT_UNLINKED, by=by, person=person, details=details)


# --- Roles --------------------------------------------------------------------------------------


def sync_roles(person: User, role: Role | None, *, at: dt.datetime) -> None:
    """Give the role that the other system says, and take what it gave before; by hand stays by hand.

    None changes nothing. A role that work still to come needs is not taken but marked: staff are shown it.
    """
    if role is None:
        return
    grants = {Role(grant.role): grant for grant in person.role_grants.all()}
    stale = [
        grant
        for held, grant in grants.items()
        if held != role and grant.source == GrantSource.CLAIM and grant.withdrawn_at is None
    ]
    has_it = role in grants and grants[role].withdrawn_at is None
    if has_it and not stale:
        return
    _change_roles(person, role, stale, at=at)


@transaction.atomic
def _change_roles(person: User, role: Role, stale: list[RoleGrant], *, at: dt.datetime) -> None:
    before = sorted(held.value for held in person.roles)
    _give(person, role)
    for grant in stale:
        if any(needs(person, Role(grant.role)) for needs in role_needs):
            grant.withdrawn_at = at
            grant.save(update_fields=["withdrawn_at"])
        else:
            grant.delete()
    _forget_roles(person)
    after = sorted(held.value for held in person.roles)
    if before != after:
        details = {"before": before, "after": after}
        audit.record(AuditKind.ROLES_CHANGED, by=None, person=person, details=details)
        enqueue_on_commit("accounts.sync_people")


def _give(person: User, role: Role) -> None:
    grant, is_new = RoleGrant.objects.get_or_create(
        user=person, role=role, defaults={"source": GrantSource.CLAIM}
    )
    if not is_new and grant.withdrawn_at is not None:
        grant.withdrawn_at = None
        grant.save(update_fields=["withdrawn_at"])


def _forget_roles(person: User) -> None:
    """Read the roles again where they are asked for next."""
    person.__dict__.pop("roles", None)
    getattr(person, "_prefetched_objects_cache", {}).pop("role_grants", None)


@transaction.atomic
def keep_role(grant: RoleGrant, *, by: User) -> None:
    """Staff keep a role that the other system no longer gives: it is theirs to take from now on."""
    grant.source, grant.withdrawn_at = GrantSource.HAND, None
    grant.save(update_fields=["source", "withdrawn_at"])
    details = {"kept": grant.role}
    audit.record(AuditKind.ROLES_CHANGED, by=by, person=grant.user, details=details)
