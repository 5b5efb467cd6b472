"""The people, sessions and lessons of a school, made quickly: only once the stack stands."""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.models import User
    from schedule.models import ClassGroup, Lesson

LESSON_LENGTH = dt.timedelta(minutes=45)
SESSION_LENGTH = dt.timedelta(days=1)
NO_LIMIT_PER_S = 100_000


def add_people(names: Sequence[str], role: str, *, password: str = "") -> list[User]:
    """Add people of one role. A password is the same for all of them, and so is its slow hash."""
    from django.contrib.auth.hashers import make_password

    from accounts.models import RoleGrant, User
    from accounts.names import sign_in_name

    hashed = make_password(password or None)
    people = User.objects.bulk_create(
        User(
            username=name,
            sign_in_name=sign_in_name(name),
            display_name=f"李静怡{number}",
            password=hashed,
        )
        for number, name in enumerate(names)
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=each, role=role) for each in people)
    return people


def cookies_of(people: Sequence[User]) -> list[dict[str, str]]:
    """A session for each of them, as after signing in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils import timezone

    from accounts.models import Session
    from accounts.sign_in.session_store import SessionStore

    store = SessionStore()
    expires_at = timezone.now() + SESSION_LENGTH
    sessions = Session.objects.bulk_create(
        Session(
            session_key=secrets.token_hex(16),
            session_data=store.encode(
                {
                    SESSION_KEY: str(each.pk),
                    BACKEND_SESSION_KEY: "accounts.backends.RoleBackend",
                    HASH_SESSION_KEY: each.get_session_auth_hash(),
                }
            ),
            expire_date=expires_at,
            user=each,
            auth_hash=each.get_session_auth_hash(),
        )
        for each in people
    )
    return [{"sessionid": each.session_key} for each in sessions]


def cookie_of(person: User) -> str:
    return f"sessionid={cookies_of([person])[0]['sessionid']}"


def add_class_groups(names: Sequence[str]) -> list[ClassGroup]:
    from schedule.models import ClassGroup

    return ClassGroup.objects.bulk_create(ClassGroup(name=name) for name in names)


def add_members(group: ClassGroup, students: Sequence[User]) -> None:
    from schedule.models import Membership

    Membership.objects.bulk_create(Membership(class_group=group, user=each) for each in students)


def plan_lessons(
    teacher: User, group: ClassGroup, starts: Sequence[dt.datetime], *, minutes: int = 45
) -> list[Lesson]:
    """Plan them as planners do; what workers are told of it is forgotten by `forget_messages`."""
    from django.db import transaction

    from schedule.lessons.change import schedule_lesson
    from schedule.lessons.plan import LessonPlan
    from schedule.models import Course

    found = Course.objects.get_or_create(name="语文课")[0]
    with transaction.atomic():
        return [
            schedule_lesson(
                LessonPlan(
                    course=found,
                    teacher=teacher,
                    class_groups=(group,),
                    starts_at=start,
                    ends_at=start + dt.timedelta(minutes=minutes),
                )
            )
            for start in starts
        ]


def monday() -> dt.datetime:
    """The beginning of this week, in the school's time."""
    from django.utils import timezone

    from schedule.week_grid import monday_of, start_of_day

    return start_of_day(monday_of(timezone.localdate()))


def add_term(periods: int) -> None:
    """A term that holds this week and the next, of so many periods a day: each hour from eight begins one."""
    from schedule.terms.bells.bell_times import even_bells
    from schedule.terms.writing import create_term, set_bell_times

    term = create_term("秋季学期", first_monday=monday().date(), weeks=2)
    between = dt.timedelta(hours=1) - LESSON_LENGTH
    first = dt.time(8)
    set_bell_times(term, even_bells(periods, first=first, length=LESSON_LENGTH, between=between))


def make_rooms() -> None:
    """Make the rooms of all lessons still to come in the cloud, as fast as it can."""
    from classroom.client import rate_limits
    from schedule.models import Room
    from schedule.tasks import make_rooms_ahead

    usual = rate_limits.DEFAULT_CALLS_PER_S
    rate_limits.DEFAULT_CALLS_PER_S = NO_LIMIT_PER_S
    made = -1
    while made < (made := Room.objects.exclude(room_id=None).count()):
        make_rooms_ahead()
    rate_limits.DEFAULT_CALLS_PER_S = usual


def register_everybody() -> None:
    from accounts.models import ClassroomIdentity
    from accounts.tasks import register_people

    register_people()
    while ClassroomIdentity.objects.filter(classroom_user_id="").exists():
        register_people()


def forget_messages(redis_url: str) -> None:
    """Leave workers nothing of how the school was made."""
    import redis

    client: Any = redis.Redis.from_url(redis_url)
    client.flushdb()
    client.close()


