"""What is due by the clock: each task, how often, and after how many seconds a late one is left out."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "register-people": {
        "task": "accounts.register_people",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "carry-changes-of-people": {
        "task": "accounts.carry_changes_of_people",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "mail-notices": {
        "task": "accounts.mail_notices",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "make-rooms-ahead": {
        "task": "schedule.make_rooms_ahead",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "carry-changes-of-rooms": {
        "task": "schedule.carry_changes_of_rooms",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "ask-again-for-recordings": {
        "task": "schedule.ask_again_for_recordings",
        "schedule": crontab(minute=10),
        "options": {"expires": 1800},
    },
    "look-at-rooms": {
        "task": "schedule.look_at_rooms",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "sweep-events": {
        "task": "classroom.sweep_events",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "ask-for-missing-replays": {
        "task": "replays.ask_for_missing",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "forget-old-uses-of-replays": {
        "task": "replays.forget_old_uses",
        "schedule": crontab(hour=4, minute=20),
        "options": {"expires": 3600},
    },
    "purge-deleted-replays": {
        "task": "replays.purge_deleted",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "tell-of-replays": {
        "task": "replays.tell_people",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "end-due-replays": {
        "task": "replays.end_due",
        "schedule": crontab(hour=2, minute=35),
        "options": {"expires": 3600},
    },
    "expect-missing-replays": {
        "task": "replays.expect_missing",
        "schedule": crontab(hour=3, minute=5),
        "options": {"expires": 3600},
    },
    "carry-bindings-of-courseware": {
        "task": "courseware.carry_bindings",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "tell-of-unready-courseware": {
        "task": "courseware.tell_of_unready",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "remove-expired-uploads": {
        "task": "courseware.remove_expired_uploads",
        "schedule": crontab(minute=40),
        "options": {"expires": 1800},
    },
    "remove-unknown-files": {
        "task": "courseware.remove_unknown_files",
        "schedule": crontab(hour=3, minute=35),
        "options": {"expires": 3600},
    },
    "remove-unused-tags": {
        "task": "courseware.remove_unused_tags",
        "schedule": crontab(hour=3, minute=45),
        "options": {"expires": 3600},
    },
    "bring-courseware-to-cloud": {
        "task": "courseware.bring_to_cloud",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "finish-deletions-of-courseware": {
        "task": "courseware.finish_deletions",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "remove-twin-rooms": {
        "task": "schedule.remove_twin_rooms",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 3600},
    },
    "thin-out-events": {
        "task": "classroom.thin_out_events",
        "schedule": 300,
        "options": {"expires": 240},
    },
    "purge-events": {
        "task": "classroom.purge_events",
        "schedule": crontab(hour=3, minute=50),
        "options": {"expires": 3600},
    },
    "remove-unknown-pictures": {
        "task": "accounts.remove_unknown_pictures",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 3600},
    },
    "forget-old-notices": {
        "task": "accounts.forget_old_notices",
        "schedule": crontab(hour=4, minute=0),
        "options": {"expires": 3600},
    },
    "forget-old-sessions": {
        "task": "accounts.forget_old_sessions",
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 3600},
    },
}
