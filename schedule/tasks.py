from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from edu_platform.lib.keeping_times import forget
from schedule.changes import telling
from schedule.channels import message_queue
from schedule.families.forgetting import ENDED_LINKS, UNUSED_LINKS
from schedule.families.mailing.addresses import forget_unconfirmed
from schedule.families.mailing.runs import mail_due
from schedule.families.slips.printing import close_old_prints
from schedule.guests import leaving_cloud
from schedule.kept_kinds import (
    CHECKED_FILES,
    CONSENTS,
    DELETED_LESSONS,
    GROUP_MESSAGES,
    GUESTS,
)
from schedule.manual_recording import settling
from schedule.rooms import ahead, marquees, polling, sync, unknown_rooms
from schedule.terms.days import calendar_days
from schedule.work import writing
from schedule.work.writing import LONG_WORK

# The longest work that can be asked for is a file of 20,000 people with start passwords: a quarter of an hour where one
# takes 50 ms. A slow machine has eight times as long.
LONGEST_WORK_S = 2 * 60 * 60
# A work that is told to end because it took too long has so long for that, before its process is killed.
TIME_TO_END_S = 30


@shared_task(name="schedule.make_rooms_ahead")
def make_rooms_ahead() -> None:
    """Make the rooms of all lessons inside the horizon that have none."""
    ahead.make_rooms_ahead(timezone.now())


@shared_task(
    name="schedule.do_long_work",
    soft_time_limit=LONGEST_WORK_S,
    time_limit=LONGEST_WORK_S + TIME_TO_END_S,
)
def do_long_work() -> None:
    """Do the next long work that somebody asked for."""
    writing.do_long_work(timezone.now())


@shared_task(name="schedule.forget_long_work")
def forget_long_work() -> None:
    """Delete what became of long work when it is old enough."""
    forget(LONG_WORK, timezone.now())


@shared_task(name="schedule.sync_rooms")
def sync_rooms() -> None:
    """Bring changed and cancelled lessons to the cloud."""
    sync.sync_rooms(timezone.now())


@shared_task(name="schedule.settle_recordings")
def settle_recordings() -> None:
    """Ask about recordings by hand whose state is not known."""
    settling.settle_due(timezone.now())


@shared_task(name="schedule.set_marquees")
def set_marquees() -> None:
    """Set the running mark of rooms whose class has not begun, where the school wants it."""
    marquees.set_marquees(timezone.now())


@shared_task(name="schedule.ask_again_for_recordings")
def ask_again_for_recordings() -> None:
    """Mark recordings that the cloud refused, so that they are asked for again."""
    sync.ask_again_for_recordings(timezone.now())


@shared_task(name="schedule.remove_orphan_rooms")
def remove_orphan_rooms() -> None:
    """Delete rooms that a lost answer left behind in the cloud."""
    unknown_rooms.remove_orphan_rooms(timezone.now())


@shared_task(name="schedule.poll_rooms")
def poll_rooms() -> None:
    """Ask the cloud which classes run, have ended, expired, or run over."""
    polling.poll_rooms(timezone.now())


@shared_task(name="schedule.forget_guests_in_cloud")
def forget_guests_in_cloud() -> None:
    """Ask the cloud to delete guests whose lesson is long over, or does not take place."""
    leaving_cloud.forget_overdue(timezone.now())


@shared_task(name="schedule.forget_checked_files")
def forget_checked_files() -> None:
    """Delete spreadsheets that were checked and not imported in time."""
    forget(CHECKED_FILES, timezone.now())


@shared_task(name="schedule.send_channel_messages")
def send_channel_messages() -> None:
    """Tell groups of changes whose turn it is."""
    message_queue.send_due_messages(timezone.now())


@shared_task(name="schedule.forget_channel_messages")
def forget_channel_messages() -> None:
    """Delete messages to groups when they are old enough."""
    forget(GROUP_MESSAGES, timezone.now())


@shared_task(name="schedule.tell_changes")
def tell_changes() -> None:
    """Tell people of changes of their lessons."""
    telling.tell_changes(timezone.now())


@shared_task(name="schedule.mail_families")
def mail_families() -> None:
    """Mail families the changes of their children's lessons, and ask new addresses for a confirmation."""
    mail_due(timezone.now())


@shared_task(name="schedule.forget_unconfirmed_addresses")
def forget_unconfirmed_addresses() -> None:
    """Delete the addresses of families that nobody has confirmed in time."""
    forget_unconfirmed(timezone.now())


@shared_task(name="schedule.forget_deleted_lessons")
def forget_deleted_lessons() -> None:
    """Delete what is left of lessons that were deleted so long ago that calendars have heard of it."""
    forget(DELETED_LESSONS, timezone.now())


@shared_task(name="schedule.forget_consents")
def forget_consents() -> None:
    """Delete the consents to recordings of people who were erased long ago."""
    forget(CONSENTS, timezone.now())


@shared_task(name="schedule.forget_guest_names")
def forget_guest_names() -> None:
    """Empty the names of guests of lessons that are long over."""
    forget(GUESTS, timezone.now())


@shared_task(name="schedule.forget_family_links")
def forget_family_links() -> None:
    """End family links that nobody has used for long, and delete those that ended long ago."""
    at = timezone.now()
    forget(UNUSED_LINKS, at)
    forget(ENDED_LINKS, at)


@shared_task(name="schedule.close_family_slips")
def close_family_slips() -> None:
    """Forget the addresses on slips for families that can be shown no longer."""
    close_old_prints(timezone.now())


@shared_task(name="schedule.keep_days_filled")
def keep_days_filled() -> None:
    """Fill the school calendar of terms from the national one, and tell planners what it lacks."""
    calendar_days.keep_days_filled(timezone.now())
