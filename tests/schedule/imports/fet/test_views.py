"""The planners' page for a timetable of FET: its file, its names, what it does, and what is saved."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import RoomType, WeeklyLessonSource
from schedule.imports.fet.limits import MAX_DAYS_AND_HOURS, MAX_NAMES
from schedule.models import BellTime, CheckedFile, ClassGroup, FetName, Lesson, PlanningAction, Term
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory, TermFactory, coming_monday
from tests.support import fet_files
from tests.support.erasing import erased, somebody
from tests.support.fet_files import Activity, fet_file
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db
ONE = Activity(1, "Monday", ["8:00-8:45", "8:55-9:40"])


@pytest.fixture
def term() -> Term:
    term = TermFactory.create(name="2026秋", weeks=2, first_monday=coming_monday())
    for number, hour in enumerate((8, 9, 10), start=1):
        BellTime.objects.create(
            term=term, number=number, starts=dt.time(hour), ends=dt.time(hour, 45)
        )
    return term


@pytest.fixture
def ms_li() -> User:
    return UserFactory.create(username="li", display_name="Ms Li", roles=(Role.TEACHER,))


@pytest.fixture
def group() -> ClassGroup:
    return ClassGroupFactory.create(name="9a")


@pytest.fixture
def known(ms_li: User, group: ClassGroup) -> None:
    """Make the teacher and the class group of an activity that says nothing else."""


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


class Visit:
    """A planner's way through the page, as a browser without JavaScript goes it."""

    def __init__(self, client: Client, term: Term) -> None:
        self.client = client
        self.path = f"/schedule/terms/{term.code}/fet/"
        self.answer: Any = None

    def choose(self, *activities: Activity) -> Element:
        return self.choose_data(fet_file(activities))

    def choose_data(self, data: bytes) -> Element:
        file = SimpleUploadedFile("week_timetable.csv", data)
        self.answer = self.client.post(self.path, {"file": file, "kept": ""})
        if self.answer.status_code == 303:
            self.answer = self.client.get(self.answer["Location"])
        return self.page

    is_ticked = True

    def press(self, button: str, **filled: str) -> Element:
        """Send the form of the page with this button and these fields changed; what is new is ticked."""
        form = self.page.forms_to(self.path)[0]
        tick = {"makes": "on"} if self.is_ticked else {}
        sent = {**fields_of(form), **tick, **filled, button: "1"}
        self.answer = self.client.post(self.path, sent)
        return self.page

    @property
    def page(self) -> Element:
        return read(self.answer.content.decode())

    def field_of(self, name: str) -> str:
        """The field of what a name means."""
        rows = [row for row in self.page.all("tr") if row.all("select")]
        (row,) = (row for row in rows if row.one("th").text.removesuffix(" to be settled") == name)
        return row.one("select").attrs["name"]


def fields_of(form: Element) -> dict[str, str]:
    found = {
        each.attrs["name"]: each.attrs.get("value", "")
        for each in form.all("input")
        if "name" in each.attrs
        and each.attrs["name"] != "csrfmiddlewaretoken"
        and each.attrs.get("type") != "checkbox"
    }
    for select in form.all("select"):
        options = select.all("option")
        chosen = [each for each in options if "selected" in each.attrs] or options[:1]
        found[select.attrs["name"]] = chosen[0].attrs["value"]
    return found


@pytest.fixture
def visit(client: Client, term: Term) -> Visit:
    return Visit(client, term)


def test_form_of_as_many_names_as_a_file_may_have_is_taken():
    fields = 2 * MAX_NAMES + 3 * MAX_DAYS_AND_HOURS

    assert fields < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def test_kept_file_that_cannot_be_read_any_more_is_told(
    visit: Visit, known: None, monkeypatch: pytest.MonkeyPatch
):
    visit.choose(ONE)
    monkeypatch.setattr("schedule.imports.fet.fet_rows.MAX_DAYS_AND_HOURS", 1)

    page = visit.press("check")

    assert visit.answer.status_code == 422
    (fault,) = page.one("tbody").all("tr")
    assert [cell.text for cell in fault.all("td")[1:]] == [
        "whole row",
        "more than 1 days and hours",
    ]


