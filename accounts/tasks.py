from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts.erasing import late_callbacks
from accounts.erasing import work as erasing_work
from accounts.kept_kinds import AUDIT_LOG, NOTICES, SESSIONS, USED_TICKETS
from accounts.services import (
    avatars,
    batch_registration,
    discarded_identities,
    failed_callbacks,
    leaving,
    notices,
    people,
    profile_sync,
)
from accounts.sign_in import password_mails
from classroom.client.rate_limits import Priority
from edu_platform.lib import keeping_times


@shared_task(name="accounts.register_people")
def register_people() -> None:
    """Register everybody whom the cloud does not know yet."""
    batch_registration.register_people(Priority.BACKGROUND)


@shared_task(name="accounts.sync_people")
def sync_people() -> None:
    """Tell the cloud new nicknames and pictures, and take former supervisors off the list."""
    profile_sync.sync_people(Priority.BACKGROUND)


@shared_task(name="accounts.give_missing_codes")
def give_missing_codes() -> None:
    """Give a code to each person whom a release before this one has written."""
    people.give_missing_codes()


@shared_task(name="accounts.end_what_is_left")
def end_what_is_left() -> None:
    """End what people whose accounts are closed still have."""
    leaving.end_what_is_left(timezone.now())


@shared_task(name="accounts.delete_discarded_identities")
def delete_discarded_identities() -> None:
    """Delete in the cloud who was deleted here."""
    discarded_identities.delete_discarded(timezone.now())


@shared_task(name="accounts.erase_people")
def erase_people() -> None:
    """Erase those whom two people have decided to erase."""
    erasing_work.erase_due(timezone.now())


@shared_task(name="accounts.strike_late_callbacks")
def strike_late_callbacks() -> None:
    """Strike out of callbacks what they say of people who were erased before they came."""
    late_callbacks.strike_late_callbacks(timezone.now())


@shared_task(name="accounts.forget_old_sessions")
def forget_old_sessions() -> None:
    keeping_times.forget(SESSIONS, timezone.now())


@shared_task(name="accounts.forget_old_audit_entries")
def forget_old_audit_entries() -> None:
    keeping_times.forget(AUDIT_LOG, timezone.now())


@shared_task(name="accounts.forget_used_tickets")
def forget_used_tickets() -> None:
    keeping_times.forget(USED_TICKETS, timezone.now())


@shared_task(name="accounts.mail_notices")
def mail_notices() -> None:
    """Mail the notices of those who chose so."""
    notices.mail_due(timezone.now())


@shared_task(name="accounts.send_requested_mails")
def send_requested_mails() -> None:
    """Send the links for a new password that people ask for."""
    password_mails.send_requested(timezone.now())


@shared_task(name="accounts.tell_of_failed_callbacks")
def tell_of_failed_callbacks() -> None:
    """Tell administrators of callbacks that failed, once a day."""
    failed_callbacks.tell_of_failed_callbacks(timezone.now())


@shared_task(name="accounts.forget_old_notices")
def forget_old_notices() -> None:
    keeping_times.forget(NOTICES, timezone.now())


@shared_task(name="accounts.remove_unknown_pictures")
def remove_unknown_pictures() -> None:
    """Delete the files of pictures that nobody has."""
    avatars.remove_unknown(timezone.now())
