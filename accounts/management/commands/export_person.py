from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.data_export.document import document
from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit


class Command(BaseCommand):
    help = (
        "Print all that the platform keeps of one person, which they may ask for, as one JSON document. "
        "It is noted in the audit log."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help="who signs in with this name")

    def handle(self, *_args: Any, **options: Any) -> None:
        username = options["username"]
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is nobody with the username {username}.")
        audit.record(AuditKind.DATA_EXPORTED, by=None, person=person)
        for text in document(person):
            self.stdout.write(text, ending="")
