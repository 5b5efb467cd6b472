"""The mail server: whether it lets us in, without a mail being sent."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from edu_platform import env
from edu_platform.doctor.findings import Finding, check, error, ok, warning
from edu_platform.lib.text import error_summary


@check("mail.server")
def server() -> Iterator[Finding]:
    if not settings.SENDS_MAIL:
        yield warning(
            "mail.server",
            _("No mail server is set: nobody gets notices by mail, or a new password."),
            _("Set EMAIL_URL, such as smtp+tls://user:password@host:587, and DEFAULT_FROM_EMAIL."),
        )
        return
    connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
    place = settings.EMAIL_FILE_PATH or f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        try:
            connection.open()
        finally:
            # Also of a server that refused us: Django leaves that connection open.
            connection.close()
    except (OSError, smtplib.SMTPException, UnicodeError) as err:
        yield error(
            "mail.server",
            _("The mail server %(place)s does not take us: %(reason)s")
            % {"place": place, "reason": _reason(err)},
            _("Correct EMAIL_URL (user, password, port, TLS), or ask who runs the mail server."),
        )
    else:
        yield ok("mail.server", _("The mail server %(place)s lets us in.") % {"place": place})


def _reason(err: OSError | smtplib.SMTPException | UnicodeError) -> str:
    """Without the words of a server that was given a password: it may repeat them."""
    # A host that cannot be one, or a password with letters beyond ASCII: some of it stands in the words.
    if isinstance(err, UnicodeError):
        return type(err).__name__
    if isinstance(err, smtplib.SMTPResponseException):
        return f"{type(err).__name__} {err.smtp_code}"
    return error_summary(err)


@check("mail.sender")
def sender() -> Iterator[Finding]:
    if not settings.SENDS_MAIL:
        return
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    host = address.rpartition("@")[2]
    if "." in host and host not in env.LOOPBACK:
        yield ok("mail.sender", _("Mail comes from %(address)s.") % {"address": address})
        return
    yield warning(
        "mail.sender",
        _("Mail comes from %(address)s, which mail servers refuse.") % {"address": address},
        _("Set DEFAULT_FROM_EMAIL to an address of the school's."),
    )
