"""The only door from a request to a replay: foreign and missing are the same 404."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import SchoolSettings, User
from accounts.permissions import Action, Relation, may
from replays.enums import ReplayState
from replays.models import Replay
from schedule.access import general_relations, lesson_relations
from schedule.models import Lesson
from schedule.selectors import attended_by


def replay_relations(user: User, replay: Replay) -> set[Relation]:
    """What a person is to one replay: what they are to its lesson, whose students may download it or not."""
    if replay.lesson is None:
        relations = general_relations(user)
        if replay.teacher_id == user.pk:
            relations.add(Relation.LESSON_TEACHER)
        return relations
    relations = lesson_relations(user, replay.lesson)
    if Relation.STUDENT in relations and _students_may_download(replay.lesson):
        relations.add(Relation.DOWNLOADER)
    return relations


def get_replay_for(user: User, code: str, action: Action = Action.SEE_REPLAY) -> Replay:
    """The replay of this code, when the person may do this with it.

    Raises:
        Http404: there is none, or not for this person.
    """
    replay = (
        Replay.objects.filter(code=code)
        .select_related("room", "teacher", "lesson__course", "lesson__teacher")
        .prefetch_related("lesson__assistants", "lesson__class_groups")
        .first()
    )
    if replay is None or not may(action, replay_relations(user, replay)):
        raise Http404
    return replay


def sees_all_replays(user: User) -> bool:
    return may(Action.SEE_ALL_REPLAYS, general_relations(user))


def replays_for(user: User) -> QuerySet[Replay]:
    """What a person may list: of lessons they only attend, what can be played already."""
    if sees_all_replays(user):
        return Replay.objects.all()
    lessons = Lesson.objects.visible()
    # Subqueries: joins over assistants and class groups would list a replay once for each of them.
    held = lessons.filter(Q(teacher=user) | Q(assistants=user)).values("pk")
    attended = lessons.filter(attended_by(user)).values("pk")
    return Replay.objects.filter(
        Q(lesson__in=held)
        | Q(lesson=None, teacher=user)
        | Q(lesson__in=attended, state=ReplayState.READY)
    )


def _students_may_download(lesson: Lesson) -> bool:
    if lesson.students_may_download is not None:
        return lesson.students_may_download
    return SchoolSettings.load().students_may_download