# Titles as schools have them: what about, which course, which grade.
TITLES = 400
TOPICS = ("荷花", "勾股定理", "浮力", "丝绸之路", "定语从句", "古诗三首", "期末复习", "有机化学")
COURSES = ("语文", "数学", "英语", "物理", "化学", "历史", "音乐")
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN %s AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
# What an index does not say of itself when it is made again.
STATISTICS = {"replays_replay_by_grams": 1000}
# Past classes, each with a room and a replay of one file, are what most of a school's tables are.
COPIED = {
    "schedule_lesson": {
        "code": "'c' || n",
        "title": "t.title",
        "teacher_id": "%(teacher)s + n %% %(teachers)s",
        "starts_at": "%(from)s - n * interval '3 minutes'",
        "ends_at": "%(from)s - n * interval '3 minutes' + interval '45 minutes'",
    },
    "schedule_lesson_class_groups": {
        "lesson_id": "%(lesson)s + n",
        "classgroup_id": "%(group)s + n %% %(groups)s",
    },
    "schedule_room": {
        "lesson_id": "%(lesson)s + n",
        "room_id": "400000000 + n",
        "cloud_status": "2",
        "must_change_in_cloud": "false",
    },
    "replays_replay": {
        "code": "'c' || n",
        "lesson_id": "%(lesson)s + n",
        "title": "t.title",
        "title_folded": "t.folded",
        "title_grams": "t.grams",
        "room_number": "400000000 + n",
        "teacher_id": "%(teacher)s + n %% %(teachers)s",
        "planned_start": "%(from)s - n * interval '3 minutes'",
        "planned_end": "%(from)s - n * interval '3 minutes' + interval '45 minutes'",
        "made_at": "%(from)s - n * interval '3 minutes' + interval '50 minutes'",
        "listed_at": "%(from)s - n * interval '3 minutes' + interval '50 minutes'",
        "state": "'ready'",
        "reason": "'found'",
        "list_rank": "1",
        "size_bytes": "300000000 + n",
        "due_at": "NULL",
    },
}


def add_past_lessons(
    url: str, count: int, *, like: Lesson, teachers: Sequence[User], groups: Sequence[ClassGroup]
) -> None:
    """Copy a lesson with its room and replay so often, by the database itself."""
    import psycopg2

    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        _add_titles(cursor)
        cursor.execute("SELECT last_value + 1 FROM schedule_lesson_id_seq")
        words = {
            "teacher": teachers[0].pk,
            "teachers": len(teachers),
            "group": groups[0].pk,
            "groups": len(groups),
            "lesson": cursor.fetchone()[0],
            "from": like.starts_at - dt.timedelta(days=14),
        }
        words |= {"like": like.pk, "count": count}
        with without_indexes(cursor, tuple(COPIED)):
            for table in COPIED:
                which = "id" if table == "schedule_lesson" else "lesson_id"
                cursor.execute(_copying(cursor, table, which), words)
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def without_indexes(cursor: Any, tables: tuple[str, ...]) -> Iterator[None]:
    """An index is made sooner than it grows, and rows without faults need no look at each."""
    cursor.execute("SET session_replication_role = replica")
    cursor.execute("SET maintenance_work_mem = '256MB'")
    cursor.execute(INDEXES, (tables,))
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    for name, target in STATISTICS.items():
        cursor.execute(f"ALTER INDEX {name} ALTER COLUMN 1 SET STATISTICS {target}")


def _copying(cursor: Any, table: str, which: str) -> str:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND column_name <> 'id'",
        (table,),
    )
    columns = [name for (name,) in cursor.fetchall()]
    sources = [COPIED[table].get(name, f'p."{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table} (id, {names})"
        f" SELECT nextval('{table}_id_seq'), {', '.join(sources)}"
        f" FROM generate_series(0::bigint, %(count)s - 1) n"
        f" JOIN bench_title t ON t.id = n %% {TITLES}, {table} p WHERE p.{which} = %(like)s"
        " ORDER BY n"
    )


def _add_titles(cursor: Any) -> None:
    from replays.search.search_box import folded, title_grams

    cursor.execute(
        "CREATE TABLE bench_title (id bigint PRIMARY KEY, title text, folded text, grams text)"
    )
    for number in range(TITLES):
        course, topic = COURSES[number % len(COURSES)], TOPICS[number % len(TOPICS)]
        title = f"{course} 第{number}讲 {topic}"
        cursor.execute(
            "INSERT INTO bench_title VALUES (%s, %s, %s, %s)",
            (number, title, folded(title), title_grams(title)),
        )
