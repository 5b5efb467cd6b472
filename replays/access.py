"""The only door from a request to a replay: foreign and missing are the same 404."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import Http404

from accounts.models import SchoolSettings, User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.secret_tokens import digest_of
from edu_platform.lib.statements import Statement
from replays.enums import Audience, ReplayReason, ReplayState
from replays.models import Replay, Share
from replays.models.sessions import with_sessions
from replays.states import DELETABLE
from schedule.access import general_relations, lesson_relations_of
from schedule.models import Lesson
from schedule.timetable.timetables import attended_by

WITH_IT = ("room__polling", "teacher", "lesson__course", "lesson__teacher", "purge")
WITH_ITS_LESSON = ("lesson__assistants", "lesson__class_groups")


@dataclass(frozen=True, slots=True)
class Abilities:
    """The actions that a person may take on a replay as it is now."""

    download: bool
    share: bool
    # Whether the cloud may know more of it than we do, too.
    ask: bool
    delete: bool
    restore: bool
    see_history: bool


def abilities_of(relations: Collection[Relation], replay: Replay, at: dt.datetime) -> Abilities:
    may_delete = may(Action.DELETE_REPLAY, relations)
    is_kept = replay.deleted_at is None
    is_in_trash = replay.reason == ReplayReason.TRASHED and not replay.has_purge_begun
    return Abilities(
        download=may(Action.DOWNLOAD_REPLAY, relations),
        share=may(Action.SHARE_REPLAY, relations),
        ask=may(Action.ASK_CLOUD, relations) and _is_worth_asking(replay, at),
        delete=may_delete and is_kept and replay.state in DELETABLE,
        restore=may_delete and is_in_trash,
        see_history=may(Action.SEE_HISTORY, relations),
    )


def abilities_in_lists(user: User, replay: Replay, at: dt.datetime) -> Abilities:
    """Return what staff and a replay's teacher may do with it, read off its row and its lesson's alone.

    Lists offer nothing of what assistants and students may do.
    """
    relations = general_relations(user)
    teacher_id = replay.teacher_id if replay.lesson is None else replay.lesson.teacher_id
    if teacher_id == user.pk:
        relations.add(Relation.LESSON_TEACHER)
    return abilities_of(relations, replay, at)


def _is_worth_asking(replay: Replay, at: dt.datetime) -> bool:
    """Tell whether the cloud may know of a class that was held or should have been.

    Deleted replays and cancelled classes are left out, and so are those of which all is there.
    """
    if replay.room_number is None or replay.deleted_at is not None:
        return False
    if replay.state == ReplayState.EXPECTED:
        return replay.planned_end <= at
    if replay.is_ready:
        return replay.due_at is not None
    return replay.reason != ReplayReason.CANCELLED


def replay_relations(user: User, replay: Replay) -> set[Relation]:
    """Return a person's relations to one replay: those to its lesson, whose students may download it or not."""
    return _relations_of([user], replay)[user.pk]


def _relations_of(users: Collection[User], replay: Replay) -> dict[int, set[Relation]]:
    """Return the relations of each of these people, by their key, to one replay."""
    found = _class_relations_of(users, replay)
    if replay.lesson is None:
        return found
    students = [relations for relations in found.values() if Relation.STUDENT in relations]
    if students and _students_may_download(replay.lesson):
        for relations in students:
            relations.add(Relation.DOWNLOADER)
    return found


def _class_relations_of(users: Collection[User], replay: Replay) -> dict[int, set[Relation]]:
    """Return the relations of each of these people, by their key, to the class that was held."""
    if replay.lesson is None:
        return {user.pk: general_relations(user) | _staff_relations(user, replay) for user in users}
    return lesson_relations_of(users, replay.lesson)


def get_replay_for(user: User, code: str, action: Action = Action.SEE_REPLAY) -> Replay:
    """The replay of this code, when the person may do this with it.

    Raises:
        Http404: there is none, or not for this person.
    """
    return get_replay_with_relations(user, code, action)[0]


