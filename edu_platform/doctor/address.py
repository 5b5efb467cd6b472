"""PUBLIC_BASE_URL: whether it leads here, and whether the cloud can come by it."""

from __future__ import annotations

import datetime as dt
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import certifi
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from classroom.addresses import CALLBACK_PORTS, has_unusual_port, is_beyond_the_clouds_reach
from edu_platform.doctor import refused_callbacks
from edu_platform.doctor.findings import Finding, Level, check, error, ok, warning
from edu_platform.doctor.self_callback import Delivery, Outcome, send_callback
from edu_platform.lib.bounded_http import NoUsableAnswer
from edu_platform.lib.formatting import listed
from edu_platform.lib.hosts import DEFAULT_PORTS
from edu_platform.lib.text import error_summary

CONNECT_TIMEOUT_S = 3.0
CERTIFICATE_ENDS_SOON = dt.timedelta(days=14)
# What our own web server calls itself; a proxy puts its own name there, or passes ours on.
OWN_SERVER = "gunicorn"


@dataclass(frozen=True, slots=True)
class Origin:
    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def origin_of(parts: SplitResult) -> Origin:
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return Origin(parts.scheme, parts.hostname or "", port)


@check(
    "address.name",
    "address.connection",
    "address.certificate",
    "address.callback",
    "address.old_key",
    "address.proxy",
)
def reached_through_itself() -> Iterator[Finding]:
    """One step after the other, each by the one before; the last is a callback to ourselves."""
    origin = origin_of(urlsplit(settings.PUBLIC_BASE_URL))
    steps = [
        check_name,
        check_connection,
        *([check_certificate] if origin.scheme == "https" else []),
    ]
    for step in steps:
        finding = step(origin)
        yield finding
        if finding.level is Level.ERROR:
            return
    yield from check_callback()


def check_name(origin: Origin) -> Finding:
    try:
        socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return error(
            "address.name",
            _("The name %(host)s is not known.") % {"host": origin.host},
            _("Correct PUBLIC_BASE_URL, or have the name entered in the DNS."),
        )
    return ok("address.name", _("The name %(host)s is known.") % {"host": origin.host})


def check_connection(origin: Origin) -> Finding:
    told = {"place": str(origin)}
    advice = _(
        "See that the proxy or web process runs there and that no firewall is between. Where it"
        " answers from outside alone, have this machine reach it too (an entry in /etc/hosts)."
    )
    try:
        socket.create_connection((origin.host, origin.port), timeout=CONNECT_TIMEOUT_S).close()
    except ConnectionRefusedError:
        return error("address.connection", _("Nobody listens at %(place)s.") % told, advice)
    except OSError as err:
        told["reason"] = error_summary(err)
        text = _("%(place)s takes no connection from here: %(reason)s") % told
        return error("address.connection", text, advice)
    return ok("address.connection", _("%(place)s takes connections.") % told)


def check_certificate(origin: Origin) -> Finding:
    # The list by which requests judge, our own and those of this check.
    context = ssl.create_default_context(
        cafile=os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
    )
    try:
        with (
            socket.create_connection((origin.host, origin.port), CONNECT_TIMEOUT_S) as raw,
            context.wrap_socket(raw, server_hostname=origin.host) as encrypted,
        ):
            ends_s = ssl.cert_time_to_seconds(str((encrypted.getpeercert() or {})["notAfter"]))
    except OSError as err:
        reason = err.verify_message if isinstance(err, ssl.SSLCertVerificationError) else str(err)
        return error(
            "address.certificate",
            _("The certificate of %(place)s is refused: %(reason)s")
            % {"place": str(origin), "reason": reason},
            _(
                "Renew it, for this name and with the whole chain: the cloud and browsers refuse it"
                " too."
            ),
        )
    ends_at = dt.datetime.fromtimestamp(ends_s, tz=dt.UTC)
    told = {"day": f"{timezone.localtime(ends_at):%Y-%m-%d}"}
    text = _("The certificate is good until %(day)s.") % told
    if ends_at - timezone.now() < CERTIFICATE_ENDS_SOON:
        return warning("address.certificate", text, _("Renew it now, and see why nothing did."))
    return ok("address.certificate", text)


def check_callback() -> Iterator[Finding]:
    """Sent with each key: processes that were not restarted know the old one alone."""
    keys = settings.LCIC_CALLBACK_KEY
    if not keys:
        yield refused_callbacks.without_key()
        return
    try:
        first, *others = [send_callback(key) for key in keys]
    except NoUsableAnswer as err:
        yield refused_callbacks.without_answer(str(err))
        return
    if first.outcome is Outcome.WRONG_SIGNATURE and any(_is_stored(each) for each in others):
        yield refused_callbacks.with_old_key_alone()
    elif not _is_stored(first):
        yield refused_callbacks.explained(first)
    else:
        yield ok("address.callback", _("A callback to ourselves came back to this installation."))
        if not all(map(_is_stored, others)):
            yield refused_callbacks.without_old_key()
    yield check_proxy(first)


def _is_stored(delivery: Delivery) -> bool:
    return delivery.outcome is Outcome.STORED


def check_proxy(delivery: Delivery) -> Finding:
    """Check if somebody stands in front of whom we are not told.

    The other way round nobody can say: some proxies pass the web server's name on.
    """
    headers = delivery.answer.headers
    server = headers.get("Server", "")
    is_in_front = "Via" in headers or not server.startswith(OWN_SERVER)
    if not is_in_front or settings.TRUSTED_PROXIES:
        told = _("TRUSTED_PROXIES is %(count)d.") % {"count": settings.TRUSTED_PROXIES}
        return ok("address.proxy", told)
    return warning(
        "address.proxy",
        _(
            "A proxy (%(name)s) stands in front and TRUSTED_PROXIES is 0: everybody seems to come"
            " from one address, and one person's wrong passwords lock others out."
        )
        % {"name": server or "?"},
        _(
            "Set TRUSTED_PROXIES to how many proxies of yours stand in a row, have them pass"
            " X-Forwarded-For and X-Forwarded-Proto, and restart the web processes."
        ),
    )


@check("address.reach")
def reached_by_the_cloud() -> Iterator[Finding]:
    """As far as the address shows."""
    if is_beyond_the_clouds_reach():
        yield warning(
            "address.reach",
            _(
                "PUBLIC_BASE_URL is inside a private network: the cloud cannot call, replays come"
                " minutes later, and courseware cannot be fetched."
            ),
            _("Set it to an address that is reached from the internet."),
        )
    elif has_unusual_port():
        yield warning(
            "address.reach",
            _(
                "The international edition of the cloud calls no port such as that of PUBLIC_BASE_URL."
            ),
            _("Use one of the ports %(ports)s.")
            % {"ports": listed(sorted(filter(None, CALLBACK_PORTS)))},
        )
    else:
        yield ok("address.reach", _("The cloud can call PUBLIC_BASE_URL, as far as it shows."))
