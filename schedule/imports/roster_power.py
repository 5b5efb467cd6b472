"""Say of rows whether somebody may do to people what a file says; `accounts.services.appointing` decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext

from accounts.appointing_words import reason_not_to_change, reason_not_to_give
from accounts.enums import Role
from accounts.models import User
from accounts.services.appointing import is_about_power, may_give_role, may_look_after
from accounts.services.audit import role_values
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.imports.user_plans import RowPlan


def faults_of_power(plans: Iterable[RowPlan], *, by: User | None) -> list[SheetFault]:
    """Return what is not theirs to do who imports in a page; a command may do all, but bring back nobody who is erased."""
    return [fault for plan in plans for fault in (*_faults_of_erased(plan), *_faults_of(plan, by))]


def _faults_of_erased(plan: RowPlan) -> Iterator[SheetFault]:
    if plan.user is not None and plan.user.erasing_since is not None and plan.changes:
        yield SheetFault(plan.wish.line, "username", gettext("this person is erased, or is to be"))


def _faults_of(plan: RowPlan, by: User | None) -> list[SheetFault]:
    if by is None:
        return []
    wish, user = plan.wish, plan.user
    line = wish.line
    given = wish.roles - user.roles if user is not None else wish.roles
    refused = [role for role in Role if role in given and not may_give_role(by, role, None)]
    if refused:
        return [SheetFault(line, "role", reason_not_to_give(refused))]
    if user is not None and _changes_account(plan) and not may_look_after(by, user):
        return [SheetFault(line, "username", _why_not_changed(user, by))]
    return []


def _why_not_changed(user: User, by: User) -> str:
    if user.pk == by.pk:
        return gettext("nobody changes their own account by a file")
    return reason_not_to_change(user)


def gives_power(plans: Iterable[RowPlan]) -> bool:
    """Tell whether the rows give or take power over others, or change an account that has it.

    Then a code is asked for once more, as on the pages of these people.
    """
    return any(
        (plan.user is not None and _changes_account(plan) and not plan.user.is_ordinary)
        or is_about_power(_changed_roles(plan))
        for plan in plans
    )


def power_in_rows(plans: Iterable[RowPlan]) -> list[tuple[object, ...]]:
    """Return, for a version, what the rows change of people who are there, and whether these have power over others."""
    return [
        (
            plan.user.pk,
            plan.user.is_ordinary,
            plan.reactivates,
            (role_values(plan.user.roles), role_values(plan.wish.roles))
            if _changed_roles(plan)
            else (),
        )
        for plan in plans
        if plan.user is not None and _changes_account(plan)
    ]


def _changed_roles(plan: RowPlan) -> frozenset[Role]:
    """Return the roles that are given or taken; a row that names none changes none."""
    held = plan.user.roles if plan.user is not None else frozenset()
    return plan.wish.roles ^ held if plan.wish.roles else frozenset()


def _changes_account(plan: RowPlan) -> bool:
    return any(change.column != "class_groups" for change in plan.changes)