def get_replay_with_relations(
    user: User, code: str, action: Action = Action.SEE_REPLAY
) -> tuple[Replay, set[Relation]]:
    """The same, with the person's relations to the replay, for callers that need them."""
    replay = _BY_CODE.first(code=code)
    if replay is None:
        raise Http404
    relations = replay_relations(user, replay)
    if not may(action, relations):
        raise Http404
    return replay, relations


def get_replay_for_family(children: Collection[User], code: str) -> Replay:
    """Return the replay of this code, when a family with these children may watch it.

    Raises:
        Http404: there is none that can be played, none of these children was a student of its lesson, or the school or the
            lesson does not let families watch.
    """
    replay = _BY_CODE.first(code=code)
    if replay is None or not replay.is_ready:
        raise Http404
    if not may(Action.WATCH_AS_FAMILY, _family_relations(children, replay)):
        raise Http404
    return replay


def _family_relations(children: Collection[User], replay: Replay) -> set[Relation]:
    """Return the relation of a family to the lesson of a replay, in which a child of theirs was a student."""
    lesson = replay.lesson
    if lesson is None or not _families_may_watch(lesson):
        return set()
    relations = lesson_relations_of(children, lesson).values()
    return (
        {Relation.FAMILY} if any(Relation.STUDENT in of_child for of_child in relations) else set()
    )


def replays_for_families(child: User) -> QuerySet[Replay]:
    """Return the replays of a child that can be played and whose lessons keep them from no family; one query.

    The school's own setting is asked before.
    """
    attended = attended_by(child)
    if attended is None:
        return Replay.objects.none()
    lessons = Lesson.objects.visible().filter(attended).exclude(families_may_watch=False)
    ready = Replay.objects.filter(lesson__in=lessons.values("pk"), state=ReplayState.READY)
    return with_sessions(ready)


def get_replay_to_follow(user: User, code: str) -> Replay:
    """The same without what belongs to its lesson, for a page that asks again and again; two queries.

    Raises:
        Http404: there is none, or not for this person.
    """
    replay = _TO_FOLLOW.first(code=code)
    if replay is None:
        raise Http404
    if not may(Action.SEE_REPLAY, _class_relations_of([user], replay)[user.pk]):
        raise Http404
    return replay


def get_shared_link(token: str, *, at: dt.datetime) -> Share:
    """The link with this secret part, where it leads to a replay now.

    Raises:
        Http404: unknown, expired, revoked, of somebody who has left or may not share it any more, or
            of a replay that was deleted; which, nobody is told.
    """
    link = _VALID_LINK.first(digest=digest_of(token), at=at)
    if link is None or not usable_links([link], link.replay):
        raise Http404
    link.replay.session = link.session  # type: ignore[attr-defined] # annotated
    return link


def usable_links(links: Collection[Share], replay: Replay) -> set[int]:
    """The keys of those links to a replay whose makers may share it, as far as that is asked.

    Students are checked again, in a fixed number of queries. Others keep theirs when the lesson changes hands.
    """
    students = {link.created_by for link in links if link.made_as_student}
    if not students:
        return {link.pk for link in links}
    prefetch_related_objects(list(students), "role_grants")
    found = _relations_of(students, replay)
    return {
        link.pk
        for link in links
        if not link.made_as_student or may(Action.SHARE_REPLAY, found[link.created_by_id])
    }


def get_replays_for(user: User, codes: Collection[str], action: Action) -> list[Replay]:
    """The replays of these codes, when the person may do this with each of them.

    Only for actions that no student may take: students' class groups are not looked up.

    Raises:
        Http404: one does not exist, or is not for this person.
    """
    replays = _BY_CODES.rows(codes=list(codes))
    general = general_relations(user)
    is_for_them = (may(action, general | _staff_relations(user, replay)) for replay in replays)
    if len(replays) != len(set(codes)) or not all(is_for_them):
        raise Http404
    return replays


def _whole() -> QuerySet[Replay]:
    """Replays with all that their pages show of themselves and of their lessons."""
    replays = with_sessions(Replay.objects.select_related(*WITH_IT))
    return replays.prefetch_related(*WITH_ITS_LESSON)


# A class opens the page of its replay at once, and its script asks again and again.
_BY_CODE = Statement(lambda code: _whole().filter(code=code))
_TO_FOLLOW = Statement(lambda code: Replay.objects.filter(code=code).select_related(*WITH_IT))

