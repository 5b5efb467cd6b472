"""Mails in the school's name that are not notices: about signing in, and to families."""

from __future__ import annotations

from email.errors import MessageError
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts.models import SchoolSettings
from edu_platform.lib.database import release_database


class MailServerSilent(Exception):
    """The mail server does not take mail at the moment."""


class MailRefused(Exception):
    """The mail server does not take this mail."""


def send_school_mail(
    template_prefix: str,
    email: str,
    context: dict[str, Any],
    *,
    headers: dict[str, str] | None = None,
) -> None:
    """Send one; none where mail would end in a log.

    Raises:
        OSError: the mail server does not take it; its words may repeat the mail.
    """
    if not settings.SENDS_MAIL:
        return
    school = {
        "school_name": SchoolSettings.load().school_name,
        "base_url": settings.PUBLIC_BASE_URL,
    }
    subject = render_to_string(f"{template_prefix}_subject.txt", context | school)
    body = render_to_string(f"{template_prefix}_message.txt", context | school)
    release_database()
    EmailMessage(
        " ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [email], headers=headers
    ).send()


def send_secret_mail(
    template_prefix: str,
    email: str,
    context: dict[str, Any],
    *,
    headers: dict[str, str] | None = None,
) -> None:
    """Send one that holds a secret address; what goes wrong is said without words that may repeat the mail.

    Raises:
        MailRefused: the mail server does not take it, or no mail can be written to the address.
        MailServerSilent: it takes none at the moment.
    """
    try:
        send_school_mail(template_prefix, email, context, headers=headers)
    except (SMTPRecipientsRefused, SMTPDataError) as err:
        raise MailRefused(_reason(err)) from None
    except OSError as err:  # all errors of smtplib are among these
        raise MailServerSilent(_reason(err)) from None
    except (MessageError, ValueError) as err:
        # Forms take some addresses that no header can hold, and some with names that no domain can have.
        raise MailRefused(_reason(err)) from None


def _reason(err: Exception) -> str:
    code = f" {err.smtp_code}" if isinstance(err, SMTPResponseException) else ""
    return f"{type(err).__name__}{code}"
