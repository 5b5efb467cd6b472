"""The contents of a calendar feed, in one query, from which its version follows as well."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.selectors.people_in_sql import join_active, name_of
from edu_platform.lib.secret_tokens import digest_of
from schedule.courses.colours import colour_of
from schedule.enums import CourseColour, LessonState, MembershipKind
from schedule.history.telling_rules import CALENDARS_TOLD_FOR
from schedule.models import CalendarFeed, FamilyChild, topic_of
from schedule.week_grid import start_of_day

# Days before and after today, of lessons by their start; cancelled ones: CALENDARS_TOLD_FOR.
DAYS_BACK = 30
DAYS_AHEAD = 180
# Counts changes of how a feed is written, which calendars have to fetch too.
FORMAT = 2

DELETED = "deleted"
PUBLISHED = str(LessonState.PUBLISHED)

# What each database calls it.
WORDS = {
    "postgresql": {
        "array": "json_build_array",
        "joined": "string_agg",
        "day": "(lesson.starts_at AT TIME ZONE %(zone)s)::date",
    },
    "sqlite": {
        "array": "json_array",
        "joined": "group_concat",
        "day": "django_datetime_cast_date(lesson.starts_at, %(zone)s, 'UTC')",
    },
}

# What lessons and deleted ones have in common.
COLUMNS = ("id", "code", "sequence", "starts_at", "ends_at", "title", "teacher_id")
# Own lessons are those of a person's timetable (`timetables.own_timetable`): taught, assisted, attended. Each
# part brings all columns, so that nothing is looked for among the lessons of the whole school.
OWN = """
SELECT {columns} FROM feed JOIN {table} lesson ON lesson.teacher_id = feed.user_id
WHERE {shown}
UNION
SELECT {columns} FROM feed
JOIN {table}_assistants assisting ON assisting.user_id = feed.user_id
JOIN {table} lesson ON lesson.id = assisting.{key}
WHERE {shown}
UNION
SELECT {columns} FROM feed
JOIN schedule_membership membership ON membership.user_id = feed.user_id
JOIN {table}_class_groups attending ON attending.classgroup_id = membership.class_group_id
JOIN {table} lesson ON lesson.id = attending.{key}
WHERE membership.kind = %(student)s
AND (membership.from_date IS NULL OR membership.from_date <= {day})
AND (membership.to_date IS NULL OR membership.to_date >= {day})
AND {shown}
"""
# The name of a class group is looked up by its key: a join would read all of them for each lesson.
FACTS = """
SELECT lesson.starts_at, lesson.code, CAST({array}(
    lesson.code, {state}, lesson.sequence, lesson.{changed_at}, lesson.starts_at, lesson.ends_at,
    lesson.title, {course}, {colour}, {teacher},
    (SELECT {joined}(
        (SELECT name FROM schedule_classgroup WHERE id = attending.classgroup_id), %(newline)s
    ) FROM (
        SELECT classgroup_id FROM {table}_class_groups WHERE {key} = lesson.id ORDER BY id
    ) attending)
) AS text) AS fact
FROM ({own}) lesson
"""
QUERY = """
WITH feed AS (
    SELECT known.id, known.user_id, known.fetched_on, known.family_child_id, person.display_name
    FROM schedule_calendarfeed known {person}
    LEFT JOIN schedule_familychild child ON child.id = known.family_child_id
    LEFT JOIN schedule_familylink link ON link.id = child.link_id
    WHERE known.token_digest = %(digest)s AND link.ended_at IS NULL
)
SELECT feed.id, feed.fetched_on, feed.family_child_id, feed.display_name,
    (SELECT {joined}(facts.fact, ',') FROM (
        SELECT fact FROM ({lessons} UNION ALL {deleted}) either ORDER BY starts_at, code
    ) facts)