_BY_CODES = Statement(lambda codes: _whole().filter(code__in=codes).order_by("-listed_at", "-pk"))
_VALID_LINK = Statement(
    lambda digest, at: with_sessions(
        Share.objects.valid(at=at).select_related("replay__lesson__course", "created_by"),
        replay="replay",
    ).filter(token_digest=digest)
)


def _staff_relations(user: User, replay: Replay) -> set[Relation]:
    """Return the relations of a person who teaches to one replay, of whose lesson the assistants are known."""
    relations = set()
    if user.pk == (replay.teacher_id if replay.lesson is None else replay.lesson.teacher_id):
        relations.add(Relation.LESSON_TEACHER)
    if replay.lesson is not None and user in replay.lesson.assistants.all():
        relations.add(Relation.ASSISTANT)
    return relations


def sees_all_links(relations: Collection[Relation]) -> bool:
    """Tell whether people with these relations see and may revoke all links to a replay, not only their own."""
    return may(Action.SEE_ALL_LINKS, relations)


def get_link_for(user: User, replay: Replay, relations: Collection[Relation], code: str) -> Share:
    """The link of this code among those to a replay that the person, who is this to it, may revoke.

    Raises:
        Http404: it has no such one.
    """
    links = Share.objects.filter(replay=replay, code=code)
    if not sees_all_links(relations):
        links = links.filter(created_by=user)
    link = links.first()
    if link is None:
        raise Http404
    return link


def audience_of(relations: Collection[Relation]) -> Audience:
    """The audience that a replay is explained to."""
    if may(Action.ADMINISTER, relations):
        return Audience.STAFF
    return Audience.TEACHER if may(Action.ASK_CLOUD, relations) else Audience.ANYBODY


def sees_all_replays(user: User) -> bool:
    return may(Action.SEE_ALL_REPLAYS, general_relations(user))


def replays_for(user: User) -> QuerySet[Replay]:
    """The replays a person may list; of lessons they only attend, those that can be played."""
    return Replay.objects.all() if sees_all_replays(user) else replays_of_classes(user)


def replays_of_classes(user: User) -> QuerySet[Replay]:
    """Return the replays of the classes that somebody taught, assisted or, where they can be played, could attend."""
    attended = attended_by(user)
    if attended is None:
        return Replay.objects.filter(pk__in=_REPLAYS_HELD.as_subquery(user_id=user.pk))
    lessons = Lesson.objects.visible().filter(attended).values("pk")
    ready = Replay.objects.filter(lesson__in=lessons, state=ReplayState.READY)
    return Replay.objects.filter(pk__in=_held(user.pk).union(ready.order_by().values("pk")))


def _held(user_id: int) -> QuerySet[Replay, Any]:
    """The keys of the replays of lessons that a person teaches or assists.

    One query for each way to a replay, combined: joined by `or` in one, each replay of the school would be
    looked at. Subqueries: joins would list a replay several times.
    """
    assisted = Lesson.objects.visible().filter(assistants=user_id).values("pk")
    taught = Replay.objects.filter(teacher=user_id)  # follows the lesson, and drafts have none
    keys = taught.order_by().values("pk")
    return keys.union(Replay.objects.filter(lesson__in=assisted).order_by().values("pk"))


_REPLAYS_HELD = Statement(_held)


def may_see_late(user: User) -> bool:
    return may(Action.SEE_LATE_REPLAYS, general_relations(user))


def may_export(user: User) -> bool:
    return may(Action.EXPORT_REPLAYS, general_relations(user))


def require(user: User, action: Action) -> None:
    """Check that a person may do this with any replay.

    Raises:
        Http404: they may not.
    """
    if not may(action, general_relations(user)):
        raise Http404


def _families_may_watch(lesson: Lesson) -> bool:
    return SchoolSettings.load().families_may_watch and lesson.families_may_watch is not False


def _students_may_download(lesson: Lesson) -> bool:
    if lesson.students_may_download is not None:
        return lesson.students_may_download
    return SchoolSettings.load().students_may_download
