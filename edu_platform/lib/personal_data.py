"""The registry of personal data: what each table holds of people, and what becomes of it.

Each app says it in its `personal_data.py`, beside its models: a line for columns that share their fate. A line for
an abstract model holds for every model that is one. `tests/test_personal_data.py` walks all models, those of packages
among them, and says which columns need a line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.db.models import Model, TextChoices
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

# The module of each app that says what it holds, and the name of its lines there.
MODULE = "personal_data"
LINES = "PERSONAL_DATA"


class Export(TextChoices):
    """Say what of it the person is given."""

    AS_IT_IS = "as_it_is", _("given to the person as it is")
    IN_WORDS = "in_words", _("given to the person in the words of the pages that show it")
    AS_FILE = "as_file", _("given to the person as a file")
    FOLLOWS = "follows", _("not given: it follows from what is given")
    SECRET = "secret", _("not given: who knows it could sign in, or come in")
    OF_OTHERS = "of_others", _("not given: it is about others, or of use to the platform alone")


class Erased(TextChoices):
    """Say what becomes of it when the person is erased."""

    ROW = "row", _("its row is deleted")
    VALUE = "value", _("it is emptied, or something random takes its place")
    NAMES = "names", _("names are struck out of it, in what belongs to the person")
    KEY = "key", _("it stays, and leads to somebody without a name")
    FOLLOWS = "follows", _("it follows what it is made from")
    BY_HAND = (
        "by_hand",
        _("free text: each place that has the name is shown to somebody, who decides"),
    )
    BY_AGE = "by_age", _("nothing: it is gone by itself before long")


class Keeping(TextChoices):
    """Say how long it is kept, where that is no fixed time."""

    UNTIL_ERASED = "until_erased", _("until the person is erased")
    UNTIL_DELETED = "until_deleted", _("until somebody deletes it")
    WITH_ITS_OWNER = "with_its_owner", _("as long as what it belongs to")
    UNTIL_CHANGED = "until_changed", _("until the next value takes its place")
    UNTIL_DONE = "until_done", _("until what it is for is done")


@dataclass(frozen=True, slots=True)
class Held:
    """Columns of a model that lead to a person, or in which a name, an address or a voice may stand.

    The rows of a person are those that any line of the model finds: a column that is a key to a person, or one of the
    last two. Where none does, any row may name anybody.
    """

    model: type[Model]
    columns: str
    exported: Export
    erased: Erased
    # A fixed time is the longest that a row stays.
    kept: Keeping | dt.timedelta
    # Lookups from a row to the person.
    found_by: str = ""
    # Lookups from the person to what is equal to these columns, or stands in their JSON.
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class NoNames:
    """Columns of text in which no name can stand: codes, digests, the platform's own words."""

    model: type[Model]
    columns: str


Line = Held | NoNames


def columns_of(line: Line) -> list[str]:
    return line.columns.split()


def all_lines() -> Iterator[Line]:
    """Return what all apps say of their models, and this project of those of packages."""
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, MODULE):
            yield from getattr(import_module(f"{app.name}.{MODULE}"), LINES)
