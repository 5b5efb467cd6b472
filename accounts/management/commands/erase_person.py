from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.erasing import asking, work
from accounts.erasing.looking import columns_looked_through, rows_with
from accounts.erasing.names import (
    KnownStrings,
    strikes_text_usually,
    strings_of,
    username_print,
)
from accounts.erasing.refusals import Asking, NotErasable, refusals_of
from accounts.erasing.rows import lines_erased
from accounts.hooks import ErasureRefusal
from accounts.models import Erasure, User
from edu_platform.lib.personal_data import Erased
from edu_platform.lib.personal_rows import rows_of


class Command(BaseCommand):
    help = (
        "Erase one person, here and in the classroom cloud: without --yes only say what would go. It cannot be undone. "
        "The last line, erased=KEY TIME, belongs to the backups: restore --erased repeats it."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help="who signs in with this name")
        parser.add_argument(
            "--yes",
            action="store_true",
            help="erase the person now, also where an administrator has asked for it: this is the second hand",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exit code 0 when the person is erased and verified, or when it was only asked what would go."""
        erasure, person = find(options["username"])
        if erasure is not None and erasure.is_erased:
            self.stdout.write(_("This person is erased already."))
        elif options["yes"]:
            erasure = self._erase(person, erasure)
        else:
            self._say_what_would_go(person, erasure)
            return
        self._say_what_is_left(erasure)
        self.stdout.write(work.line_of(erasure))

    def _erase(self, person: User, erasure: Erasure | None) -> Erasure:
        try:
            erasure = _decided(person, erasure)
        except NotErasable as err:
            raise CommandError("\n".join(_sentences(err.refusals))) from err
        if reasons := work.erase_now(erasure):
            going_on = _("Not erased yet; a worker goes on with it, and so does this command.")
            raise CommandError("\n".join([*reasons, going_on]))
        return Erasure.objects.select_related("person").get(pk=erasure.pk)

    def _say_what_would_go(self, person: User, erasure: Erasure | None) -> None:
        self.stdout.write(_("What would go, or change, of %(person)s:") % {"person": person})
        for words, count in _counts(person):
            self.stdout.write(f"  {count:>7}  {words}")
        strings = strings_of(person, KnownStrings.from_json({}))
        places = sum(
            len(rows_with(model, columns, strings.free))
            for model, columns in columns_looked_through().items()
            if strings.free
        )
        in_text = _("in text of the school that holds a name of theirs")
        self.stdout.write(f"  {places:>7}  {in_text}")
        if strings.shared:
            self.stdout.write(
                _("Another person bears the name: free text stays, and somebody decides about it.")
            )
        elif not strikes_text_usually(person):
            self.stdout.write(
                _("The name may be a word as well: free text stays, and somebody decides about it.")
            )
        for sentence in _sentences(refusals_of(Asking(person, None), erasure)):
            self.stdout.write(_("Against it: %(reason)s") % {"reason": sentence})
        self.stdout.write(_("Nothing was changed. With --yes the person is erased."))

    def _say_what_is_left(self, erasure: Erasure) -> None:
        for application in erasure.applications_left:
            words = _("not asked, because it is not connected: the cloud's application %(number)s")
            self.stderr.write(words % {"number": application})
        if count := erasure.places.filter(is_left=False).count():
            address = f"{settings.PUBLIC_BASE_URL}{erasure.get_absolute_url()}"
            words = _("places in text for somebody to decide about: %(count)s, at %(address)s")
            self.stdout.write(words % {"count": count, "address": address})


def find(name: str) -> tuple[Erasure | None, User]:
    """Return the person with this username, or who had it until they were erased, or has this key; and their erasure.

    Raises:
        CommandError: there is nobody.
    """
    erasures = Erasure.objects.select_related("person")
    person = User.objects.filter(username=name).first()
    if person is not None:
        return erasures.filter(person=person).first(), person
    before = erasures.filter(username_print=username_print(name)) | erasures.filter(
        person__code=name
    )
    erasure = before.order_by("-pk").first()
    if erasure is None:
        raise CommandError(_("There is nobody with the username %(name)s.") % {"name": name})
    return erasure, erasure.person


def _decided(person: User, erasure: Erasure | None) -> Erasure:
    """Return the erasure, which goes on, or begins now."""
    if erasure is not None and erasure.is_under_way:
        return erasure
    if erasure is None or not erasure.is_asked:
        erasure = asking.ask(person, by=None, reason="")
    return asking.confirm(erasure, by=None, strikes_text=strikes_text_usually(person))


def _counts(person: User) -> Iterator[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for line in lines_erased():
        if line.erased in {Erased.ROW, Erased.NAMES, Erased.VALUE}:
            table = line.model._meta.verbose_name_plural  # noqa: SLF001 -- as documented by Django
            counts[f"{table}: {Erased(line.erased).label}"] += rows_of(person, line).count()
    yield from ((words, count) for words, count in counts.items() if count)


def _sentences(refusals: Any) -> list[str]:
    return [refusal.words for refusal in refusals if isinstance(refusal, ErasureRefusal)]
