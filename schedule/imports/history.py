"""The history of imports, as its pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.selectors.people import has_anybody_power
from accounts.services.appointing import is_about_power
from edu_platform.lib.batches import in_batches
from schedule.enums import ImportTopic
from schedule.history.reading import who_in_words
from schedule.imports.file_words import counts_in_words, topic_in_words
from schedule.imports.people_states import ACTIVE, NAME, ROLES, PersonState
from schedule.models import ImportedFile


@dataclass(frozen=True, slots=True)
class ShownFile:
    file: ImportedFile
    topic: str
    who: str
    counts: str
    address: str
    undo_address: str


def files_of_topic(topic: str) -> QuerySet[ImportedFile]:
    """Return the imports, the newest first; empty: of all topics."""
    files = ImportedFile.objects.select_related("by", "undone_by", "action__undone_by")
    return (files.filter(topic=topic) if topic else files).order_by("-at", "-pk")


def shown_file(file: ImportedFile) -> ShownFile:
    """Say an import in words; no query where its people and action were read with it."""
    by_action = file.topic == ImportTopic.LESSONS
    undo = reverse("schedule:import_undo" if by_action else "imports:file_undo", args=[file.code])
    return ShownFile(
        file=file,
        topic=topic_in_words(file),
        who=who_in_words(None if file.by is None else file.by.display_name, file.origin),
        counts=counts_in_words(file.counts),
        address=reverse("imports:file", args=[file.code]),
        undo_address=undo,
    )


def has_power(file: ImportedFile) -> bool:
    """Tell whether an import gave or took power over others, or changed an account that has it now."""
    changed: list[int] = []
    rows = file.people.values_list("user", "before", "after")
    for user_id, before, after in rows.iterator():
        if is_about_power(_roles_in(before) ^ _roles_in(after)):
            return True
        if any(column in after for column in (NAME, ROLES, ACTIVE)):
            changed.append(user_id)
    return any(has_anybody_power(some) for some in in_batches(changed))


def _roles_in(state: PersonState | None) -> frozenset[Role]:
    return frozenset(map(Role, (state or {}).get(ROLES, ())))