class TestWhose:
    def test_planners_alone_see_it(self, term: Term, teacher: User, signed_in: SignedIn):
        assert signed_in(teacher).get(f"/schedule/terms/{term.code}/fet/").status_code == 404

    def test_unknown_term_is_missing(self, client: Client):
        assert client.get("/schedule/terms/none/fet/").status_code == 404

    def test_kept_file_is_of_who_chose_it(
        self, visit: Visit, known: None, term: Term, signed_in: SignedIn
    ):
        visit.choose(ONE)
        code = CheckedFile.objects.get().code
        other = signed_in(UserFactory.create(roles=(Role.PLANNER,)), "en")

        page = other.get(f"{visit.path}?kept={code}").content.decode()

        assert "not kept any more" in page


class TestFile:
    def test_table_of_another_kind_is_refused_with_its_faults(self, visit: Visit):
        page = visit.choose_data(b"course,teacher\nMaths,li\n")

        assert visit.answer.status_code == 422
        assert "an unknown column" in page.text
        assert not CheckedFile.objects.exists()

    def test_without_a_file_nothing_is_kept(self, visit: Visit):
        visit.answer = visit.client.post(visit.path, {})

        assert visit.answer.status_code == 422


class TestNames:
    def test_name_of_two_people_is_asked(self, visit: Visit, known: None):
        UserFactory.create(username="li2", display_name="Ms Li", roles=(Role.TEACHER,))
        visit.choose(ONE)
        field = visit.field_of("Ms Li")

        page = visit.press("check")
        assert visit.answer.status_code == 422
        assert "Choose what this name means." in page.text

        visit.press("check", **{field: "user-li2"})
        visit.press("save")

        assert Term.objects.get().weekly_lessons.get().teacher.username == "li2"

    def test_unknown_names_are_chosen_made_or_left_out(self, visit: Visit, known: None, term: Term):
        page = visit.choose(
            Activity(1, "Day 1", ["first"], teachers="Li N.+Mr New+Nobody", students="IX-a+9b"),
            Activity(2, "Day 1", ["break"], teachers="Ms Li", students="9a"),
            *(Activity(number, f"Day {number}", ["first"]) for number in range(2, 9)),
        )
        asked = {row.one("th").text for row in page.all("tr") if row.all("span", "mark-waiting")}
        assert {name.removesuffix(" to be settled") for name in asked} == {
            *(f"Day {number}" for number in range(1, 9)),
            *("Li N.", "Mr New", "Nobody", "IX-a", "9b"),
        }

        days = {visit.field_of(f"Day {number}"): "3" for number in range(1, 9)}
        left_out = {visit.field_of(f"Day {number}"): "left-out" for number in range(2, 9)}
        said = {
            **(days | left_out),
            visit.field_of("first"): "bell-2",
            visit.field_of("break"): "left-out",
            f"{visit.field_of('Li N.')}-other": "LI",
            visit.field_of("Mr New"): "new",
            visit.field_of("Nobody"): "left-out",
            f"{visit.field_of('IX-a')}-other": "9a",
            visit.field_of("9b"): "new",
        }
        page = visit.press("check", **said)
        assert visit.answer.status_code == 200
        assert "class group 9b" in page.text
        assert "person Mr New (Mr-New)" in page.text
        assert not User.objects.filter(username="Mr-New").exists()
        visit.is_ticked = False
        visit.press("save")
        assert visit.answer.status_code == 422
        assert not term.weekly_lessons.exists()
        visit.is_ticked = True
        visit.press("save")

        weekly_lesson = term.weekly_lessons.get()
        assert (weekly_lesson.weekday, weekly_lesson.first_bell, weekly_lesson.last_bell) == (
            3,
            2,
            2,
        )
        assert weekly_lesson.teacher.username == "li"
        assert [user.username for user in weekly_lesson.assistants.all()] == ["Mr-New"]
        assert {each.name for each in weekly_lesson.class_groups.all()} == {"9a", "9b"}
        # The next file is understood by itself.
        visit.choose(
            Activity(1, "Day 1", ["first"], teachers="Li N.+Mr New+Nobody", students="IX-a+9b"),
            Activity(2, "Day 1", ["break"]),
        )
        page = visit.press("check")
        assert visit.answer.status_code == 200
        assert [cell.text for cell in page.one("table", "fet-counts").all("td")[1:5]] == [
            *("0", "0", "1", "0")
        ]

    def test_teacher_with_the_username_of_somebody_erased_is_made_only_once_that_is_confirmed(
        self, visit: Visit, group: ClassGroup, term: Term
    ):
        erased(somebody("Mr Old", username="Mr-Old"))
        visit.choose(replace(ONE, teachers="Mr Old"))
        page = visit.press("check", **{visit.field_of("Mr Old"): "new"})
        asked = f"was erased on {timezone.localdate().isoformat()}: is this a new person?"
        assert f"Mr Old: somebody with this username {asked}" in page.text

        page = visit.press("save")

        assert visit.answer.status_code == 422
        assert "somebody who was erased stands in the file still" in page.text
        assert not User.objects.filter(username="Mr-Old").exists()
        visit.press("save", reuses="on")
        assert visit.answer.status_code == 303
        assert User.objects.filter(username="Mr-Old", is_active=True).exists()

    def test_file_of_a_teacher_who_is_erased_between_check_and_save_is_chosen_again(
        self, visit: Visit, group: ClassGroup, term: Term
    ):
        visit.choose(replace(ONE, teachers="Mr Old"))
        visit.press("check", **{visit.field_of("Mr Old"): "new"})
        erased(somebody("Mr Old", username="Mr-Old"))

        page = visit.press("save")

        assert "not kept any more" in page.text
        assert not term.weekly_lessons.exists()

    def test_somebody_else_than_proposed_is_asked_for_by_another_field(
        self, visit: Visit, known: None, term: Term
    ):
        UserFactory.create(username="wang", display_name="Mr Wang", roles=(Role.TEACHER,))
        visit.choose(ONE)
        field = visit.field_of("Ms Li")

        visit.press("check", **{field: "other"})
        assert visit.answer.status_code == 422
        visit.press("check", **{f"{field}-other": "nobody"})
        assert visit.answer.status_code == 422
        visit.press("check", **{f"{field}-other": "Mr Wang"})
        assert visit.answer.status_code == 200
        visit.press("save")

        assert term.weekly_lessons.get().teacher.username == "wang"
        assert FetName.objects.get().name == "Ms Li"

    def test_what_cannot_be_meant_is_said_beside_the_name(self, visit: Visit, known: None):
        page = visit.choose(ONE)
        assert not page.all("span", "mark-waiting")
        known_names = fields_of(page.forms_to(visit.path)[0])
        for said, told in (
            ({"hour-0": "clock", "hour-0-from": "9:00", "hour-0-to": "8:00"}, "the end after"),
            ({"hour-0": "clock", "hour-0-from": "", "hour-0-to": ""}, "from when to when"),
            ({"hour-0": "bell-9", "hour-0-from": "", "hour-0-to": ""}, "Choose a period"),
            ({"day-0": "8"}, "Choose the weekday"),
            ({"day-0": "1" * 5000}, "Choose the weekday"),
            ({"teacher-0": "user-nobody"}, "Choose what this name means"),
            ({"students-0": "group-nobody"}, "Choose what this name means"),
            ({"students-0": ""}, "Choose what this name means"),
        ):
            answer = visit.client.post(visit.path, {**known_names, **said, "check": "1"})

            assert answer.status_code == 422, said
            assert told in read(answer.content).text, said

    def test_page_opens_at_the_list_of_wrong_names_in_the_order_in_which_they_are_shown(
        self, visit: Visit, known: None
    ):
        visit.choose(ONE, Activity(2, "Tuesday", ["8:00-8:45"], teachers="Mr Ho"))

        page = visit.press("check", **{visit.field_of("Ms Li"): "other"})

        (focused,) = [element for element in page.all() if "autofocus" in element.attrs]
        links = [link.attrs["href"] for link in focused.all("a")]
        assert links[0] == f"#id_{visit.field_of('Mr Ho')}"

    def test_names_that_are_known_are_proposed_and_another_choice_stays_after_the_way_back(
        self, visit: Visit, known: None
    ):
        page = visit.choose(ONE)

        assert not page.all("span", "mark-waiting")
        fields = fields_of(page.forms_to(visit.path)[0])
        field = visit.field_of("Monday")
        assert fields[field] == "1"
        assert fields[visit.field_of("8:00-8:45")] == "bell-1"
        assert fields[visit.field_of("Ms Li")] == "user-li"
        assert fields[visit.field_of("9a")] == "group-9a"

        visit.press("check", **{field: "4"})
        page = visit.press("names")
        assert fields_of(page.forms_to(visit.path)[0])[field] == "4"