FROM feed
"""


@dataclass(frozen=True, slots=True)
class FeedLesson:
    """A lesson as calendars show it."""

    code: str
    is_cancelled: bool
    sequence: int
    changed_at: dt.datetime
    starts_at: dt.datetime
    ends_at: dt.datetime
    topic: str
    course: str
    colour: CourseColour
    teacher: str
    class_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as its address finds it; `facts` are what its lessons are read from, as text."""

    pk: int
    fetched_on: dt.date | None
    # It cannot open pages of lessons.
    is_of_family: bool
    person: str
    today: dt.date
    facts: str

    @property
    def version(self) -> str:
        """Differs when anything differs that the feed is written from. A new day brings other lessons."""
        made_of = (
            FORMAT,
            self.pk,
            self.today,
            self.person,
            settings.TIME_ZONE,
            settings.LANGUAGE_CODE,
            settings.PUBLIC_BASE_URL,
            self.facts,
        )
        return hashlib.sha256("\n".join(map(str, made_of)).encode()).hexdigest()[:32]

    def lessons(self) -> Iterator[FeedLesson]:
        """By their start."""
        for (
            code,
            state,
            sequence,
            changed,
            starts,
            ends,
            title,
            course,
            chosen_colour,
            teacher,
            groups,
        ) in json.loads(f"[{self.facts}]"):
            yield FeedLesson(
                code=code,
                is_cancelled=state != PUBLISHED,
                sequence=sequence,
                changed_at=_moment(changed),
                starts_at=_moment(starts),
                ends_at=_moment(ends),
                topic=topic_of(title, course),
                course=course,
                colour=colour_of(course, chosen_colour),
                teacher=teacher,
                class_groups=tuple((groups or "").split("\n")),
            )


def feed_of(user: User, *, family_child: FamilyChild | None = None) -> CalendarFeed | None:
    """Return the person's own feed, or that of a family which follows them."""
    return CalendarFeed.objects.filter(user=user, family_child=family_child).first()


def find_feed(token: str, *, at: dt.datetime) -> Feed | None:
    """Return the feed behind an address; None for one that is unknown, was replaced or ended, or of a closed account.

    The feed of a family ends with its link.
    """
    today = timezone.localdate(at)
    values = {
        "digest": digest_of(token),
        "zone": settings.TIME_ZONE,
        "student": str(MembershipKind.STUDENT),
        "published": PUBLISHED,
        "cancelled": str(LessonState.CANCELLED),
        "gone": DELETED,
        "newline": "\n",
        "start": _start_of(today, -DAYS_BACK),
        "end": _start_of(today, DAYS_AHEAD + 1),
        "cancelled_from": _start_of(today, -CALENDARS_TOLD_FOR.days),
    }
    with connection.cursor() as cursor:
        cursor.execute(_query(connection.vendor), values)
        row = cursor.fetchone()
    if row is None:
        return None
    pk, fetched_on, family_child, person, facts = row
    return Feed(pk, _day(fetched_on), family_child is not None, person, today, facts or "")


@cache
def _query(vendor: str) -> str:
    words = WORDS[vendor]
    in_window = "lesson.starts_at >= %(start)s AND lesson.starts_at < %(end)s"
    columns = ", ".join(f"lesson.{name}" for name in COLUMNS)
    lessons = {
        "table": "schedule_lesson",
        "key": "lesson_id",
        "shown": f"{in_window} AND (lesson.state = %(published)s"
        " OR (lesson.state = %(cancelled)s AND lesson.changed_at >= %(cancelled_from)s))",
        "columns": f"{columns}, lesson.state, lesson.changed_at, lesson.course_id",
        "state": "lesson.state",
        "changed_at": "changed_at",
        "course": "(SELECT name FROM schedule_course WHERE id = lesson.course_id)",
        "colour": "(SELECT colour FROM schedule_course WHERE id = lesson.course_id)",
    }
    deleted = {
        "table": "schedule_deletedlesson",
        "key": "deletedlesson_id",
        "shown": f"{in_window} AND lesson.deleted_at >= %(cancelled_from)s",
        "columns": f"{columns}, lesson.deleted_at, lesson.course_name",
        "state": "CAST(%(gone)s AS text)",
        "changed_at": "deleted_at",
        "course": "lesson.course_name",
        # Only the name is kept.
        "colour": "0",
    }
    parts = {
        name: FACTS.format(
            own=OWN.format(**words, **of), teacher=name_of("lesson.teacher_id"), **words, **of
        )
        for name, of in (("lessons", lessons), ("deleted", deleted))
    }
    return QUERY.format(person=join_active("person", "known.user_id"), **words, **parts)


def _start_of(today: dt.date, days: int) -> dt.datetime | str:
    """Midnight so many days from today, as the database takes it."""
    moment = start_of_day(today + dt.timedelta(days=days))
    return connection.ops.adapt_datetimefield_value(moment) or moment


def _moment(text: str) -> dt.datetime:
    """SQLite keeps moments without the zone, which is that of UTC."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _day(value: dt.date | str | None) -> dt.date | None:
    """SQLite keeps days as text."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
