"""People who have a second factor, and people who must have one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from allauth.mfa.models import Authenticator

from accounts.models import SchoolSettings, User
from edu_platform.lib.statements import Statement


@dataclass(frozen=True, slots=True)
class SecondFactorState:
    """`since` is None while there is none; recovery codes that were not shown yet can be seen once."""

    since: dt.datetime | None = None
    codes_left: int = 0
    are_codes_shown: bool = True


def has_second_factor(person: User) -> bool:
    """Recovery codes alone are none: they come and go with the app's."""
    return _APP_OF.first(user_id=person.pk) is not None


def is_compulsory_for(person: User) -> bool:
    return person.is_staff and SchoolSettings.load().second_factor_is_compulsory


def state_of(person: User) -> SecondFactorState:
    kept = {each.type: each for each in Authenticator.objects.filter(user=person)}
    app, codes = (
        kept.get(Authenticator.Type.TOTP),
        kept.get(Authenticator.Type.RECOVERY_CODES),
    )
    if app is None:
        return SecondFactorState()
    if codes is None:
        return SecondFactorState(since=app.created_at)
    known = codes.wrap()
    return SecondFactorState(
        since=app.created_at,
        codes_left=len(known.get_unused_codes()),
        are_codes_shown=known.did_view,
    )


_APP_OF = Statement(
    lambda user_id: Authenticator.objects.filter(
        user_id=user_id, type=Authenticator.Type.TOTP
    ).values_list("pk")
)
