"""The person who comes with an account of another system, and the roles that this system gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from accounts.enums import AuditKind, GrantSource, Role, SignInMethod
from accounts.erasing.earlier_usernames import day_erased
from accounts.external.logins import ExternalLogin
from accounts.hooks import keys_in_need
from accounts.models import ExternalAccount, RoleGrant, User
from accounts.names import DISPLAY_NAME_CHARS, sign_in_name
from accounts.notices import (
    RETURNING_ACCOUNT_NOTICE,
    WAITING_ACCOUNT_NOTICE,
    WITHDRAWN_ROLE_NOTICE,
)
from accounts.services import audit
from accounts.services.notices import notify_many
from accounts.services.people import create_person, take_away
from accounts.services.sign_ins import end_by_external_account
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement

# The state that the list of people shows: those with a role that is no longer given.
WITHDRAWN_FILTER = "withdrawn"

_WITH_GRANTS = Statement(
    lambda method, issuer, subject: (
        ExternalAccount.objects.filter(method=method, issuer=issuer, subject=subject)
        .select_related("user")
        .annotate(
            grant_pk=F("user__role_grants__pk"),
            granted_role=F("user__role_grants__role"),
            grant_source=F("user__role_grants__source"),
            grant_withdrawn_at=F("user__role_grants__withdrawn_at"),
        )
    )
)


class Found(NamedTuple):
    """An account, and the roles that its person holds."""

    account: ExternalAccount
    grants: Sequence[RoleGrant]


class WaitsForStaff(Exception):
    """There is an account here that may be the same person's, or was until they were erased: staff say whose it is."""

    def __init__(self, account: ExternalAccount) -> None:
        super().__init__(str(account))
        self.account = account


class MayNotLink(Exception):
    """Only a superuser links an account with any role but student or teacher."""


def person_for(login: ExternalLogin, *, links_existing: bool, at: dt.datetime) -> User:
    """Find the person, or create one at the first sign-in; give and take the roles that the login says.

    Matched by method, issuer and subject alone. An account here with the same username is linked only if
    `links_existing`, and only a student's or teacher's; else the external account waits for staff. So it does
    where somebody with this username was erased: nobody comes back by signing in.

    Raises:
        WaitsForStaff: staff have yet to say whose account it is.
    """
    found = _known(login) or _first_seen(login, links_existing=links_existing)
    person = found.account.user
    if person is None:
        raise WaitsForStaff(found.account)
    sync_roles(person, login.role, found.grants, at=at)
    return person


def _known(login: ExternalLogin) -> Found | None:
    """By one query: there is a row for each role of the person."""
    rows = _WITH_GRANTS.rows(method=login.method.value, issuer=login.issuer, subject=login.subject)
    if not rows:
        return None
    person = rows[0].user
    grants = [
        RoleGrant(
            pk=row.grant_pk,
            user=person,
            role=row.granted_role,
            source=row.grant_source,
            withdrawn_at=row.grant_withdrawn_at,
        )
        for row in rows
        if row.grant_pk is not None
    ]
    if person is not None:
        person.set_known_roles(Role(grant.role) for grant in grants)
    return Found(rows[0], grants)


def _first_seen(login: ExternalLogin, *, links_existing: bool) -> Found:
    try:
        account = _add_account(login, links_existing=links_existing)
    except (IntegrityError, ValidationError):
        # The same person in two windows: the other one was quicker, with account or username.
        if known := _known(login):
            return known
        account = _add_account(login, links_existing=links_existing)
    return Found(account, list(account.user.role_grants.all()) if account.user else [])


@transaction.atomic
def _add_account(login: ExternalLogin, *, links_existing: bool) -> ExternalAccount:
    same_name = list(User.objects.filter(sign_in_name=sign_in_name(login.username))[:2])
    person: User | None = None
    was_erased = not same_name and day_erased(login.username) is not None
    if not same_name and not was_erased:
        role = login.role or Role.STUDENT
        person = create_person(
            username=login.username,
            display_name=login.display_name,
            roles=[],
            by=None,
            audit_details={"roles": [role.value], **_told(login)},
        )
        _give(person, role)
    elif links_existing and len(same_name) == 1 and _may_be_theirs(same_name[0], login):
        person = same_name[0]
        audit.record(
            AuditKind.EXTERNAL_ACCOUNT_LINKED, by=None, person=person, details=_told(login)
        )
    account = ExternalAccount.objects.create(
        method=login.method,
        issuer=login.issuer,
        subject=login.subject,
        user=person,
        username=login.username,
        display_name=login.display_name,
    )
    if person is None:
        _tell_administrators(
            account, RETURNING_ACCOUNT_NOTICE if was_erased else WAITING_ACCOUNT_NOTICE
        )
    return account


def _may_be_theirs(person: User, login: ExternalLogin) -> bool:
    """Tell whether the username alone may link: not to power, nor to whom that system knows by another subject.

    That one gave the username to somebody else since, or let somebody choose it. Nor does a name that was
    altered on its way: `li,ming` became `li-ming`, who is another person there. The row is locked, so that of
    two subjects that come at once one waits.
    """
    if not login.has_own_username:
        return False
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    known = person.external_accounts.filter(method=login.method, issuer=login.issuer)
    return person.erasing_since is None and person.is_ordinary and not known.exists()


def _tell_administrators(account: ExternalAccount, kind: str) -> None:
    """Tell those whose administration lists the account."""
    notify_many(
        list(User.objects.administrators().active()),
        kind=kind,
        arguments={"name": account.display_name, "username": account.username},
        address=reverse("admin:accounts_externalaccount_change", args=[account.pk]),
        cause=f"{kind}:{account.pk}",
        at=account.created_at,
    )


