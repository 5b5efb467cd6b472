"""Words for what a callback to ourselves that did not arrive says about its way."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from classroom.client.transport import is_configured
from edu_platform.doctor.findings import Finding, error, warning
from edu_platform.doctor.self_callback import Delivery, Outcome

LINE = "address.callback"


def without_key() -> Finding:
    advice = _(
        "Set LCIC_CALLBACK_KEY to a long random text, restart the web processes, and run"
        " `manage.py setup_cloud`."
    )
    if is_configured():
        return error(
            LINE, _("LCIC_CALLBACK_KEY is not set: every callback of the cloud is refused."), advice
        )
    return warning(LINE, _("LCIC_CALLBACK_KEY is not set, so no callback can be tried."), advice)


def without_answer(reason: str) -> Finding:
    return error(
        LINE,
        _("A callback to ourselves was not answered: %(reason)s") % {"reason": reason},
        _("See the log of the proxy and of the web processes, and whether these are overloaded."),
    )


def with_old_key_alone() -> Finding:
    return error(
        LINE,
        _("The web processes know the old callback key alone, and refuse the new one."),
        _("Restart the web processes of all machines with this LCIC_CALLBACK_KEY."),
    )


def without_old_key() -> Finding:
    return warning(
        "address.old_key",
        _("The web processes refuse the old callback key, which the cloud may still use."),
        _(
            "While the key is being changed restart them with both; afterwards take the old one out"
            " of LCIC_CALLBACK_KEY."
        ),
    )


def explained(delivery: Delivery) -> Finding:
    text, advice = WORDS[delivery.outcome]()
    return error(LINE, text % {"status": delivery.answer.status}, advice)


def _stored_elsewhere() -> tuple[str, str]:
    return (
        _("Another installation, with a database of its own, answers at PUBLIC_BASE_URL."),
        _("Correct PUBLIC_BASE_URL or DATABASE_URL, here or in the web processes."),
    )


def _wrong_signature() -> tuple[str, str]:
    return (
        _("The web processes have another LCIC_CALLBACK_KEY, or none (HTTP %(status)d)."),
        _("Give all processes the same environment, and restart them."),
    )


def _expired() -> tuple[str, str]:
    return (
        _("The web processes' clock differs by minutes from this machine's (HTTP %(status)d)."),
        _("Have every machine set its clock by NTP (chrony, systemd-timesyncd)."),
    )


def _another_application() -> tuple[str, str]:
    return (
        _("The web processes have another LCIC_SDK_APP_ID (HTTP %(status)d)."),
        _("Give all processes the same environment, and restart them."),
    )


def _redirected() -> tuple[str, str]:
    if settings.PUBLIC_BASE_URL.startswith("https://") and not settings.TRUSTED_PROXIES:
        advice = _(
            "If a proxy stands in front, set TRUSTED_PROXIES and have it pass X-Forwarded-Proto:"
            " else https is not noticed here, and asked for again and again."
        )
    else:
        advice = _(
            "Set PUBLIC_BASE_URL to the address that it leads to: the cloud does not follow."
        )
    return _("PUBLIC_BASE_URL leads elsewhere (HTTP %(status)d)."), advice


def _host_refused() -> tuple[str, str]:
    return (
        _("The web processes refuse the host of PUBLIC_BASE_URL (HTTP %(status)d)."),
        _("Have the proxy pass Host as it came, and see ALLOWED_HOSTS of the web processes."),
    )


def _not_found() -> tuple[str, str]:
    return (
        _("What answers at PUBLIC_BASE_URL is not this platform (HTTP %(status)d)."),
        _("Have the proxy pass everything of this host on, /callbacks/classroom/ among it."),
    )


def _gateway() -> tuple[str, str]:
    return (
        _("The proxy does not reach the web processes (HTTP %(status)d)."),
        _("Start them (Procfile: web), or correct the proxy's address of them."),
    )


def _fault() -> tuple[str, str]:
    return (
        _("A callback to ourselves ended in a fault (HTTP %(status)d)."),
        _(
            "See the lines that begin with database, then the logs of the web processes and the proxy."
        ),
    )


def _other() -> tuple[str, str]:
    return (
        _("A callback to ourselves was refused on its way (HTTP %(status)d)."),
        _("See the log of the proxy, and whether a firewall or sign-in of its own is in front."),
    )


WORDS: dict[Outcome, Callable[[], tuple[str, str]]] = {
    Outcome.STORED_ELSEWHERE: _stored_elsewhere,
    Outcome.WRONG_SIGNATURE: _wrong_signature,
    Outcome.EXPIRED: _expired,
    Outcome.ANOTHER_APPLICATION: _another_application,
    Outcome.REDIRECTED: _redirected,
    Outcome.HOST_REFUSED: _host_refused,
    Outcome.NOT_FOUND: _not_found,
    Outcome.GATEWAY: _gateway,
    Outcome.FAULT: _fault,
    Outcome.OTHER: _other,
}
