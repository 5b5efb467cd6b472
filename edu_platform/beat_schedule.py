"""The schedule: each task, and how often. A late run is skipped."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

from schedule.polling_times import POLL_EVERY

# A message that no worker took is dropped this long before its next turn, which does its work.
SPARE_S = 5
# For hourly and nightly tasks.
HOURLY_EXPIRES_S = 1800
NIGHTLY_EXPIRES_S = 3600

Entry = dict[str, Any]


def every(seconds: int, task: str) -> Entry:
    return {"task": task, "schedule": seconds, "options": {"expires": seconds - SPARE_S}}


def hourly(minute: int, task: str) -> Entry:
    return {
        "task": task,
        "schedule": crontab(minute=minute),
        "options": {"expires": HOURLY_EXPIRES_S},
    }


def nightly(hour: int, minute: int, task: str) -> Entry:
    """In the school's time."""
    return {
        "task": task,
        "schedule": crontab(hour=hour, minute=minute),
        "options": {"expires": NIGHTLY_EXPIRES_S},
    }


BEAT_SCHEDULE: dict[str, Entry] = {
    entry["task"]: entry
    for entry in (
        every(30, "edu_platform.record_heartbeat"),
        every(30, "classroom.sweep_events"),
        every(30, "schedule.make_rooms_ahead"),
        every(30, "schedule.tell_changes"),
        every(10, "schedule.do_long_work"),
        every(10, "schedule.settle_recordings"),
        every(10, "attendance.ask_due"),
        every(10, "attendance.count_due"),
        every(10, "attendance.look_due"),
        every(10, "attendance.watch_due"),
        every(10, "attendance.tell_alarms"),
        every(POLL_EVERY.seconds, "schedule.poll_rooms"),
        every(30, "replays.ask_for_missing"),
        every(30, "courseware.submit_and_poll"),
        every(30, "courseware.sync_bindings"),
        every(60, "accounts.register_people"),
        every(60, "accounts.sync_people"),
        every(60, "accounts.mail_notices"),
        every(60, "accounts.send_requested_mails"),
        every(60, "accounts.erase_people"),
        every(60, "schedule.sync_rooms"),
        every(60, "schedule.set_marquees"),
        every(60, "schedule.send_channel_messages"),
        every(60, "schedule.mail_families"),
        every(60, "replays.purge_deleted"),
        every(60, "replays.notify_people"),
        every(60, "replays.ask_who_watched"),
        every(60, "courseware.tell_of_unready"),
        every(60, "courseware.finish_deletions"),
        every(300, "classroom.thin_out_events"),
        every(300, "accounts.delete_discarded_identities"),
        every(300, "schedule.forget_guests_in_cloud"),
        hourly(1, "attendance.tell_absences"),
        hourly(5, "accounts.forget_old_sessions"),
        hourly(10, "schedule.ask_again_for_recordings"),
        hourly(15, "attendance.follow_bypassed"),
        hourly(18, "attendance.forget_over"),
        hourly(20, "accounts.tell_of_failed_callbacks"),
        hourly(25, "schedule.forget_checked_files"),
        hourly(28, "schedule.close_family_slips"),
        hourly(40, "courseware.remove_expired_uploads"),
        hourly(50, "accounts.give_missing_codes"),
        nightly(2, 35, "replays.end_due"),
        nightly(2, 40, "edu_platform.keep_names_in_order"),
        nightly(2, 50, "edu_platform.end_first_hour"),
        nightly(2, 55, "accounts.end_what_is_left"),
        nightly(3, 0, "accounts.strike_late_callbacks"),
        nightly(3, 5, "replays.expect_missing"),
        nightly(3, 20, "schedule.remove_orphan_rooms"),
        nightly(3, 35, "courseware.remove_orphan_files"),
        nightly(3, 40, "accounts.remove_unknown_pictures"),
        nightly(3, 45, "courseware.remove_unused_tags"),
        nightly(3, 50, "classroom.purge_events"),
        nightly(3, 55, "schedule.forget_channel_messages"),
        nightly(3, 58, "schedule.forget_long_work"),
        nightly(4, 0, "accounts.forget_old_notices"),
        nightly(4, 10, "schedule.keep_days_filled"),
        nightly(4, 15, "accounts.forget_old_audit_entries"),
        nightly(4, 20, "replays.forget_old_uses"),
        nightly(4, 22, "attendance.forget_old_stays"),
        nightly(4, 23, "attendance.forget_old_alarms"),
        nightly(4, 25, "accounts.forget_used_tickets"),
        nightly(4, 30, "schedule.forget_deleted_lessons"),
        nightly(4, 32, "schedule.forget_consents"),
        nightly(4, 34, "schedule.forget_guest_names"),
        nightly(4, 35, "schedule.forget_family_links"),
        nightly(4, 36, "schedule.forget_unconfirmed_addresses"),
    )
}
