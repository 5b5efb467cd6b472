"""Replays as a file: what stands in it, that it is harmless, and that any number of them fits."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
import requests
from django.test import Client
from django.utils import timezone
from openpyxl.utils import get_column_letter

from accounts.models import User
from edu_platform.lib.slots import Pieces
from replays import exports
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.lessons import copies_of
from tests.support.pages import read
from tests.support.site import Processes

pytestmark = pytest.mark.django_db

EXPORT = "/replays/export/"
HEADS = [
    "Lesson title",
    "Room number",
    "Room type",
    "Made at",
    "Taught by",
    "Class groups",
    "State",
    "Why",
    "Number of files",
    "Bytes",
    "Days since it was made",
    "Views",
    "Downloads",
    "Planned",
]
OTHERS = ["student", "teacher", "assistant", "other_teacher", "outsider", "supervisor"]


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def csv_rows(client: Client, query: str = "") -> list[list[str]]:
    response = client.get(f"{EXPORT}?format=csv{query}")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))


def xlsx_rows(client: Client, query: str = "") -> list[list[Any]]:
    response = client.get(f"{EXPORT}?format=xlsx{query}")
    assert response.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response)))
    (sheet,) = book.worksheets
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


@pytest.fixture
def known(file: ReplayFile, other_class_group: ClassGroup, lesson: Lesson) -> Replay:
    lesson.class_groups.add(other_class_group)
    ReplayFileFactory.create(replay=file.replay, number=2, gone_at=timezone.now())
    made_at = timezone.now() - dt.timedelta(days=3, hours=2)
    Replay.objects.update(
        title="第一讲",
        room_number=106_101_309,
        made_at=made_at,
        size_bytes=354_073_313,
        views=7,
        downloads=2,
    )
    return Replay.objects.get()


class TestRows:
    @pytest.mark.both_databases("rows are read in portions")
    def test_csv(self, office: Client, known: Replay):
        made_at = timezone.localtime(known.made_at)

        assert csv_rows(office) == [
            HEADS,
            [
                "第一讲",
                "106101309",
                "Interactive class",
                f"{made_at:%Y-%m-%d %H:%M:%S}",
                "李老师",
                "三年级1班、三年级2班",
                "Ready to play",
                "The recording was found",
                "1",
                "354073313",
                "3",
                "7",
                "2",
                f"{timezone.localtime(known.planned_start):%Y-%m-%d %H:%M:%S}",
            ],
        ]

    def test_xlsx(self, office: Client, known: Replay):
        made_at = timezone.localtime(known.made_at).replace(tzinfo=None, microsecond=0)

        assert xlsx_rows(office) == [
            HEADS,
            [
                "第一讲",
                "106101309",
                "Interactive class",
                made_at,
                "李老师",
                "三年级1班、三年级2班",
                "Ready to play",
                "The recording was found",
                1,
                354_073_313,
                3,
                7,
                2,
                timezone.localtime(known.planned_start).replace(tzinfo=None),
            ],
        ]

    def test_columns_are_as_wide_as_what_stands_in_them(self, office: Client, known: Replay):
        answer = office.get(f"{EXPORT}?format=xlsx")

        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).worksheets[0]
        widths = {
            str(head.value): sheet.column_dimensions[get_column_letter(number)].width
            for number, head in enumerate(sheet[1], start=1)
        }
        assert list(widths) == HEADS
        assert [head for head, width in widths.items() if width < len(head)] == []
        assert widths["Made at"] >= len("2026-09-01 08:46:14")
        assert widths["Why"] == max(widths.values())

    def test_what_is_not_known_is_empty(self, office: Client, lesson: Lesson):
        ReplayFactory.create(lesson=lesson, state=ReplayState.PROCESSING)

        row = csv_rows(office)[1]

        assert (row[1], row[3], row[8], row[9], row[10]) == ("", "", "0", "", "")

    def test_names_and_kinds_of_the_files(self, office: Client, replay: Replay):
        answers = []
        for kind in ("csv", "xlsx", "nonsense"):
            answers.append(office.get(EXPORT, {"format": kind}))
            b"".join(answers[-1])

        assert [answer["Content-Type"] for answer in answers] == [
            "text/csv; charset=utf-8",
            *["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] * 2,
        ]
        names = [answer["Content-Disposition"] for answer in answers]
        assert [name[:30] for name in names] == ['attachment; filename="replays-'] * 3
        assert [name.rpartition(".")[2] for name in names] == ['csv"', 'xlsx"', 'xlsx"']

    def test_in_chinese(self, signed_in: SignedIn, planner: User, known: Replay):
        rows = csv_rows(signed_in(planner, "zh-hans"))

        assert rows[0][:5] == ["讲次名称", "课堂号", "课堂类型", "生成时间", "授课老师"]
        assert rows[1][6] == "可播放"


class TestWhichReplays:
    @pytest.fixture
    def many(self, lesson: Lesson) -> None:
        for state, each in zip(ReplayState, copies_of(lesson, len(ReplayState)), strict=True):
            ReplayFactory.create(lesson=each, title=state.value, state=state)
        Replay.objects.filter(lesson=lesson).delete()

    @pytest.mark.both_databases("rows are read in portions")
    def test_what_the_list_shows_without_a_choice_or_fits_its_filters(
        self, office: Client, many: None
    ):
        expected = {
            "": {"recording", "processing", "ready", "failed"},
            "&state=failed": {"failed"},
            "&q=read": {"ready"},
            "&room_type=3": set(),
        }

        for rows_of in (csv_rows, xlsx_rows):
            found = {query: {row[0] for row in rows_of(office, query)[1:]} for query in expected}
            assert found == expected, rows_of.__name__

    def test_everything_when_asked_for(self, office: Client, many: None):
        page = read(office.get("/replays/").content).one("div", "replay-exports")

        asked_for = page.all("p")[1]
        assert asked_for.text == "With those in all other states: XLSX CSV"
        query = asked_for.link("CSV").removeprefix(f"{EXPORT}?format=csv")
        assert {row[0] for row in csv_rows(office, query)[1:]} == set(ReplayState.values)
        assert {row[0] for row in csv_rows(office, f"{query}&q=no")[1:]} == {"none"}

    def test_list_leads_there_with_its_filters(self, office: Client, replay: Replay):
        response = office.get("/replays/?q=x&sort=title&page_size=20&state=ready")

        page = read(response.content).one("div", "replay-exports")
        assert [(each.text, each.attrs["href"]) for each in page.all("a")] == [
            ("XLSX", "/replays/export/?format=xlsx&q=x&state=ready"),
            ("CSV", "/replays/export/?format=csv&q=x&state=ready"),
        ]

    def test_list_says_what_is_exported(self, office: Client, replay: Replay):
        expected = {
            "": "Export these: XLSX CSV With those in all other states: XLSX CSV",
            "?state=bin": "Export these: XLSX CSV",
        }

        pages = {query: read(office.get(f"/replays/{query}").content) for query in expected}

        assert {
            query: page.one("div", "replay-exports").text for query, page in pages.items()
        } == expected

    def test_trash_is_exported_apart(self, office: Client, many: None):
        for title, reason in (
            ("trashed", ReplayReason.TRASHED),
            ("gone", ReplayReason.DELETED_HERE),
        ):
            ReplayFactory.create(title=title, state=ReplayState.DELETED, reason=reason)
        expected = {"bin": {"trashed"}, "deleted": {"trashed", "gone", "deleted"}}

        assert {
            state: {row[0] for row in csv_rows(office, f"&state={state}")[1:]} for state in expected
        } == expected

    def test_is_for_staff(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, replay: Replay
    ):
        for who in OTHERS:
            client = signed_in(request.getfixturevalue(who))

            assert client.get(f"{EXPORT}?format=csv").status_code == 404, who
            assert EXPORT not in client.get("/replays/").content.decode(), who


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class TestFormulas:
    def test_no_cell_is_a_formula(self, office: Client, known: Replay, teacher: User):
        assert known.lesson is not None
        first, *others = FORMULA_STARTS
        Replay.objects.update(title=f"{first}1+1")
        for start, lesson in zip(others, copies_of(known.lesson, len(others)), strict=True):
            ReplayFactory.create(lesson=lesson, title=f"{start}1+1")
        User.objects.filter(pk=teacher.pk).update(display_name="=name")
        for group in ClassGroup.objects.all():
            ClassGroup.objects.filter(pk=group.pk).update(name=f"=group{group.pk}")

        for rows in (csv_rows(office)[1:], xlsx_rows(office)[1:]):
            assert {row[0] for row in rows} == {f"'{start}1+1" for start in FORMULA_STARTS}
            assert {(row[4], row[5][:7]) for row in rows} == {("'=name", "'=group")}

    def test_characters_that_no_sheet_takes_are_left_out(self, office: Client, known: Replay):
        Replay.objects.update(title="一\x0b\ufffe\uffff二")

        assert xlsx_rows(office)[1][0] == "一二"


class TestAnyNumber:
    @pytest.mark.both_databases("rows are read in portions")
    def test_each_once_in_order_over_many_portions(
        self, monkeypatch: pytest.MonkeyPatch, lesson: Lesson
    ):
        monkeypatch.setattr(exports, "ROWS_A_PORTION", 3)
        moment = school_time(-9, 8)
        for number, each in enumerate(copies_of(lesson, 10)):
            # Some are of the same moment, across the ends of portions.
            ReplayFactory.create(
                lesson=each, title=str(number), made_at=moment + dt.timedelta(hours=number // 4)
            )
        Replay.objects.filter(lesson=lesson).delete()

        portions = list(exports.portions(Replay.objects.all()))

        assert [len(portion) for portion in portions] == [3, 3, 3, 1]
        found = [replay.title for portion in portions for replay in portion]
        assert found == ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]

    @pytest.mark.both_databases("rows are read in portions")
    def test_csv_comes_portion_by_portion(
        self, office: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
    ):
        monkeypatch.setattr(exports, "ROWS_A_PORTION", 2)
        for _ in range(5):
            ReplayFactory.create()

        response = office.get(f"{EXPORT}?format=csv&state=ready")
        lines: Iterator[bytes] = iter(response)
        with django_assert_num_queries(0):
            assert next(lines).decode("utf-8-sig") == ",".join(HEADS) + "\r\n"
        # Replays, files, class groups.
        with django_assert_num_queries(3):
            assert len(next(lines).splitlines()) == 2
        assert [len(portion.splitlines()) for portion in lines] == [2, 1]

    def test_memory_does_not_grow_with_the_portions(self, monkeypatch: pytest.MonkeyPatch):
        """One long replay comes round again and again, as a million short ones would."""
        known = Replay.objects.filter(pk=ReplayFactory.create().pk)
        (loaded,) = exports.portions(known)
        loaded[0].title = "长" * 10_000
        monkeypatch.setattr(exports, "portions", lambda _: (loaded for _ in range(120)))
        lines = exports.csv_lines(Replay.objects.all(), at=timezone.now(), language="en")
        next(lines)
        next(lines)

        tracemalloc.start()
        total = sum(len(portion) for portion in lines)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        # Kept, these characters would take two bytes each; what else the process does meanwhile counts too.
        assert total > 1_100_000
        assert peak_bytes < 1_900_000

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_only_so_many_are_made_at_once(
        self, office: Client, monkeypatch: pytest.MonkeyPatch, replay: Replay, kind: str
    ):
        monkeypatch.setattr(exports, "EXPORTS_A_PERSON", 1)
        address = f"{EXPORT}?format={kind}"

        first = office.get(address)
        second = office.get(address)
        b"".join(first)
        third = office.get(address)
        b"".join(third)

        statuses = [answer.status_code for answer in (first, second, third)]
        assert statuses == [200, 303, 200]
        assert second["Location"] == "/replays/"
        page = read(office.get("/replays/").content)
        assert page.one("ul", "messages").text == (
            "Several exports are being made at this moment. Try again in a few minutes."
        )

    @pytest.mark.parametrize("taken", [0, 1])
    def test_one_that_nobody_takes_to_its_end_gives_the_place_back(self, taken: int):
        given: list[str] = []
        with ExitStack() as held:
            held.callback(given.append, "place")
            pieces = Pieces(iter(["a", "b", "c"]), held.pop_all())

        begun = [next(pieces) for _ in range(taken)]
        before = list(given)
        pieces.close()
        del pieces

        assert (begun, before, given) == (["a", "b", "c"][:taken], [], ["place"])

    def test_an_error_gives_the_place_back(
        self, office: Client, monkeypatch: pytest.MonkeyPatch, replay: Replay
    ):
        monkeypatch.setattr(exports, "EXPORTS_A_PERSON", 1)
        with monkeypatch.context() as context:
            context.setattr(exports, "MOST_XLSX_ROWS", 0)
            refused = office.get(f"{EXPORT}?format=xlsx")

        assert refused.status_code == 303
        assert len(csv_rows(office)) == 2

    def test_a_refused_one_leads_back_to_what_was_chosen(
        self, office: Client, monkeypatch: pytest.MonkeyPatch, replay: Replay
    ):
        monkeypatch.setattr(exports, "MOST_XLSX_ROWS", 0)

        refused = office.get(f"{EXPORT}?format=xlsx&q={replay.title}&state={replay.state}")

        query = urlencode({"q": replay.title, "state": replay.state})
        assert refused["Location"] == f"/replays/?{query}"

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_who_takes_nothing_for_long_is_gone(self, office: Client, replay: Replay, kind: str):
        bounds: list[object] = []

        class Connection:
            @contextmanager
            def own_bounds(self) -> Iterator[None]:
                bounds.append("own")
                yield
                bounds.append("the server's")

            def settimeout(self, time_s: float) -> None:
                bounds.append(time_s)

        extra: dict[str, Any] = {"gunicorn.socket": Connection()}
        answer = office.get(f"{EXPORT}?format={kind}", **extra)
        begun = list(bounds)
        b"".join(answer)

        assert begun == ["own", exports.PIECE_TIME_S]
        assert bounds == [*begun, "the server's"]

    def test_more_than_somebody_waits_for_is_said(
        self, office: Client, monkeypatch: pytest.MonkeyPatch, replay: Replay
    ):
        monkeypatch.setattr(exports, "MOST_XLSX_ROWS", 1)
        LessonFactory.create()
        ReplayFactory.create()

        response = office.get(f"{EXPORT}?format=xlsx")

        count = Replay.objects.filter(state=ReplayState.READY).count()
        assert (response.status_code, response["Location"]) == (303, "/replays/")
        page = read(office.get("/replays/").content)
        assert page.one("ul", "messages").text == (
            f"At most 1 replays are exported as XLSX, and these are {count}. "
            "Export them as CSV, which takes any number, or narrow them by days."
        )

    def test_a_sheet_has_that_many_lines(self):
        assert exports.MOST_XLSX_ROWS == 100_000 < 2**20


HURRY = """
def post_worker_init(worker):
    import time
    from edu_platform.lib import deadline_worker
    from replays import exports

    deadline_worker.ANSWER_TIME_S = 0.5
    exports.ROWS_A_PORTION = 1
    portions = exports.portions

    def slowly(replays):
        for portion in portions(replays):
            time.sleep(0.4)
            yield portion

    exports.portions = slowly
"""


@pytest.mark.processes
def test_csv_that_takes_longer_than_other_answers_may_comes_whole(
    processes: Processes, office: Client
):
    config = processes.folder / "hurry.py"
    config.write_text(HURRY)
    made = [ReplayFactory.create() for _ in range(5)]
    site = processes.start_web(GUNICORN_CMD_ARGS=f"--config {config}")
    cookies = {name: morsel.value for name, morsel in office.cookies.items()}

    answer = requests.get(f"{site}{EXPORT}?format=csv", cookies=cookies, timeout=30)

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.elapsed.total_seconds() < 1  # the head comes at once
    assert rows[0] == HEADS
    assert sorted(row[0] for row in rows[1:]) == sorted(replay.title for replay in made)
