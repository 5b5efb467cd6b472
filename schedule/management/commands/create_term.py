from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from schedule.lessons.moments import NotReadable
from schedule.models import Term
from schedule.terms.bells.bell_forms import bells_faults_in_words
from schedule.terms.bells.bell_times import BellSpan, read_bells
from schedule.terms.forms import TermForm
from schedule.terms.writing import TermNameTaken, TermOverlaps, create_term


class Command(BaseCommand):
    help = "Make a term: whole weeks from a Monday on, with its bell times. Terms do not overlap."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="for example 2026-2027学年第一学期")
        parser.add_argument(
            "--first-monday",
            required=True,
            metavar="DATE",
            help="the Monday of its first week, such as 2026-08-31",
        )
        parser.add_argument("--weeks", required=True, metavar="N", help="how many weeks it has")
        parser.add_argument(
            "--bells",
            default="",
            metavar="TIMES",
            help="from when to when its periods last: 08:00-08:45,08:55-09:40",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        # Commands run without a language of their own; faults are read by the school.
        with translation.override(settings.LANGUAGE_CODE):
            term = _make(TermForm(options), _bells(options["bells"]))
        self.stdout.write(f"term={term.name} {term.first_monday} {term.last_day}")


def _bells(text: str) -> list[BellSpan]:
    try:
        spans = read_bells(text)
    except NotReadable as err:
        raise CommandError(f"--bells: {err}") from err
    if faults := bells_faults_in_words(spans):
        raise CommandError("\n".join(f"--bells: {fault}" for fault in faults))
    return spans


def _make(form: TermForm, bells: Sequence[BellSpan]) -> Term:
    if form.is_valid():
        try:
            return create_term(**form.cleaned_data, bells=bells)
        except (TermNameTaken, TermOverlaps) as err:
            form.refuse(err)
    raise CommandError(_faults_of(form))


def _faults_of(form: TermForm) -> str:
    return "\n".join(
        f"{form[name].label}: {fault}" for name, faults in form.errors.items() for fault in faults
    )
