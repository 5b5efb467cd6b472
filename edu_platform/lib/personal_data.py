"""The registry of personal data: what each table holds of people, why, who receives it, and what becomes of it.

Each app says it in its `personal_data.py`, beside its models: a line for columns that share their fate, and for what
purpose each model is kept (`PURPOSES`). A line for an abstract model holds for every model that is one.
`tests/test_personal_data.py` walks all models, those of packages among them, and says which columns need a line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from types import ModuleType

from django.apps import apps
from django.db.models import Model, TextChoices
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

# The module of each app that says what it holds, and the names of its lines and purposes there.
MODULE = "personal_data"
LINES = "PERSONAL_DATA"
PURPOSES = "PURPOSES"
# Lookups from a person to the ids by which the cloud knows them, or once did.
CLOUD_IDS = "classroom_identities__classroom_user_id classroom_identities__earlier_user_ids"


class Purpose(TextChoices):
    """Say why it is kept."""

    ACCOUNT = "account", _("to know who somebody is, and to let them sign in")
    SECURITY = "security", _("to keep accounts safe, and to see afterwards who did what")
    TIMETABLE = "timetable", _("to plan classes, and to show people their timetables")
    CLASSES = "classes", _("to hold classes online")
    SUPERVISION = "supervision", _("to notice in time when something is wrong with a class")
    ATTENDANCE = "attendance", _("to know who attended which class")
    REPLAYS = "replays", _("to let people watch a class again")
    COURSEWARE = "courseware", _("to show courseware in class")
    NOTICES = "notices", _("to tell people what concerns them")
    FAMILIES = "families", _("to let families follow their children")
    UPKEEP = "upkeep", _("to take in files and do long work, and to mend what failed")
    RIGHTS = "rights", _("to do what the law on personal data asks of the school")


class Receiver(TextChoices):
    """Say who gets to see it, or is sent it, beside the person."""

    STAFF = "staff", _("planners and administrators of the school")
    TEACHERS = "teachers", _("teachers and assistants of the classes, and class teachers")
    CLASS = "class", _("the people of the same classes")
    CLOUD = "cloud", _("the classroom service (Tencent)")
    MAIL = "mail", _("the school's mail server")
    CHAT = "chat", _("chat groups with a robot of the school")
    CALENDAR = "calendar", _("calendar services to which somebody gave the address of a calendar")
    LINK = "link", _("people to whom the school gave a link to a replay")


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
        _(
            "free text: struck out where nobody else has the name, else shown to somebody, who decides"
        ),
    )
    BY_AGE = "by_age", _("nothing: it is gone by itself before long")


class Keeping(TextChoices):
    """Say how long it is kept, where that is no fixed time."""

    UNTIL_ERASED = "until_erased", _("until the person is erased")
    BEYOND_ERASURE = "beyond_erasure", _("until three years after the person is erased")
    UNTIL_DELETED = "until_deleted", _("until somebody deletes it")
    WITH_ITS_OWNER = "with_its_owner", _("as long as what it belongs to")
    UNTIL_CHANGED = "until_changed", _("until the next value takes its place")
    UNTIL_DONE = "until_done", _("until what it is for is done")


@dataclass(frozen=True, slots=True)
class Held:
    """Columns of a model that lead to a person, or in which a name, an address or a voice may stand.

    The rows of a person are those that any line of the model finds: a column that is a key to a person, or one of the
    two lookups. Where none does, any row may name anybody. `personal_rows` finds them.
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
    # Where in the JSON that stands, as paths of SQL; else it may stand anywhere.
    inside: str = ""
    # Those of the columns by whose values the person is known, so that they can be looked for elsewhere.
    known_by: str = ""
    receivers: tuple[Receiver, ...] = (Receiver.STAFF,)

    @property
    def purpose(self) -> Purpose:
        """Return why its model is kept.

        Raises:
            LookupError: no app says it.
        """
        return _purpose_of(self.model)


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
    for module in modules_of_apps(MODULE):
        yield from getattr(module, LINES)


@cache
def lines_of_tables() -> tuple[Held, ...]:
    """Return the lines of what is held, each of a model with a table: one of an abstract model once for each."""
    models = [model for model in apps.get_models() if not model._meta.proxy]  # noqa: SLF001 -- as documented by Django
    return tuple(
        replace(line, model=model)
        for line in all_lines()
        if isinstance(line, Held)
        for model in models
        if issubclass(model, line.model)
    )


def modules_of_apps(name: str) -> Iterator[ModuleType]:
    """Return the modules of this name in all apps, in the order in which these are installed."""
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, name):
            yield import_module(f"{app.name}.{name}")


def purposes_said() -> Iterator[tuple[type[Model], Purpose]]:
    for module in modules_of_apps(MODULE):
        said: Mapping[Purpose, Sequence[type[Model]]] = getattr(module, PURPOSES)
        yield from ((model, purpose) for purpose, models in said.items() for model in models)


@cache
def _purpose_of(model: type[Model]) -> Purpose:
    said = dict(purposes_said())
    for base in model.__mro__:
        if base in said:
            return said[base]
    raise LookupError(f"{model.__name__} has no purpose")
