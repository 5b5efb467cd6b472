"""The cost of a sign-in by a hand-over ticket to the web server, and what a wrong ticket does.

Each ticket is new, and comes in a browser that has been nowhere. Measured is the processor time of the web
processes, the best of a few rounds; floors are parts of the same work under the same server, with no platform
around them (`bare_sign_in.py`): the check of the ticket alone, and a sign-in of somebody who is not asked for
anything. Statements are counted in this process, one by one, those of transactions among them.

    make bench    or    .venv/bin/python bench/handover.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import itertools
import json
import os
import secrets
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import clients
import school
import table
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from accounts.models import User

ISSUER = "https://www.school.example"
ADDRESS = "/accounts/handover/?ticket="
PEOPLE = 200
ROUNDS, REQUESTS, WARM_UP = 4, 25, 5
SIGN_IN_MS, WRONG_MS, STATEMENTS = 15, 3, 8


class Signer:
    """The school's own site, with a key of each kind."""

    def __init__(self) -> None:
        self._secret = secrets.token_urlsafe(48)
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._number = itertools.count()

    def environment(self) -> str:
        pem = self._private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        keys = {"HS256": self._secret, "RS256": pem.decode()}
        return json.dumps(
            {alg: {"alg": alg, "key": key, "iss": ISSUER} for alg, key in keys.items()}
        )

    def ticket(self, algorithm: str, audience: str) -> str:
        import jwt

        now_s = int(time.time())
        number = next(self._number)
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": f"student-{number % PEOPLE}",
            "name": "李静怡",
            "role": "student",
            "iat": now_s,
            "exp": now_s + 50,
            "jti": f"ticket-{number}",
        }
        key = self._secret if algorithm == "HS256" else self._private
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": algorithm})


def add_people() -> list[User]:
    """People who have signed in by a ticket before."""
    from accounts.models import ExternalAccount

    people = school.add_people([f"student-{number}" for number in range(PEOPLE)], "student")
    ExternalAccount.objects.bulk_create(
        ExternalAccount(method="handover", issuer=ISSUER, subject=each.username, user=each)
        for each in people
    )
    return people


def processor_ms(
    stack: Stack, server: str, port: int, path: Callable[[], str], status: int
) -> float:
    """Measure one request: the best round of a few."""
    connection = clients.connect(port)
    rounds = []
    for number in range(ROUNDS + 1):
        before_s = stack.processor_s(server)
        for _request in range(WARM_UP if number == 0 else REQUESTS):
            _ask(connection, path(), status)
        rounds.append((stack.processor_s(server) - before_s) * 1000 / REQUESTS)
    return min(rounds[1:])


def _ask(connection: HTTPConnection, path: str, status: int) -> None:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != status:
        raise SystemExit(f"{path.partition('?')[0]} answered {answer.status}, not {status}")


def statements(path: str) -> int:
    """Count the statements of a sign-in."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        answer = Client(SERVER_NAME="127.0.0.1").get(path)
    if answer.status_code != 302:
        raise SystemExit(f"a good ticket was answered {answer.status_code}")
    return len(captured)


class Site:
    """The platform, and beside it the parts of a sign-in alone."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        self._stack, self._signer = stack, signer
        self._people = add_people()
        school.forget_messages(stack.valkey.url)
        self._ports = {
            "web": stack.start_web(),
            "bare": stack.start_web("bare_sign_in:application", name="bare"),
        }

    def good_ticket(self, algorithm: str) -> str:
        return self._signer.ticket(algorithm, os.environ["PUBLIC_BASE_URL"])

    def sign_in_ms(self, algorithm: str) -> float:
        return self._ms("web", lambda: f"{ADDRESS}{self.good_ticket(algorithm)}", 302)

    def wrong_ticket_ms(self) -> float:
        """Rightly signed, for somebody else: all of it is looked at."""
        foreign = "https://other.example"
        return self._ms("web", lambda: f"{ADDRESS}{self._signer.ticket('RS256', foreign)}", 403)

    def check_ms(self, algorithm: str) -> float:
        path = f"/verify/?key={algorithm}&ticket="
        return self._ms("bare", lambda: f"{path}{self.good_ticket(algorithm)}", 302)

    def bare_sign_in_ms(self) -> float:
        return self._ms("bare", lambda: f"/sign-in/?person={secrets.choice(self._people).pk}", 302)

    def _ms(self, server: str, path: Callable[[], str], status: int) -> float:
        return processor_ms(self._stack, server, self._ports[server], path, status)


def sign_in_row(site: Site, algorithm: str) -> Row:
    return Row(
        what=f"sign-in by a ticket, {algorithm}",
        value=site.sign_in_ms(algorithm),
        unit="ms cpu",
        floor=site.check_ms(algorithm) + site.bare_sign_in_ms(),
        at_most=SIGN_IN_MS,
    )


def rows() -> list[Row]:
    signer = Signer()
    os.environ["HANDOVER_KEYS"] = signer.environment()
    with Stack() as stack:
        site = Site(stack, signer)
        return [
            *(sign_in_row(site, algorithm) for algorithm in ("HS256", "RS256")),
            Row(
                what="  its statements",
                value=statements(f"{ADDRESS}{site.good_ticket('HS256')}"),
                unit="",
                at_most=STATEMENTS,
            ),
            Row(
                what="wrong ticket, with its page",
                value=site.wrong_ticket_ms(),
                unit="ms cpu",
                floor=site.check_ms("RS256"),
                at_most=WRONG_MS,
            ),
        ]


if __name__ == "__main__":
    table.end_in(rows)
