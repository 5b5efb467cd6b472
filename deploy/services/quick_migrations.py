"""Migrating quickly, where that is done again and again: in tests, the demo and the soak.

While Django migrates it makes models anew hundreds of times, and a third of the time goes into their fields: each
is taken apart and put together again. Here each is copied instead. Schools migrate by Django alone, as the test of
the installation does.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models import Field
from django.utils.functional import cached_property

DJANGO_CLONE = Field.clone


def be_quick() -> None:
    """Have fields cloned by `quick_clone`."""
    Field.clone = quick_clone  # type: ignore[assignment, method-assign] # Django's own


def quick_clone(field: Field[Any, Any]) -> Field[Any, Any]:
    """Return a field like this one, of no model yet, as `Field.clone` does."""
    if hasattr(field, "model"):
        # A field of a model holds what its model has given it; few of these are cloned.
        return DJANGO_CLONE(field)
    # Django copies the fields of abstract models so. What the field has computed of its model stays behind.
    copied: Field[Any, Any] = field.__deepcopy__({})
    kind: Any = type(field)
    for name in _computed(kind) & vars(copied).keys():
        delattr(copied, name)
    # It comes after all that were made before: the order of columns follows.
    copied.creation_counter = Field.creation_counter
    Field.creation_counter += 1
    return copied


@cache
def _computed(kind: type) -> frozenset[str]:
    return frozenset(
        name
        for base in kind.__mro__
        for name, value in vars(base).items()
        if isinstance(value, cached_property)
    )
