"""CAS 3: whose ticket it is, as the school's sign-in server says.

The library (python-cas) asks and reads, and does no more. It would follow redirects, wait and read without
end, and expand what a document type declares, so it asks through `_CheckedGet`, and what comes is checked
before it is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from cas import CASClientV3
from django.conf import settings
from django.urls import reverse

from accounts.enums import SignInMethod
from accounts.external.logins import ExternalLogin, UnusableSubject, external_login, role_from
from edu_platform.lib.bounded_http import BoundedHttp, NoUsableAnswer

# Attributes that may hold a person's name; the first that says something counts.
DISPLAY_NAME_ATTRIBUTES = ("displayName", "cn", "name")

# As the protocol has it; some servers put the name of their host after the letters and digits.
TICKET = re.compile(r"ST-[\x21-\x7e]{1,253}")
CAS = "{http://www.yale.edu/tp/cas}"
SAML = "{urn:oasis:names:tc:SAML:2.0:protocol}"
# Failures that say nothing of the ticket.
SERVER_FAILURES = frozenset({"INTERNAL_ERROR", "INVALID_REQUEST"})

_server = BoundedHttp()


class TicketRefused(Exception):
    """The server does not confirm the ticket: made up, used, too old, or of another service."""


# --- Addresses ----------------------------------------------------------------------------------


def service_address(state: str) -> str:
    """Return where the server sends the person back to, with a ticket for this address alone.

    `state` tells the browser that began the sign-in. Made of PUBLIC_BASE_URL, whatever host was asked.
    """
    path = reverse("cas_callback")
    return f"{settings.PUBLIC_BASE_URL}{path}?{urlencode({'state': state})}"


def sign_in_address(state: str) -> str:
    return str(_client(state).get_login_url())


def sign_out_address() -> str:
    """Return where somebody is signed out at the server, which then leads to our sign-in page."""
    return str(_client("").get_logout_url(settings.PUBLIC_BASE_URL + reverse("account_login")))


def _client(state: str) -> CASClientV3:
    # The library takes what stands after the last slash for a file's name.
    server_url = f"{settings.CAS_SERVER_URL}/"
    return CASClientV3(
        server_url=server_url, service_url=service_address(state), session=_CheckedGet()
    )


# --- Checking a ticket --------------------------------------------------------------------------


def check_ticket(ticket: str, state: str) -> ExternalLogin:
    """Ask the server whose ticket it is.

    Raises:
        TicketRefused: nobody's.
        NoUsableAnswer: it cannot be told.
        UnusableSubject: of somebody whose name cannot be kept.
    """
    if not TICKET.fullmatch(ticket):
        raise TicketRefused("no form of a ticket")
    user, attributes, _granting_ticket = _client(state).verify_ticket(ticket)
    subject = str(user or "")
    if not subject.isprintable():  # it gets into logs and lists
        raise UnusableSubject
    role_values = (
        attributes.get(settings.CAS_ROLE_ATTRIBUTE) if settings.CAS_ROLE_ATTRIBUTE else None
    )
    return external_login(
        method=SignInMethod.CAS,
        issuer=settings.CAS_SERVER_URL,
        subject=subject,
        username=subject,
        display_name=_display_name(attributes),
        role=role_from(role_values, settings.CAS_TEACHER_VALUES),
    )


def _display_name(attributes: Mapping[str, object]) -> str:
    for name in DISPLAY_NAME_ATTRIBUTES:
        said = attributes.get(name)
        # Several values make a list, and an empty one is None.
        for value in said if isinstance(said, list) else [said]:
            if isinstance(value, str) and value.strip():
                return value
    return ""


@dataclass(frozen=True, slots=True)
class _Answer:
    content: bytes

    def close(self) -> None:
        """Nothing is open: the library asks for it."""


class _CheckedGet:
    """Stands in for a session of `requests` in the library: it checks what comes before the library reads it."""

    def get(self, url: str, *, params: Mapping[str, str], verify: bool) -> _Answer:
        """Certificates are verified whatever the library says."""
        answer = _server.ask("GET", url, params=params)
        if answer.status != HTTPStatus.OK:
            raise NoUsableAnswer(f"status {answer.status}")
        _refuse_all_but_success(answer.body)
        return _Answer(answer.body)


def _refuse_all_but_success(body: bytes) -> None:
    """The library tells neither why a ticket is refused nor a foreign document from an answer.

    It takes the first `user` of the document for the person, so this has to be the one beside the
    attributes, not one of these.
    """
    root = _read_xml(body)
    outcome = root[0] if root.tag == f"{CAS}serviceResponse" and len(root) == 1 else None
    if outcome is not None and outcome.tag == f"{CAS}authenticationFailure":
        code = "".join(re.findall("[A-Z_]+", outcome.get("code", "")))
        raise (NoUsableAnswer if code in SERVER_FAILURES else TicketRefused)(code)
    if outcome is None or outcome.tag != f"{CAS}authenticationSuccess":
        raise NoUsableAnswer("no answer of CAS")
    users = outcome.findall(f"{CAS}user")
    if len(users) != 1 or len(users[0]) or outcome.find(f".//{CAS}user") is not users[0]:
        raise NoUsableAnswer("no single user in its answer")


class _NoDocumentType(ET.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """It could declare entities, which grow and lead to files: nothing of CAS has one.

        Raises:
            NoUsableAnswer: always, before what it declares is read.
        """
        raise NoUsableAnswer("a document type")


def _read_xml(body: bytes | str) -> ET.Element:
    parser = ET.XMLParser(target=_NoDocumentType())  # noqa: S314 -- bounded, and without entities
    try:
        parser.feed(body)
        root: ET.Element = parser.close()
    except (ET.ParseError, LookupError, ValueError) as err:  # also an encoding that nobody knows
        raise NoUsableAnswer(type(err).__name__) from None
    return root


# --- Signing out --------------------------------------------------------------------------------


def external_id_of(ticket: str) -> str:
    """Return the name of the session that a ticket opened: the server names the ticket when it ends it."""
    return f"{SignInMethod.CAS.value}:{hashlib.sha256(ticket.encode()).hexdigest()}"


def ticket_to_end(logout_request: str) -> str | None:
    """The ticket whose session the server wants to end; None when this is no request of that kind.

    Nobody signs such a request. Who knows the ticket, as the server and the person's browser do, can end
    that one session; nobody else can, and nothing else follows from it.
    """
    try:
        root = _read_xml(logout_request)
    except NoUsableAnswer:
        return None
    named = root.findall(f"{SAML}SessionIndex")
    ticket = (named[0].text or "").strip() if len(named) == 1 else ""
    is_request = root.tag == f"{SAML}LogoutRequest" and TICKET.fullmatch(ticket)
    return ticket if is_request else None
