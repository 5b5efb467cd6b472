from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from edu_platform.demo.attendance import add_attendance
from edu_platform.demo.cloud import NoLocalCloud
from edu_platform.demo.courseware import add_courseware
from edu_platform.demo.history import add_history
from edu_platform.demo.replay_actions import add_replay_actions
from edu_platform.demo.running_classes import begin_classes
from edu_platform.demo.school import fill_school
from edu_platform.demo.visitors import visitor_links


class Command(BaseCommand):
    help = "Fill a demo school, and print who can look at it by a link, and who can sign in to it."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_on_loopback(settings.LCIC_ENDPOINT):
            raise CommandError(
                _(
                    "The demo school is only made beside a classroom cloud on this machine:"
                    " LCIC_ENDPOINT points elsewhere."
                )
            )
        at = timezone.now()
        sign_ins = fill_school(at=at)
        try:
            add_history(at=at)
            # Now: what people do with recordings comes after these were found, a moment ago.
            add_replay_actions(at=timezone.now())
            add_courseware(at=at)
            begin_classes(at=timezone.now())
        except NoLocalCloud as err:
            self.stderr.write(
                _(
                    "Past classes or courseware are missing:"
                    " the local cloud does not answer (%(error)s)."
                )
                % {"error": err}
            )
        add_attendance(at=timezone.now())
        for line in (*visitor_links(at=timezone.now()), *sign_ins):
            self.stdout.write(str(line))


def is_on_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