class TestPreview:
    def test_nothing_is_kept_before_it_is_saved(self, visit: Visit, term: Term):
        visit.choose(ONE)
        said = {visit.field_of("Ms Li"): "new", visit.field_of("9a"): "new"}

        page = visit.press("check", **said)

        rows = [[cell.text for cell in row.all("td")] for row in page.all("tr")[1:]]
        assert rows == [["1", "0", "0", "0"], ["2", "0", "0", "0"]]
        assert not term.weekly_lessons.exists()
        assert not ClassGroup.objects.filter(name="9a").exists()

    def test_conflicts_and_what_is_left_out_are_listed(
        self, visit: Visit, known: None, ms_li: User, term: Term
    ):
        at = timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(8)))
        there = LessonFactory.create(teacher=ms_li, starts_at=at)
        visit.choose(ONE, Activity(2, "Tuesday", ["8:00-8:45"], teachers=""))

        page = visit.press("check")

        assert "1 conflict" in page.text
        assert there.course.name in page.text
        assert "activity 2 has no teacher" in page.text

    def test_lessons_follow_with_the_plan_of_the_term(self, visit: Visit, known: None, term: Term):
        visit.choose(ONE)
        visit.press("check")
        visit.press("save")

        assert visit.answer.status_code == 303
        # Names that say it themselves are not remembered.
        assert not FetName.objects.exists()
        assert "1 added" in read(visit.client.get(visit.path).content.decode()).text
        assert term.weekly_lessons.get().source == WeeklyLessonSource.FET
        assert not Lesson.objects.exists()
        assert not CheckedFile.objects.exists()
        term.refresh_from_db()
        assert term.awaits_planning
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        assert Lesson.objects.count() == 2

    def test_weekly_lessons_that_have_changed_since_are_shown_anew_before_they_are_saved(
        self, visit: Visit, known: None, ms_li: User, group: ClassGroup, term: Term
    ):
        visit.choose(ONE)
        visit.press("check")
        visit.press("save")
        visit.choose(Activity(2, "Tuesday", ["8:00-8:45"]))
        visit.press("check")
        term.weekly_lessons.update(room_type=RoomType.ONE_TO_ONE)

        page = visit.press("save")

        assert visit.answer.status_code == 409
        assert "nothing was saved" in page.one("div", role="alert").text
        assert term.weekly_lessons.get().weekday == 1
        visit.press("save")
        assert visit.answer.status_code == 303
        assert term.weekly_lessons.get().weekday == 2

    def test_term_that_is_deleted_meanwhile_is_missing(
        self, visit: Visit, known: None, term: Term, monkeypatch: pytest.MonkeyPatch
    ):
        visit.choose(ONE)
        monkeypatch.setattr("schedule.imports.fet.views.get_term_for", lambda _user, _code: term)
        Term.objects.all().delete()

        visit.press("save")

        assert visit.answer.status_code == 404

    def test_school_week_goes_through_with_few_queries(self, visit: Visit, term: Term):
        groups = 3
        activities = fet_files.school_week(groups=groups)
        for number in range(groups):
            ClassGroupFactory.create(name=f"Group {number}")
        visit.choose_data(fet_file(activities))
        form = fields_of(visit.page.forms_to(visit.path)[0])
        new = {name: "new" for name in form if name.startswith("teacher-")}
        new = {name: value for name, value in new.items() if not name.endswith("-other")}

        with CaptureQueriesContext(connection) as asked:
            visit.press("check", **new)

        assert visit.answer.status_code == 200
        assert len(asked) < 100
        with CaptureQueriesContext(connection) as asked:
            visit.press("save")
        assert len(asked) < 100
        assert term.weekly_lessons.count() == len(activities) == 105
