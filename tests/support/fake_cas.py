"""A CAS server that says whatever a test wants, also what no real one would."""

from __future__ import annotations

from tests.support.stand_in import OneAnswer

NAMESPACE = 'xmlns:cas="http://www.yale.edu/tp/cas"'


def response(inside: str, *, before: str = "") -> bytes:
    return f"{before}<cas:serviceResponse {NAMESPACE}>{inside}</cas:serviceResponse>".encode()


def success(user: str = "li.ming", attributes: str = "", *, before: str = "") -> bytes:
    return response(
        "<cas:authenticationSuccess>"
        f"<cas:user>{user}</cas:user><cas:attributes>{attributes}</cas:attributes>"
        "</cas:authenticationSuccess>",
        before=before,
    )


def failure(code: str) -> bytes:
    return response(
        f'<cas:authenticationFailure code="{code}">of ticket</cas:authenticationFailure>'
    )


class FakeCas(OneAnswer):
    """Confirms every ticket, unless a test has it say otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"{self.url}/cas"

    def begin(self) -> None:
        super().begin()
        self.body = success()
