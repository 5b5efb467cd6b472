"""Messages for violated constraints of the database.

Forms ask beforehand. What they cannot know is what somebody else saves a moment later, and what
Django leaves to the database: conditions on rows below a form, and rows of one form among each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Model, ProtectedError, RestrictedError, UniqueConstraint
from django.utils.translation import gettext as _

# PostgreSQL's codes, and how SQLite's messages begin.
UNIQUE_CODE, UNIQUE_WORDS = "23505", "UNIQUE constraint failed: "
CHECK_WORDS = "CHECK constraint failed: "
REFERENCE_CODE, REFERENCE_WORDS = "23503", "FOREIGN KEY constraint failed"
# PostgreSQL, in whatever language: Key (class_group_id, user_id)=(1, 2) …
KEY = re.compile(r"\(([^()]+)\)=")


def violation_in_words(err: IntegrityError) -> str:
    """Say what stands against it, in the language of the request."""
    if isinstance(err, ProtectedError | RestrictedError):
        return _("It is in use now and cannot be deleted.")
    name, table, columns = _names_in(err)
    for model in apps.get_models():
        for constraint in model._meta.constraints:  # noqa: SLF001 -- Django's name for what describes a model
            if constraint.name == name or (
                isinstance(constraint, UniqueConstraint)
                and (table, columns) == _place_of(model, constraint.fields)
            ):
                return _words_of(model, constraint)
        for field in model._meta.concrete_fields:  # noqa: SLF001 -- as above
            if field.unique and (table, columns) == _place_of(model, [field.name]):
                return _taken(model, [field.name])
    return _plain_words(err)


def _words_of(model: type[Model], constraint: object) -> str:
    message = getattr(constraint, "violation_error_message", None)
    default = getattr(constraint, "default_violation_error_message", None)
    if message is not None and message != default:
        return str(message)
    if isinstance(constraint, UniqueConstraint) and constraint.fields:
        return _taken(model, constraint.fields)
    return _contradiction()


def _taken(model: type[Model], names: Sequence[str]) -> str:
    error = model().unique_error_message(model, tuple(names))
    return " ".join(error.messages)


def _contradiction() -> str:
    return _("These values do not go together: check them, then save again.")


def _plain_words(err: IntegrityError) -> str:
    code, words = getattr(err.__cause__, "pgcode", None), str(err)
    if code == UNIQUE_CODE or words.startswith(UNIQUE_WORDS):
        return _("This is there already: somebody may have saved it a moment ago.")
    if code == REFERENCE_CODE or words.startswith(REFERENCE_WORDS):
        return _("A related entry was deleted or used in the meantime: check again.")
    return _contradiction()


def _names_in(err: IntegrityError) -> tuple[str, str, frozenset[str]]:
    """The rule's own name, and the table and columns that it is about, as far as they are told."""
    diagnosis = getattr(err.__cause__, "diag", None)
    if diagnosis is not None:
        found = KEY.search(diagnosis.message_detail or "")
        columns = frozenset(found[1].split(", ")) if found else frozenset()
        return diagnosis.constraint_name or "", diagnosis.table_name or "", columns
    words = str(err)
    if words.startswith(CHECK_WORDS):
        return words.removeprefix(CHECK_WORDS), "", frozenset()
    if not words.startswith(UNIQUE_WORDS):
        return "", "", frozenset()
    places = [place.split(".") for place in words.removeprefix(UNIQUE_WORDS).split(", ")]
    return "", places[0][0], frozenset(place[-1] for place in places)


def _place_of(model: type[Model], names: Sequence[str]) -> object:
    opts = model._meta  # noqa: SLF001 -- as above
    return opts.db_table, frozenset(str(opts.get_field(name).column) for name in names)  # type: ignore[union-attr] # no other fields stand in a constraint
