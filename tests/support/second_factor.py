"""A phone with an app for sign-in codes, by RFC 6238 alone; and people who have one."""

from __future__ import annotations

import base64
import hmac
import time
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.models import SchoolSettings, User

STEP_S = 30
SET_UP = "/accounts/second-factor/set-up/"
CODE = "/accounts/second-factor/code/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str, *, steps_on: int = 0) -> str:
    """Return what the app shows now, or so many steps of 30 seconds later."""
    step = int(time.time()) // STEP_S + steps_on
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def wrong_code(secret: str) -> str:
    """One that the app shows at none of the moments around."""
    near = {code_of(secret, steps_on=steps) for steps in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


@dataclass(frozen=True, slots=True)
class Factor:
    secret: str
    recovery_codes: list[str]

    def code(self, *, steps_on: int = 0) -> str:
        return code_of(self.secret, steps_on=steps_on)

    @property
    def wrong(self) -> str:
        return wrong_code(self.secret)


def give_second_factor(person: User, secret: str = SECRET) -> Factor:
    TOTP.activate(person, secret)
    return Factor(secret, RecoveryCodes.activate(person).generate_codes())


def kinds_kept_of(person: User) -> set[str]:
    return set(Authenticator.objects.filter(user=person).values_list("type", flat=True))


def make_compulsory() -> None:
    school = SchoolSettings.load()
    school.second_factor_is_compulsory = True
    school.save()


def type_code(client: Client, code: str) -> Any:
    return client.post(CODE, {"code": code})
