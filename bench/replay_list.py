"""The list of replays with 10,000 and with 1,000,000 of them, on PostgreSQL.

Two databases with the same school, each behind a web server of its own, are asked in turn over kept
connections, so that whatever else the machine does slows both alike. The ratio is what to compare:
whatever a person does on the list is to take at most three times as long with a hundred times as
many. Totals beyond ten thousand are remembered for a minute; how long a page takes that has to count is
shown beside (`counts`), and the exact count of all is measured apart.

    make bench    or    .venv/bin/python bench/replay_list.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import http.client
import io
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import quote

import clients
import psycopg2
import school
import table
from stack import Stack
from table import Row

SIZES = {"small": 10_000, "large": 1_000_000}
SEED = 20_240_902
TEACHERS, CLASS_GROUPS, TITLES = 200, 300, 40_000
WARM_UP, REQUESTS, FIRST_ONES, COUNTS = 5, 25, 5, 15
MOST_TIMES, MOST_COUNT_MS = 3.0, 150.0

# Titles as schools have them: grade, course, which lesson, what about, or the moment.
GRADES = [
    "一年级",
    "二年级",
    "三年级",
    "四年级",
    "五年级",
    "六年级",
    "七年级",
    "八年级",
    "九年级",
    "高一",
    "高二",
    "高三",
]
COURSES = [
    "语文",
    "数学",
    "英语",
    "物理",
    "化学",
    "生物",
    "历史",
    "地理",
    "政治",
    "音乐",
    "美术",
    "体育",
    "信息技术",
    "班会",
    "阅读",
]
TOPICS = [
    "荷花",
    "司马光",
    "圆明园的毁灭",
    "分数的初步认识",
    "一元二次方程",
    "勾股定理",
    "浮力",
    "光的折射",
    "氧化还原反应",
    "细胞的结构",
    "丝绸之路",
    "季风气候",
    "过去完成时",
    "定语从句",
    "完形填空",
    "记叙文写作",
    "古诗三首",
    "单元复习",
    "期中讲评",
    "期末复习",
    "家长会",
    "公开课",
    "函数的单调性",
    "平面向量",
    "牛顿第二定律",
    "动量守恒",
    "电磁感应",
    "有机化学",
    "遗传与进化",
]
RARE_TOPIC = "鲸落"  # of one title in twenty thousand
PAGES = {
    "first page": "/replays/",
    "search, frequent pair": f"/replays/?q={quote('语文')}",
    "search, rare pair": f"/replays/?q={quote(RARE_TOPIC)}",
    "filter by teacher": "/replays/?teacher=teacher7",
    "page 1,000": "/replays/?page=1000",
    "page 1,000 by title": "/replays/?sort=title&page=1000",
}
# Every replay has a lesson, in one class group, with one file; nearly all are ready.
FILL = """
INSERT INTO schedule_lesson (id, code, title, course_id, teacher_id, starts_at, ends_at, room_type,
    record_mode, state, cancel_reason, overlap_reason, created_at)
SELECT n, 'l' || n, t.title, %(course)s, %(teacher)s + n %% %(teachers)s,
    now() - n * interval '3 minutes' - interval '1 day', now() - n * interval '3 minutes' - interval '23 hours',
    n %% 4, 0, 'published', '', '', now()
FROM generate_series(1::bigint, %(rows)s) n JOIN bench_title t ON t.id = (n * 7919) %% %(titles)s;

INSERT INTO schedule_lesson_class_groups (lesson_id, classgroup_id)
SELECT id, %(class_group)s + id %% %(class_groups)s FROM schedule_lesson;

INSERT INTO replays_replay (id, code, lesson_id, title, title_folded, title_grams, room_number, room_type,
    teacher_id, planned_start, planned_end, made_at, listed_at, state, reason, state_since, list_rank,
    size_bytes, found_by, asks, last_error, views, downloads, attempts, lease_token)
SELECT l.id, 'r' || l.id, l.id, t.title, t.folded, t.grams, 100000000 + l.id, l.room_type, l.teacher_id,
    l.starts_at, l.ends_at, l.ends_at, l.ends_at,
    CASE WHEN l.id <= 20 THEN 'processing' WHEN l.id %% 2000 = 2 THEN 'failed'
         WHEN l.id %% 50 = 3 THEN 'none' ELSE 'ready' END,
    CASE WHEN l.id <= 20 THEN 'ended' WHEN l.id %% 2000 = 2 THEN 'given_up'
         WHEN l.id %% 50 = 3 THEN 'never_held' ELSE 'found' END,
    l.ends_at, CASE WHEN l.id <= 20 OR l.id %% 50 = 3 THEN 0 ELSE 1 END,
    CASE WHEN l.id <= 20 OR l.id %% 2000 = 2 OR l.id %% 50 = 3 THEN NULL ELSE 300000000 + l.id * 997 %% 99999999 END,
    '', 3, '', l.id %% 40, 0, 0, ''
FROM schedule_lesson l JOIN bench_title t ON t.id = (l.id * 7919) %% %(titles)s;

INSERT INTO replays_replayfile (replay_id, number, url, video_id, file_format, stream_of, duration_s,
    size_bytes, source, first_seen_at)
SELECT id, 1, 'https://1252463788.vod2.myqcloud.com/' || id || '/f0.mp4', '', 'mp4', '', 2700,
    size_bytes, 'callback', made_at
