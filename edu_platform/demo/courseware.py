"""The demo school's courseware: in every state, and in lessons.

It comes in as a teacher's would: uploaded, and taken to the local cloud. One was replaced by a newer
version. Three files are made to wait, by the local cloud's own switches where it has them, so that a
visitor still finds them waiting.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from courseware.enums import CoursewareState, FileKind, Release, TranscodeType
from courseware.exceptions import CoursewareRefused
from courseware.models import Binding, Courseware
from courseware.services.binding import bind
from courseware.services.course_binding import bind_to_course
from courseware.services.creating import create_courseware, create_version
from courseware.services.documents import start_over
from courseware.services.editing import set_tags
from courseware.services.readiness import tell_of_unready
from courseware.services.transcoding import TIME_LIMIT, note_stuck, submit_and_poll
from courseware.services.uploads import open_upload, write
from edu_platform.demo.cloud import set_transcode_fate
from edu_platform.demo.files import Page, broken_pdf, film, landscape, melody, pdf
from edu_platform.demo.open_lessons import COMING_TITLE, RUNNING_TITLE
from edu_platform.demo.roster import DEMO_TEACHER, PLANNER
from edu_platform.demo.slides import slides
from edu_platform.demo.timetable import course_named
from edu_platform.demo.topics import CHINESE
from schedule.enums import LessonState, RecordMode
from schedule.models import Lesson, LessonQuerySet

MATHS_TEACHER, ART_TEACHER = "wangjianguo", "zhaoyutong"
HANDED_IN_WITHIN_S = 10.0
UPLOAD_NAME = "亲子共读示范课.wav"
CAME_SO_FAR = 0.4
REVISED_NAME, REVISED_AFTER = "雪地里的小画家 修订.pdf", dt.timedelta(days=3)
REVISED_WAITS = dt.timedelta(seconds=20)


class Fate(Enum):
    """Outcomes of a file."""

    ORDINARY = "transcoded at once, as far as it can be"
    QUEUED = "not given to the cloud yet"
    WORKING = "half transcoded"
    STUCK = "not done in time"


# How long these two stay so: not as long as makes a film stuck.
WAITS_FOR = {Fate.QUEUED: dt.timedelta(hours=1), Fate.WORKING: dt.timedelta(minutes=100)}


@dataclass(frozen=True, slots=True)
class DemoFile:
    name: str
    owner: str
    make: Callable[[], bytes]
    tags: tuple[str, ...] = ()
    is_public: bool = False
    fate: Fate = Fate.ORDINARY
    # What its owner has replaced it by since.
    revised: Callable[[], bytes] | None = None


POEM = (
    Page("静夜思　李白", ("床前明月光，疑是地上霜。", "举头望明月，低头思故乡。")),
    Page("读一读，想一想", ("诗人在什么时候想家？", "“疑”是什么意思？", "背一背这首古诗。")),
)
SNOW = (
    Page("雪地里的小画家", ("下雪啦，下雪啦！", "雪地里来了一群小画家。")),
    Page("谁画了什么", ("小鸡画竹叶，小狗画梅花，", "小鸭画枫叶，小马画月牙。")),
)
SNOW_REVISED = (
    *SNOW,
    Page("读一读", ("青蛙为什么没参加？", "它在洞里睡着啦。")),
)
RULES = (
    Page("课堂约定", ("提前五分钟进入课堂。", "发言先举手，听别人说完。", "课后完成小练习。")),
)
CLOCKS = (
    Page("认识钟表", ("短针是时针，长针是分针。", "分针指着十二，就是整时。")),
    Page("练一练", ("八时整，两根针指着哪里？", "上课一节四十分钟。")),
)
PICTURE_TALK = (
    Page("看图写话", ("图上有谁？", "他们在哪里，做什么？")),
    Page("把话写完整", ("什么时候，谁，在哪里，做什么。",)),
)
POEM_NAME, SNOW_NAME, RULES_NAME = "静夜思.pdf", "雪地里的小画家.pdf", "课堂约定.pdf"
CLOCKS_NAME, LANDSCAPE_NAME = "认识钟表.pdf", "乡村四月.png"
TADPOLES_NAME, SPRING_NAME = "小蝌蚪找妈妈.avi", "春天的池塘.avi"
# The list shows the last ones first.
FILES = (
    DemoFile(RULES_NAME, PLANNER, partial(pdf, RULES), ("全校",), is_public=True),
    DemoFile(CLOCKS_NAME, MATHS_TEACHER, partial(pdf, CLOCKS), ("数学", "一年级"), is_public=True),
    DemoFile("小星星.wav", ART_TEACHER, melody, ("音乐",), is_public=True),
    DemoFile(
        SNOW_NAME,
        DEMO_TEACHER,
        partial(pdf, SNOW),
        ("一年级",),
        revised=partial(pdf, SNOW_REVISED),
    ),
    DemoFile("看图写话.pptx", DEMO_TEACHER, partial(slides, PICTURE_TALK), ("写话", "一年级")),
    DemoFile(TADPOLES_NAME, DEMO_TEACHER, partial(film, 4), ("一年级",), is_public=True),
    DemoFile(LANDSCAPE_NAME, DEMO_TEACHER, landscape, ("写话",)),
    DemoFile(POEM_NAME, DEMO_TEACHER, partial(pdf, POEM), ("古诗", "一年级")),
    DemoFile("板书扫描.pdf", DEMO_TEACHER, partial(broken_pdf, POEM), ("古诗",)),
    DemoFile("运动会开幕式.avi", DEMO_TEACHER, partial(film, 3, tadpoles=7), fate=Fate.STUCK),
    DemoFile("校园的早晨.avi", DEMO_TEACHER, partial(film, 3, tadpoles=5), fate=Fate.QUEUED),
    DemoFile(SPRING_NAME, DEMO_TEACHER, partial(film, 3, tadpoles=2), fate=Fate.WORKING),
)


def add_courseware(*, at: dt.datetime) -> None:
    """Make the courseware that is missing, and see to what should wait. Safe to repeat.

    Raises:
        NoLocalCloud: the local cloud does not answer.
    """
    _tell_cloud()
    made = {}
    for file in FILES:
        courseware = _keep(file, at)
        if courseware is not None:
            made[file.name] = courseware
    _keep_upload(at)
    _bind_all(made, at)


def _tell_cloud() -> None:
    """Tell the local cloud which files it is to be slow with."""
    for file in FILES:
        if file.fate is Fate.WORKING:
            delay_s = WAITS_FOR[file.fate].total_seconds()
            set_transcode_fate(name=file.name, delay_s=delay_s, percent=40)
        elif file.fate is Fate.STUCK:
            set_transcode_fate(name=file.name, is_stuck=True, percent=60)


def _keep(file: DemoFile, at: dt.datetime) -> Courseware | None:
    """Return the file, made when it is missing; None when there is no place for it any more."""
    content = file.make()
    owner = User.objects.get(username=file.owner)
    own = Courseware.objects.kept().filter(owner=owner)
    # It may have been renamed since.
    digest = _digest(content)
    same = Q(name=file.name) | Q(sha256=digest) | Q(versions__sha256=digest)
    courseware = own.filter(same).order_by("pk").first()
    if courseware is None:
        courseware = _create(file, content, owner, at)
    elif file.fate in WAITS_FOR and not _waits(courseware, file.fate, at):
        _begin_again(courseware, file.fate, at)
    if courseware is not None and file.fate is Fate.STUCK:
        _let_time_pass(courseware)
    return courseware


def _create(file: DemoFile, content: bytes, owner: User, at: dt.datetime) -> Courseware | None:
    # What is new is given to the cloud from that time on.
    due_at = at + WAITS_FOR[file.fate] if file.fate is Fate.QUEUED else at
    try:
        courseware = create_courseware(
            owner=owner,
            filename=file.name,
            file=ContentFile(content, name=file.name),
            at=due_at,
            is_public=file.is_public,
        )
    except CoursewareRefused:  # visitors have filled the owner's place
        return None
    if due_at != at:
        Courseware.objects.filter(pk=courseware.pk).update(uploaded_at=at, state_since=at)
    set_tags(courseware, names=file.tags)
    if file.revised is not None:
        _replace(courseware, file.revised(), owner, at)
    return courseware


def _replace(courseware: Courseware, content: bytes, owner: User, at: dt.datetime) -> None:
    """Upload a newer version of what was uploaded some days ago."""
    Courseware.objects.filter(pk=courseware.pk).update(uploaded_at=at - REVISED_AFTER)
    file = ContentFile(content, name=courseware.name)
    with suppress(CoursewareRefused):  # as above
        version = create_version(
            courseware, uploader=owner, filename=REVISED_NAME, file=file, at=at
        )
        # The cloud is to be done with the earlier one first.
        Courseware.objects.filter(pk=version.pk).update(due_at=at + REVISED_WAITS)


def _waits(courseware: Courseware, fate: Fate, at: dt.datetime) -> bool:
    """Tell whether it is in its state of waiting, and will be for a while."""
    state = CoursewareState.QUEUED if fate is Fate.QUEUED else CoursewareState.TRANSCODING
    return courseware.state == state and at < courseware.state_since + WAITS_FOR[fate] / 2


@transaction.atomic
def _begin_again(courseware: Courseware, fate: Fate, at: dt.datetime) -> None:
    """Have it wait once more: since an earlier start of the demo its wait has ended, or soon will."""
    row = Courseware.objects.select_for_update(of=("self",)).get(pk=courseware.pk)
    start_over(row, TranscodeType(row.transcode_type), at=at)
    # A worker that is about it, now that the demo has started again, is late.
    row.lease_token, row.leased_until = "", None
    if fate is Fate.QUEUED:
        row.due_at = at + WAITS_FOR[fate]
    row.save()


def _let_time_pass(courseware: Courseware) -> None:
    """Have it in the cloud for as long as makes it stuck."""
    deadline = time.monotonic() + HANDED_IN_WITHIN_S
    while not courseware.document_id and time.monotonic() < deadline:
        submit_and_poll(timezone.now())
        courseware.refresh_from_db()
        if not courseware.document_id:
            time.sleep(0.2)  # a worker is about it
    now = timezone.now()
    waiting = Courseware.objects.filter(pk=courseware.pk, state=CoursewareState.TRANSCODING)
    waiting.update(state_since=now - TIME_LIMIT[FileKind(courseware.kind)])
    note_stuck(now)
    courseware.refresh_from_db()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _keep_upload(at: dt.datetime) -> None:
    """Have an upload that was broken off, unless its owner has some open."""
    owner = User.objects.get(username=DEMO_TEACHER)
    if owner.uploads.open(at=at).exists():
        return
    content = melody(times=10)
    came = content[: int(len(content) * CAME_SO_FAR)]
    try:
        upload = open_upload(owner=owner, filename=UPLOAD_NAME, length_bytes=len(content), at=at)
        write(upload, offset_bytes=0, body=io.BytesIO(came), size_bytes=len(came), at=at)
    except CoursewareRefused:  # as above
        return


# --- Lessons ------------------------------------------------------------------------------------


def _bind_all(made: dict[str, Courseware], at: dt.datetime) -> None:
    """Put courseware into lessons: into the two open ones, the next regular ones, and one of the past."""
    coming = Lesson.objects.filter(state=LessonState.PUBLISHED, ends_at__gt=at)
    past = Lesson.objects.filter(state=LessonState.PUBLISHED, ends_at__lte=at)
    recorded = past.filter(record_mode=RecordMode.AUTOMATIC)
    own = coming.filter(teacher__username=DEMO_TEACHER)
    opens = {title: own.filter(title=title) for title in (RUNNING_TITLE, COMING_TITLE)}
    regular = own.exclude(title__in=opens)
    plans: tuple[tuple[LessonQuerySet, str, bool, Release], ...] = (
        (opens[COMING_TITLE], LANDSCAPE_NAME, True, Release.AFTER),
        (opens[RUNNING_TITLE], POEM_NAME, True, Release.BEFORE),
        (opens[RUNNING_TITLE], TADPOLES_NAME, False, Release.AFTER),
        (regular, SNOW_NAME, True, Release.BEFORE),
        (coming.filter(teacher__username=MATHS_TEACHER), CLOCKS_NAME, True, Release.BEFORE),
        (recorded.filter(title__endswith="雪地里的小画家"), SNOW_NAME, True, Release.AFTER),
    )
    unready = opens[COMING_TITLE].first()
    if unready is not None and SPRING_NAME in made:
        _bind_once(made[SPRING_NAME], unready, is_shown_at_once=False, release=Release.NEVER)
    # Before the rest: that is ready within seconds, and nothing to tell anybody of.
    tell_of_unready(at)
    for lessons, name, is_shown_at_once, release in plans:
        lesson = lessons.in_page_order().first()
        if lesson is not None and name in made:
            _bind_once(made[name], lesson, is_shown_at_once=is_shown_at_once, release=release)
    if RULES_NAME in made:
        _bind_to_course_once(made[RULES_NAME], at)


def _bind_once(
    courseware: Courseware, lesson: Lesson, *, is_shown_at_once: bool, release: Release
) -> None:
    """Leave alone what the lesson has already, and what somebody chose about it."""
    if not Binding.objects.filter(courseware=courseware, lesson=lesson).exists():
        bind(
            courseware=courseware,
            lesson=lesson,
            is_shown_at_once=is_shown_at_once,
            release=release,
        )


def _bind_to_course_once(courseware: Courseware, at: dt.datetime) -> None:
    teacher = User.objects.get(username=DEMO_TEACHER)
    course = course_named(CHINESE)
    if not courseware.course_bindings.filter(course=course, teacher=teacher).exists():
        bind_to_course(courseware=courseware, course=course, teacher=teacher, at=at)
