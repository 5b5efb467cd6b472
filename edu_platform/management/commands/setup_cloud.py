from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from classroom.addresses import callback_address, has_unusual_port, is_beyond_the_clouds_reach
from classroom.client.errors import CloudError, CloudNotConfigured, CloudUnavailable
from classroom.services.application_setup import SetupPlan, Wanted, plan_setup, set_up


class Command(BaseCommand):
    help = (
        "Tell the classroom cloud's application our callback address, its key and the page after class, "
        "and leave everything else of its scenes as it is. Prints old and new; a second run changes nothing."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="print old and new, change nothing"
        )
        parser.add_argument(
            "--replace-scenes",
            action="store_true",
            help="where the scenes cannot be read, set the default one anew all the same: "
            "it loses its logo, script and style",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exit code 1 when the cloud refuses, does not answer, or keeps its scenes to itself."""
        wanted = _wanted()
        self._warn()
        try:
            plan = plan_setup(wanted, replaces_scenes=options["replace_scenes"])
            self._tell(plan)
            if not options["dry_run"]:
                set_up(plan)
        except CloudError as err:
            raise CommandError(_sentence(err)) from err
        changed = sum(setting.is_changed for setting in plan.settings())
        unchanged = sum(not setting.is_changed for setting in plan.settings())
        self.stdout.write(f"changed={changed} unchanged={unchanged}")
        if plan.scenes is None:
            raise CommandError(
                f"The page after class is left as it is, because the scenes cannot be read ({plan.unread});"
                " --replace-scenes sets the default one anew, without logo, script and style."
            )

    def _warn(self) -> None:
        if is_beyond_the_clouds_reach():
            self.stderr.write(
                f"warning: the cloud cannot reach PUBLIC_BASE_URL ({settings.PUBLIC_BASE_URL}),"
                " so no callback will come; replays are found all the same, some minutes later."
            )
        elif has_unusual_port():
            self.stderr.write(
                "warning: the cloud may send callbacks to the ports 80 and 443 alone,"
                f" and PUBLIC_BASE_URL ({settings.PUBLIC_BASE_URL}) has another."
            )

    def _tell(self, plan: SetupPlan) -> None:
        self.stdout.write(f"application {settings.LCIC_SDK_APP_ID}")
        for setting in plan.settings():
            self.stdout.write(str(setting))
        for name in plan.kept_scenes():
            self.stdout.write(f"scene {name}: kept as it is")


def _wanted() -> Wanted:
    if not settings.LCIC_CALLBACK_KEY:
        raise CommandError(
            "LCIC_CALLBACK_KEY is not set: choose a long random text, and give it to the web processes too."
        )
    return Wanted(
        callback_url=callback_address(),
        callback_key=settings.LCIC_CALLBACK_KEY[0],
        home_url=f"{settings.PUBLIC_BASE_URL}{reverse('schedule:after_class')}",
    )


def _sentence(err: CloudError) -> str:
    if isinstance(err, CloudNotConfigured):
        return f"{err.detail}."
    what = "does not answer" if isinstance(err, CloudUnavailable) else "refused"
    return f"The cloud {what} ({err})."
