"""Find what is wrong with rows of people beside what is wrong with a cell by itself."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from accounts.models import User
from accounts.names import name_taken_words, sign_in_name
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.imports.roster_power import faults_of_power
from schedule.imports.user_plans import Accounts, RowPlan
from schedule.imports.user_rows import UserWish


def faults_beside(
    plans: Sequence[RowPlan],
    accounts: Accounts,
    earlier_faults: Sequence[SheetFault],
    *,
    by: User | None,
) -> list[SheetFault]:
    """Return what is wrong beside what is told already; a cell is not blamed twice."""
    blamed = {(fault.line, fault.column) for fault in earlier_faults}
    faults = _faults_of_namesakes(plans, accounts)
    for plan in plans:
        faults.extend(_faults_of_new(plan.wish) if plan.user is None else ())
    faults += faults_of_power(plans, by=by)
    return [fault for fault in faults if (fault.line, fault.column) not in blamed]


def _faults_of_new(wish: UserWish) -> list[SheetFault]:
    missing = [("display_name", wish.display_name), ("role", wish.roles)]
    reason = gettext("a new person needs this cell")
    return [SheetFault(wish.line, column, reason) for column, value in missing if not value]


def _faults_of_namesakes(plans: Sequence[RowPlan], accounts: Accounts) -> list[SheetFault]:
    """Return the rows whose name sign-in would take for somebody else's, or for the one of a row further up."""
    first: dict[int | str, UserWish] = {}
    faults: list[SheetFault] = []
    for plan in plans:
        wish = plan.wish
        name = sign_in_name(wish.username)
        earlier = first.setdefault(name if plan.user is None else plan.user.pk, wish)
        if wish.line in accounts.namesakes:
            reason = name_taken_words(accounts.namesakes[wish.line])
            faults.append(SheetFault(wish.line, "username", reason))
        elif earlier is not wish:
            reason = gettext(
                "%(username)s in line %(line)s is the same name, but for upper and lower case"
            ) % {"username": earlier.username, "line": earlier.line}
            faults.append(SheetFault(wish.line, "username", reason))
    return faults
