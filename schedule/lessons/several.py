"""Several lessons to which something is done at once: which were sent, as what a page showed them, and as what to a worker."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import ngettext

from edu_platform.lib.batches import in_batches
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.moments import weekday_label
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import NO_VERSION, version_of
from schedule.models import Lesson, PlanningAction, Work, class_group_names, topic_of
from schedule.work.actions import action_arguments
from schedule.work.kinds import CHANGED

# Their versions are sent as one text, and the codes of many.
BETWEEN = "."
# So many of them are listed; more are counted.
LESSONS_LISTED = 100


def others_in_words(count: int) -> str:
    others = ngettext("and %(count)s other lesson", "and %(count)s other lessons", count)
    return others % {"count": count}


@dataclass(frozen=True, slots=True)
class NamedLesson:
    """A lesson as a page names it that asks: nobody should take it for another one."""

    lesson: Lesson

    @property
    def topic(self) -> str:
        return topic_of(self.lesson.title, self.lesson.course.name)

    @property
    def class_groups(self) -> str:
        return class_group_names(self.lesson.class_groups.all())

    @property
    def weekday(self) -> str:
        return weekday_label(timezone.localdate(self.lesson.starts_at))


# --- What a page sends ----------------------------------------------------------------------------


def codes_sent(sent: QueryDict) -> list[str]:
    """Read the codes of several lessons: each in a field of its own, or many in one."""
    many = storable_text(sent.get("codes", ""))
    return many.split(BETWEEN) if many else [*map(storable_text, sent.getlist("code"))]


def versions_sent(lessons: Sequence[Lesson], codes: Sequence[str], known: str) -> dict[int, str]:
    """Read the versions of lessons, sent as one text in the order of their codes; empty where none was sent."""
    if not known:
        return {}
    by_code = dict(zip(codes, known.split(BETWEEN), strict=False))
    return {lesson.pk: by_code.get(lesson.code) or NO_VERSION for lesson in lessons}


# --- What a worker is left --------------------------------------------------------------------------


def arguments_of(codes: Sequence[str], action: PlanningAction) -> dict[str, Any]:
    return {"count": len(codes), **action_arguments(action)}


def scope_of(codes: Sequence[str]) -> str:
    """Return what nobody else may work on meanwhile: just these lessons."""
    return f"lessons:{version_of(sorted(codes))}"


def sent_to_worker(codes: Sequence[str], known: str) -> bytes:
    """Keep which lessons are meant, and the versions of them that a page showed."""
    return json.dumps({"codes": list(codes), "known": known}).encode()


def read_by_worker(work: Work) -> dict[str, Any]:
    """Return the codes and the versions that were sent to the worker."""
    sent: dict[str, Any] = json.loads(bytes(work.content or b""))
    return sent


def sent_with(work: Work) -> tuple[list[str], str]:
    """Return the codes and versions of lessons to which nothing was done, since some had changed; none otherwise."""
    is_refused = work.state == WorkState.FAILED and work.result.get("fault") == CHANGED
    result: Mapping[str, Any] = work.result if is_refused else {}
    return list(result.get("codes", ())), result.get("known", "")


# --- Which of them are there --------------------------------------------------------------------------


def lessons_of(codes: Sequence[str]) -> Iterator[Lesson]:
    """Those of these codes that are there, with their keys alone."""
    for batch in in_batches(codes):
        yield from Lesson.objects.filter(code__in=batch).only("pk", "code")


def existing_codes(codes: Sequence[str]) -> list[str]:
    return [lesson.code for lesson in lessons_of(codes)]
