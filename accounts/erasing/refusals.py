"""Say why somebody cannot be erased now, with the page where that is put in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.hooks import ErasureRefusal, erasure_refusals
from accounts.models import Erasure, User


class NotErasable(Exception):
    """The person cannot be erased now; `refusals` say why."""

    def __init__(self, refusals: Iterable[ErasureRefusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(" ".join(refusal.words for refusal in self.refusals))


@dataclass(frozen=True, slots=True)
class Asking:
    """An erasure that somebody wants: of whom, and who it is; `by` None: the command on the server."""

    person: User
    by: User | None


def refusals_of(asking: Asking, erasure: Erasure | None) -> list[ErasureRefusal]:
    """Return what stands against erasing the person now, of whom this erasure is known, if any."""
    if erasure is not None and erasure.is_erased:
        return [ErasureRefusal(_("This person is erased already."))]
    if erasure is not None and erasure.is_under_way:
        return [ErasureRefusal(_("This person is being erased already."))]
    return [*_own(asking), *_of_apps(asking.person)]


def _own(asking: Asking) -> Iterator[ErasureRefusal]:
    if asking.by is not None and asking.by.pk == asking.person.pk:
        yield ErasureRefusal(
            _("Nobody erases their own account: let another administrator ask for it.")
        )
    if is_last_superuser(asking.person):
        yield last_superuser_refusal()


def last_superuser_refusal() -> ErasureRefusal:
    return ErasureRefusal(
        _("The last superuser cannot be erased: make somebody else a superuser first.")
    )


def is_last_superuser(person: User) -> bool:
    superusers = User.objects.active().filter(is_superuser=True)
    return person.is_superuser and not superusers.exclude(pk=person.pk).exists()


def _of_apps(person: User) -> Iterator[ErasureRefusal]:
    for refusals in erasure_refusals:
        yield from refusals(person)