def _told(login: ExternalLogin) -> dict[str, object]:
    return {"method": login.method.value, "issuer": login.issuer, "subject": login.subject}


@transaction.atomic
def link(account: ExternalAccount, person: User, *, by: User) -> None:
    """Staff say that the account is this person's, also when it was another's.

    Raises:
        MayNotLink: one of the two has more power than `by` may hand over.
    """
    account = ExternalAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if account.user == person:
        return
    _require_power(by, account.user, person)
    _end_use(account, by=by)
    account.user = person
    account.save(update_fields=["user"])
    audit.record(AuditKind.EXTERNAL_ACCOUNT_LINKED, by=by, person=person, details=_named(account))


@transaction.atomic
def make_person(account: ExternalAccount, *, username: str, by: User) -> User:
    """Staff say that the account is somebody's who is not here yet: a student, until a sign-in says otherwise.

    Raises:
        ValidationError: the username is somebody's.
    """
    person = create_person(
        username=username,
        display_name=account.display_name or username[:DISPLAY_NAME_CHARS],
        roles=[],
        by=by,
        audit_details={"roles": [Role.STUDENT.value], **_named(account)},
    )
    _give(person, Role.STUDENT)
    link(account, person, by=by)
    return person


@transaction.atomic
def unlink(account: ExternalAccount, *, by: User) -> None:
    """The account no longer opens this person's; at its next sign-in it is as if it had never been seen.

    Raises:
        MayNotLink: the person has more power than `by` may hand over.
    """
    _require_power(by, account.user)
    _end_use(account, by=by)
    account.delete()


def _require_power(by: User, *people: User | None) -> None:
    if not all(may_link(person, by=by) for person in people if person is not None):
        raise MayNotLink


def may_link(person: User, *, by: User) -> bool:
    """Tell whether somebody may hand a person's account over; nobody that of somebody who is erased, or is to be."""
    return person.erasing_since is None and (by.is_superuser or person.is_ordinary)


def _end_use(account: ExternalAccount, *, by: User) -> None:
    """Sign out everybody who is signed in with the account."""
    if account.user is None:
        return
    end_by_external_account(SignInMethod(account.method), account.issuer, account.subject)
    audit.record(
        AuditKind.EXTERNAL_ACCOUNT_UNLINKED, by=by, person=account.user, details=_named(account)
    )


def _named(account: ExternalAccount) -> dict[str, object]:
    return {"method": account.method, "issuer": account.issuer, "subject": account.subject}


# --- Roles --------------------------------------------------------------------------------------


def sync_roles(
    person: User, role: Role | None, held: Collection[RoleGrant], *, at: dt.datetime
) -> None:
    """Give the role that the other system says, and take what it gave before; by hand stays by hand.

    None changes nothing. A role that work still to come needs is not taken but marked: staff are shown it.
    """
    if role is None:
        return
    has_it = any(grant.role == role and grant.withdrawn_at is None for grant in held)
    if not has_it or _stale(held, role):
        _change_roles(person, role, at=at)


def _stale(held: Collection[RoleGrant], role: Role) -> list[RoleGrant]:
    """Return the roles that the other system gave before and says no longer."""
    return [
        grant
        for grant in held
        if grant.role != role and grant.source == GrantSource.CLAIM and grant.withdrawn_at is None
    ]


@transaction.atomic
def _change_roles(person: User, role: Role, *, at: dt.datetime) -> None:
    """Locks the person: of two who say different roles at once, the later one is told by what the other wrote."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    held = list(RoleGrant.objects.filter(user=person))
    before = audit.role_values(Role(grant.role) for grant in held)
    _give(person, role)
    for grant in _stale(held, role):
        if keys_in_need([person], Role(grant.role)):
            grant.withdrawn_at = at
            grant.save(update_fields=["withdrawn_at"])
            _tell_staff_of_role(person, grant, at=at)
        else:
            take_away([grant])
    person.forget_roles()
    after = audit.role_values(person.roles)
    if before != after:
        details = {"before": before, "after": after}
        audit.record(AuditKind.ROLES_CHANGED, by=None, person=person, details=details)
        enqueue_on_commit("accounts.sync_people")


def _tell_staff_of_role(person: User, grant: RoleGrant, *, at: dt.datetime) -> None:
    notify_many(
        list(User.objects.staff().active()),
        kind=WITHDRAWN_ROLE_NOTICE,
        arguments={"name": person.display_name, "role": grant.role},
        address=f"{reverse('people:people')}?{urlencode({'state': WITHDRAWN_FILTER})}",
        cause=f"{WITHDRAWN_ROLE_NOTICE}:{grant.pk}:{at.isoformat()}",
        at=at,
    )


def _give(person: User, role: Role) -> None:
    grant, is_new = RoleGrant.objects.get_or_create(
        user=person, role=role, defaults={"source": GrantSource.CLAIM}
    )
    if not is_new and grant.withdrawn_at is not None:
        grant.withdrawn_at = None
        grant.save(update_fields=["withdrawn_at"])


@transaction.atomic
def keep_role(grant: RoleGrant, *, by: User) -> None:
    """Staff keep a role that the other system no longer gives: it is theirs to take from now on."""
    grant.source, grant.withdrawn_at = GrantSource.HAND, None
    grant.save(update_fields=["source", "withdrawn_at"])
    details = {"kept": grant.role}
    audit.record(AuditKind.ROLES_CHANGED, by=by, person=grant.user, details=details)