FROM replays_replay WHERE state = 'ready';
"""

# Whose indexes are made anew.
TABLES = (
    "replays_replay",
    "replays_replayfile",
    "schedule_lesson",
    "schedule_lesson_class_groups",
)


@dataclass(slots=True)
class Times:
    """Times that one page took with each number of replays, in milliseconds."""

    usual: dict[str, list[float]] = field(default_factory=lambda: {size: [] for size in SIZES})
    first: list[float] = field(default_factory=list)


def make_school() -> tuple[dict[str, int], str]:
    """Add the people and class groups; return the ids that rows start from, and a planner's cookie."""
    from schedule.models import Course

    (planner,) = school.add_people(["planner"], "planner")
    teachers = school.add_people([f"teacher{number}" for number in range(TEACHERS)], "teacher")
    groups = school.add_class_groups(
        [f"{GRADES[number % 12]}{number // 12 + 1}班" for number in range(CLASS_GROUPS)]
    )
    course = Course.objects.create(name="语文")
    ids = {
        "course": course.pk,
        "teacher": teachers[0].pk,
        "teachers": TEACHERS,
        "class_group": groups[0].pk,
        "class_groups": CLASS_GROUPS,
        "titles": TITLES,
    }
    return ids, school.cookie_of(planner)


def titles() -> Iterator[str]:
    chance = random.Random(SEED)
    for number in range(TITLES):
        grade, course = chance.choice(GRADES), chance.choice(COURSES)
        topic = RARE_TOPIC if number % 20_000 == 7_919 else chance.choice(TOPICS)
        moment = (
            f"{chance.randint(1, 12):02}{chance.randint(1, 28):02}-{chance.randint(8, 18):02}00"
        )
        yield chance.choice(
            (
                f"{grade}{course} 第{chance.randint(1, 40)}讲 {topic}",
                f"{course}课 {moment}",
                f"{grade}{chance.randint(1, 9)}班{course}：{topic}",
            )
            if topic != RARE_TOPIC
            else (f"{grade}{course} {topic}",)
        )


def fill(url: str, rows: int, ids: dict[str, int]) -> None:
    """Add so many replays by the database itself, and let it look at what it has, as it does at night."""
    from replays.search.search_box import folded, title_grams

    lines = (
        f"{number}\t{title}\t{folded(title)}\t{title_grams(title)}\n"
        for number, title in enumerate(titles())
    )
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(
            "CREATE TABLE bench_title (id int PRIMARY KEY, title text, folded text, grams text)"
        )
        cursor.copy_from(io.StringIO("".join(lines)), "bench_title")
        with school.without_indexes(cursor, TABLES):
            cursor.execute(FILL, {**ids, "rows": rows})
        cursor.execute("VACUUM ANALYZE")


def measure(ports: dict[str, int], urls: dict[str, str], cookie: str) -> dict[str, Times]:
    """The times of each page, asked of both databases in turn."""
    connections = {size: clients.connect(port) for size, port in ports.items()}
    times = {name: Times() for name in PAGES}
    for name, path in PAGES.items():
        for number in range(WARM_UP + REQUESTS):
            for size, connection in connections.items():
                taken_ms = ask(connection, path, cookie)
                if number >= WARM_UP:
                    times[name].usual[size].append(taken_ms)
        for _ in range(FIRST_ONES):
            forget_totals(urls["large"])
            times[name].first.append(ask(connections["large"], path, cookie))
    for connection in connections.values():
        connection.close()
    return times


def ask(connection: http.client.HTTPConnection, path: str, cookie: str) -> float:
    started = time.perf_counter()
    body = clients.ask(connection, path, cookie)
    taken_ms = (time.perf_counter() - started) * 1000
    if b'class="replay-title"' not in body:
        raise SystemExit(f"{path} shows no replay")
    return taken_ms


def forget_totals(url: str) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("DELETE FROM cache_entry")


def count_all(url: str) -> tuple[int, list[float]]:
    """The exact number of replays in the list, counted by the question that the page asks."""
    from django.db.models import Count

    from replays.models import Replay
    from replays.search.filters import Filters, filtered

    found = filtered(Replay.objects.all(), Filters()).values(n=Count("pk"))
    found.query.group_by = None
    sql, params = found.query.sql_with_params()
    taken = []
    with closing(psycopg2.connect(url)) as connection:
        cursor = connection.cursor()
        for _ in range(COUNTS):
            started = time.perf_counter()
            cursor.execute(sql, params)
            ((count,),) = cursor.fetchall()
            taken.append((time.perf_counter() - started) * 1000)
    return count, taken


def as_rows(times: dict[str, Times], counted: int, count_ms: list[float]) -> list[Row]:
    found = []
    for name, each in times.items():
        small, large = (statistics.median(each.usual[size]) for size in SIZES)
        what = f"replays of {SIZES['large']:,} beside {SIZES['small']:,}: {name}"
        found.append(
            Row(what=what, value=large, unit="ms", floor=small, at_most=MOST_TIMES, of_ratio=True)
        )
        first = statistics.median(each.first)
        found.append(Row(what="  when it has to count", value=first, unit="ms", floor=large))
    what = f"exact count of {counted:,} replays"
    median = statistics.median(count_ms)
    return [*found, Row(what=what, value=median, unit="ms", at_most=MOST_COUNT_MS)]


def rows() -> list[Row]:
    with Stack() as stack:
        ids, cookie = make_school()
        urls = {size: stack.copy_of_database(f"bench_{size}") for size in SIZES}
        for size, number in SIZES.items():
            fill(urls[size], number, ids)
        ports = {
            size: stack.start_web(name=size, environment={"DATABASE_URL": url})
            for size, url in urls.items()
        }
        return as_rows(measure(ports, urls, cookie), *count_all(urls["large"]))


if __name__ == "__main__":
    table.end_in(rows)
