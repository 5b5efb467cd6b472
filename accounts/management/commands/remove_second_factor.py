from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from accounts.services.second_factor import remove_second_factor


class Command(BaseCommand):
    help = (
        "Remove the second factor of one person, with its recovery codes: for the last superuser who has "
        "lost both. The next sign-in asks for the password alone, and where a second factor is compulsory, "
        "for setting it up anew."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help="who signs in with this name")

    def handle(self, *_args: Any, **options: Any) -> None:
        username = options["username"]
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is nobody with the username {username}.")
        if not remove_second_factor(person, by=None, at=timezone.now()):
            raise CommandError(f"{username} has no second factor.")
        self.stdout.write(f"The second factor of {username} is removed.")
