"""Say how long each kind of data is kept: what the product proposes, what the school may choose, and what holds.

Each app says in its `kept_kinds.py` which kinds it keeps, and how it forgets what is older; a rule's length has no other
address. What the school has chosen comes by a hook, as does who counts what was deleted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.db.models import Model
from django.utils.module_loading import module_has_submodule
from django_stubs_ext import StrPromise

from edu_platform.lib.hooks import Hook

# The module of each app that says what it keeps, and the name of its kinds there.
MODULE = "kept_kinds"
KINDS = "KEPT_KINDS"
# A school that wants to keep something for longer than ten years keeps a backup.
LONGEST = dt.timedelta(days=3650)
DAY = dt.timedelta(days=1)

# Delete what is older than this length at this moment, in portions, and return how much that was.
Forget = Callable[[dt.datetime, dt.timedelta], int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptKind:
    """A kind of data that is deleted when it is old enough, or of which is said why it is not."""

    code: str
    name: StrPromise
    purpose: StrPromise
    # None: for good, or as long as `reason` says.
    default: dt.timedelta | None
    # Why it is not kept for less; where the school does not set it, why it does not.
    reason: StrPromise
    # None: the school does not set it.
    shortest: dt.timedelta | None = None
    # None: it goes with something else, or never.
    forget: Forget | None = None
    # The tables of its rows.
    models: tuple[type[Model], ...] = ()
    # The name of the page where it is set instead.
    set_at: str = ""

    @property
    def is_settable(self) -> bool:
        return self.shortest is not None

    @property
    def goes_by_age(self) -> bool:
        return self.forget is not None


# The lengths that the school has chosen, in days, by the code of their kind.
ChosenReader = Callable[[], Mapping[str, int]]
chosen_readers: Hook[ChosenReader] = Hook("keeping times that the school has chosen")

# Called with the code of a kind, with how much of it was deleted, and when.
ForgottenListener = Callable[[str, int, dt.datetime], None]
forgotten_listeners: Hook[ForgottenListener] = Hook("old data that was deleted")


def all_kinds() -> Iterator[KeptKind]:
    """Return what all apps keep, for a time or for good."""
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, MODULE):
            yield from getattr(import_module(f"{app.name}.{MODULE}"), KINDS)


def kind_called(code: str) -> KeptKind:
    """Return the kind of this code, which may be that of a higher app."""
    return next(kind for kind in all_kinds() if kind.code == code)


def kept_for(kind: KeptKind) -> dt.timedelta:
    """Return the length that is in force: the school's, else the product's; never less than the shortest.

    Raises:
        ValueError: the kind is kept for good.
    """
    return length_of(kind, chosen_days() if kind.is_settable else {})


def length_of(kind: KeptKind, chosen: Mapping[str, int]) -> dt.timedelta:
    """Return the same for lengths that were read already, where a page shows many kinds.

    Raises:
        ValueError: the kind is kept for good.
    """
    if kind.default is None:
        raise ValueError(f"{kind.code} is kept for good")
    if kind.shortest is None or kind.code not in chosen:
        return kind.default
    return max(chosen[kind.code] * DAY, kind.shortest)


def lengths_in_force() -> dict[type[Model], dt.timedelta]:
    """Return for how long rows of each table stay at the longest, where a kind says so; the school's are read once."""
    chosen, lengths = chosen_days(), dict[type[Model], dt.timedelta]()
    for kind in all_kinds():
        if kind.default is not None:
            for model in kind.models:
                lengths[model] = max(lengths.get(model, dt.timedelta()), length_of(kind, chosen))
    return lengths


def chosen_days() -> dict[str, int]:
    return {code: days for reader in chosen_readers for code, days in reader().items()}


def forget(kind: KeptKind, at: dt.datetime) -> int:
    """Delete what is older than the length in force, and tell how much that was. Safe to repeat.

    Raises:
        ValueError: nothing deletes this kind by its age.
    """
    if kind.forget is None:
        raise ValueError(f"{kind.code} is not deleted by its age")
    count = kind.forget(at, kept_for(kind))
    for listener in forgotten_listeners:
        listener(kind.code, count, at)
    return count
