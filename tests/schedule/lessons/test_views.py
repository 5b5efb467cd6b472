"""Planners' pages: making, changing and ending lessons outside the administration."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import SchoolSettings
from schedule import access
from schedule.enums import ActionOrigin, ChangeKind, CloudStatus, LessonState, RecordMode, RoomType
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.forms import PlanningForm
from schedule.lessons.plan import plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Course, DeletedLesson, Lesson, LessonChange, PlanningAction, Room
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.support.forms import form_faults
from tests.support.lessons import open_again
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

NEW = "/schedule/lessons/new/"
DELETE_MANY = "/schedule/lessons/delete/"
STEPS = ("cancel", "restore", "publish", "delete")


FAULTS: list[tuple[dict[str, str], str]] = [
    ({"course": ""}, "This field is required."),
    ({"teacher": "nobody"}, "Nobody has the username or name nobody."),
    ({"teacher": "planner"}, "孙教务 does not have the role teacher."),
    ({"assistants": "teacher"}, "The teacher is not their own assistant."),
    ({"class_groups": "九班"}, "There is no class group with the name 九班."),
    (
        {"class_groups": "三年级1斑"},
        "There is no class group with the name 三年级1斑. Did you mean 三年级1班?",
    ),
    ({"assistants": "李老帅"}, "李老帅. Did you mean 李老师 (teacher)?"),
    ({"class_groups": ";"}, "This field is required."),
    ({"date": "2026-02-30"}, "Not a date such as 2024-09-02"),
    ({"date": "9999-12-31"}, "Not a date such as 2024-09-02"),
    ({"start": "25:00"}, "Not a time such as 08:00"),
    ({"end": "09:00"}, "The end does not lie after the start"),
    ({"end": "10:00"}, "The end does not lie after the start"),
    ({"date": "1989-12-31"}, "Not a date such as 2024-09-02"),
    ({"room_type": "7"}, "This is none of:"),
    ({"record": "perhaps"}, "This is none of:"),
    ({"students_may_download": "perhaps"}, "This is none of:"),
    ({"families_may_watch": "yes"}, "This is none of: default, no"),
    ({"title": "a\0"}, "Null characters are not allowed."),
    ({"teacher": "a\0"}, "Null characters are not allowed."),
    ({"class_groups": "a\0"}, "Null characters are not allowed."),
    ({"reason": "因" * 201}, "at most 200 characters"),
]

# One of each kind: a wrong time, a choice that there is not, and what a page cannot show again.
SHOWN_FAULTS = [each for each in FAULTS if each[0].keys() & {"end", "room_type", "title"}]


def lesson_in(minutes: int, **fields: Any) -> Lesson:
    """A lesson of 45 minutes that begins so many minutes from now."""
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=minutes)
    return LessonFactory.create(starts_at=starts_at, **fields)


def path_of(lesson: Lesson, step: str = "") -> str:
    return (
        f"/schedule/lessons/{lesson.code}/{step}/" if step else f"/schedule/lessons/{lesson.code}/"
    )


def day_of(days: int) -> str:
    return str(timezone.localdate() + dt.timedelta(days=days))


def wanted(**fields: str) -> dict[str, str]:
    """Return what the form of a new lesson sends, in the day after tomorrow."""
    return {
        "course": "语文课",
        "title": "",
        "teacher": "teacher",
        "assistants": "",
        "class_groups": "三年级1班",
        "date": day_of(2),
        "start": "10:00",
        "end": "10:45",
        "room_type": "0",
        "record": "yes",
        "students_may_download": "default",
        "families_may_watch": "default",
        "reason": "",
        "overlap_reason": "",
        **fields,
    }


def shown(page: Element) -> dict[str, str]:
    """The values of a form's fields."""
    found = {
        each.attrs["name"]: each.attrs.get("value", "")
        for each in page.all("input")
        if each.attrs.get("name") and each.attrs.get("type") not in {"hidden", "checkbox"}
    }
    for each in page.all("select"):
        (found[each.attrs["name"]],) = (
            option.attrs["value"] for option in each.all("option") if "selected" in option.attrs
        )
    return found


def form_of(client: Client, lesson: Lesson) -> dict[str, str]:
    """Return what the form of a lesson sends when nobody has changed anything in it."""
    page = main(client.get(path_of(lesson, "change")))
    return {**shown(page), "known": known_in(page)}


def known_in(page: Element) -> str:
    return page.one("input", name="known").attrs["value"]


def queries_of(client: Client, path: str, data: dict[str, Any]) -> int:
    """Return how many statements an answer takes, beside those that lock and look for each party."""
    with CaptureQueriesContext(connection) as asked:
        client.post(path, data)
    return len(asked)


@pytest.fixture
def client(signed_in: SignedIn, planner) -> Client:
    return signed_in(planner, "en")


def change(client: Client, lesson: Lesson, **fields: str) -> Any:
    """Send the form of this lesson as it stands, with these fields changed."""
    page = main(client.get(path_of(lesson, "change")))
    return client.post(path_of(lesson, "change"), {**shown(page), **fields})


class TestNew:
    def test_form_says_which_room_type_is_untried(self, client):
        options = main(client.get(NEW)).one("select", name="room_type").all("option")

        labels = {option.attrs["value"]: option.text for option in options}
        assert {value: "untried" in label for value, label in labels.items()} == {
            **dict.fromkeys("012", False),
            "3": True,
        }

    def test_lesson_is_planned_and_the_answer_leads_to_it(
        self, client, planner, teacher, assistant, class_group
    ):
        answer = client.post(
            NEW,
            wanted(
                title="雨霖铃", assistants="assistant", room_type="1", record="no", reason="补课"
            ),
        )

        made = Lesson.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, path_of(made))
        assert (made.title, made.teacher, made.state) == ("雨霖铃", teacher, LessonState.PUBLISHED)
        assert (made.starts_at, made.ends_at) == (school_time(2, 10), school_time(2, 10, 45))
        assert list(made.assistants.all()) == [assistant]
        assert list(made.class_groups.all()) == [class_group]
        assert (made.room_type, made.record_mode) == (RoomType.LECTURE, RecordMode.NONE)
        action = PlanningAction.objects.get()
        assert (action.by, action.origin, action.reason) == (planner, ActionOrigin.PAGE, "补课")
        assert action.is_told

    def test_back_leads_to_the_week_in_which_it_was_begun(self, client, teacher, class_group):
        for where in ({"class_group": "三年级1班"}, {"teacher": "teacher"}, {}):
            asked = {**where, "date": day_of(8)}
            week = f"/schedule/{day_of(8)}/{'?' if where else ''}{urlencode(where)}"

            begun = main(client.get(NEW, asked))
            refused = main(client.post(f"{NEW}?{urlencode(asked)}", wanted(teacher="")))

            led = {begun.link("Back"), refused.link("Back"), begun.link("‹ Timetable")}
            assert led == {week}, where
            assert client.get(week).status_code == 200, where
        # The form of a lesson begun nowhere leads back to this week.
        assert main(client.get(NEW, {"date": "abc"})).link("Back") == "/schedule/"

    def test_draft_is_planned_as_a_draft_and_notice_can_be_left_out(
        self, client, teacher, class_group
    ):
        client.post(NEW, wanted(draft="on"))
        client.post(NEW, wanted(untold="on", start="11:00", end="11:45"))

        draft, published = Lesson.objects.order_by("starts_at")
        assert (draft.is_draft, published.is_draft) == (True, False)
        told = [each.changes.get().action.is_told for each in (draft, published)]
        assert told == [True, False]

    def test_recording_and_downloading_are_as_usual_until_somebody_chooses(
        self, client, teacher, class_group
    ):
        client.post(NEW, wanted())
        client.post(NEW, wanted(date=day_of(3), record="signalling", students_may_download="yes"))

        usual, chosen = Lesson.objects.order_by("starts_at")
        assert (usual.record_mode, usual.students_may_download) == (RecordMode.AUTOMATIC, None)
        assert (chosen.record_mode, chosen.students_may_download) == (RecordMode.SIGNALLING, True)

    @pytest.mark.parametrize(("allowed", "word"), [(True, "Yes"), (False, "No")])
    def test_form_says_what_the_schools_settings_say(self, client, allowed, word):
        SchoolSettings.objects.update_or_create(pk=1, defaults={"students_may_download": allowed})

        select = main(client.get(NEW)).one("select", name="students_may_download")

        assert {option.attrs["value"]: option.text for option in select.all("option")} == {
            "default": f"As the school's settings say: {word}",
            "yes": "Yes",
            "no": "No",
        }

    @pytest.mark.parametrize(("allowed", "word"), [(True, "Yes"), (False, "No")])
    def test_form_offers_to_narrow_what_the_school_allows_families(self, client, allowed, word):
        SchoolSettings.objects.update_or_create(pk=1, defaults={"families_may_watch": allowed})

        select = main(client.get(NEW)).one("select", name="families_may_watch")

        assert {option.attrs["value"]: option.text for option in select.all("option")} == {
            "default": f"As the school's settings say: {word}",
            "no": "No",
        }

    def test_new_course_is_made_and_said(self, client, teacher, class_group):
        answer = client.post(NEW, wanted(course="天文课"))

        assert Course.objects.filter(name="天文课").exists()
        assert "The course 天文课 is new." in main(client.get(answer["Location"])).text

    def test_course_in_other_width_or_case_is_the_one_that_is_there(
        self, client, teacher, class_group
    ):
        course = CourseFactory.create(name="IT课")

        client.post(NEW, wanted(course="ｉｔ课"))

        assert Lesson.objects.get().course == course

    def test_class_groups_are_separated_as_people_write(self, client, teacher, class_group):
        for name in ("甲班", "乙班", "丙, 丁班"):
            ClassGroupFactory.create(name=name)

        client.post(NEW, wanted(class_groups="三年级1班；甲班、乙班; 丙, 丁班;"))

        names = {group.name for group in Lesson.objects.get().class_groups.all()}
        assert names == {"三年级1班", "甲班", "乙班", "丙, 丁班"}

    def test_teacher_is_understood_by_name(self, client, teacher, class_group):
        def assert_understood(written: str, hour: int) -> None:
            sent = wanted(teacher=written, start=f"{hour}:00", end=f"{hour}:45")

            assert client.post(NEW, sent).status_code == 303, written
            made = Lesson.objects.get(starts_at=school_time(2, hour))
            assert made.teacher == teacher, written

        for hour, written in enumerate(("李老师", " TEACHER ", "ｔｅａｃｈｅｒ"), start=10):
            assert_understood(written, hour)
        # The name of a student too means the teacher.
        UserFactory.create(display_name="李老师", roles=[Role.STUDENT])
        assert_understood("李老师", 13)

    def test_name_of_two_is_asked_never_guessed(self, client, teacher, class_group):
        UserFactory.create(username="li2", display_name="李老师", roles=[Role.TEACHER])

        answer = client.post(NEW, wanted(teacher="李老师"))

        assert answer.status_code == 422
        assert "write the username of one (li2, teacher)" in main(answer).text
        assert not Lesson.objects.exists()

    def test_faults_are_said(self, planner, teacher, class_group):
        for fields, fault in FAULTS:
            said = form_faults(PlanningForm(wanted(**fields)))
            assert [fault in each for each in said] == [True], fields

    def test_fault_is_shown_in_the_form(self, client, teacher, class_group):
        for fields, fault in SHOWN_FAULTS:
            answer = client.post(NEW, wanted(**fields))

            page = main(answer)
            assert answer.status_code == 422, fields
            assert fault in page.text, fields
            # Nothing of what was written is lost.
            kept = {name: value for name, value in wanted(**fields).items() if "\0" not in value}
            assert kept.items() <= shown_or_sent(page, kept).items(), fields
        assert not Lesson.objects.exists()

    def test_hour_that_the_clocks_skip_is_refused(self, client, teacher, class_group, settings):
        settings.TIME_ZONE = "Europe/Berlin"

        answer = client.post(NEW, wanted(date="2027-03-28", start="02:15", end="03:15"))

        assert answer.status_code == 422
        assert "This time is skipped when the clocks go forward" in main(answer).text

    def test_form_is_filled_with_what_the_address_says(self, client):
        page = main(
            client.get(
                NEW,
                {
                    "date": "2026-09-07",
                    "start": "08:00",
                    "teacher": "teacher",
                    "class_group": "三年级1班",
                    "course": "语文课",
                },
            )
        )

        assert (
            shown(page).items()
            >= {
                "date": "2026-09-07",
                "start": "08:00",
                "end": "08:45",
                "teacher": "teacher",
                "class_groups": "三年级1班",
                "course": "语文课",
            }.items()
        )

    def test_malformed_address_counts_as_empty(self, client):
        names = ("date", "start", "teacher", "class_group", "course")
        for bad in ("\0", "9" * 5000, "2026-02-30", "25:00", "0001-01-01"):
            answer = client.get(NEW, dict.fromkeys(names, bad))

            assert answer.status_code == 200, bad
            assert shown(main(answer))["date"] == "", bad

    def test_names_are_offered(self, client, lesson):
        page = main(client.get(NEW))

        assert [each.attrs["value"] for each in page.one(id="known-courses").all("option")] == [
            "语文课"
        ]
        offered = {each.attrs["value"] for each in page.one(id="known-teachers").all("option")}
        assert offered == {"teacher", "assistant"}


def shown_or_sent(page: Element, sent: dict[str, str]) -> dict[str, str]:
    """The form's values; a choice that there is none of is shown by no list."""
    try:
        return shown(page)
    except ValueError:
        texts = {
            each.attrs["name"]: each.attrs.get("value", "")
            for each in page.all("input")
            if each.attrs.get("name")
        }
        return {**sent, **texts}


class TestConflict:
    def test_page_names_and_links_the_other_lesson(self, client, lesson, class_group):
        other = ClassGroupFactory.create(name="五班")

        answer = client.post(
            NEW, wanted(date=day_of(1), start="08:30", end="09:15", class_groups=other.name)
        )

        page = main(answer)
        box = page.one("div", "planning-clashes")
        assert answer.status_code == 409
        assert "李老师" in box.text
        assert box.link(lesson.title) == path_of(lesson)
        assert f"{day_of(1)} 08:00–08:45" in box.text
        # The form stands below it, as it was filled.
        assert shown(page)["start"] == "08:30"
        assert Lesson.objects.get() == lesson

    def test_class_groups_may_overlap_with_a_reason(self, client, lesson, other_teacher):
        at_once = wanted(date=day_of(1), start="08:00", end="08:45", teacher="other_teacher")

        assert client.post(NEW, at_once).status_code == 409
        assert client.post(NEW, {**at_once, "overlap_reason": "分层"}).status_code == 303

    def test_teachers_never_overlap(self, client, lesson):
        at_once = wanted(date=day_of(1), start="08:00", end="08:45", overlap_reason="分层")

        answer = client.post(NEW, at_once)

        box = main(answer).one("div", "planning-clashes")
        assert answer.status_code == 409
        assert ("李老师" in box.text, "三年级1班" in box.text) == (True, False)
        # A check finds it too, with the reason and without.
        for sent in (at_once, {**at_once, "overlap_reason": ""}):
            assert client.post(NEW, {**sent, "check": "1"}).status_code == 409, sent

    def test_who_was_quicker_between_look_and_write_is_named_too(self, client, lesson, monkeypatch):
        """Only the database saw it, which does not say who stands in the way."""

        def refuse(*_args: object, **_keywords: object) -> None:
            raise LessonOverlaps

        monkeypatch.setattr("schedule.lessons.forms.schedule_lesson", refuse)

        answer = client.post(NEW, wanted(date=day_of(1), start="08:00", end="08:45"))

        assert answer.status_code == 409
        assert path_of(lesson) in {
            each.attrs["href"] for each in main(answer).one("div", "planning-clashes").all("a")
        }

    def test_nobody_is_in_the_way_any_more(self, client, lesson, monkeypatch):
        def refuse(*_args: object, **_keywords: object) -> None:
            raise LessonOverlaps

        monkeypatch.setattr("schedule.lessons.forms.schedule_lesson", refuse)

        answer = client.post(NEW, wanted())

        assert "please try again" in main(answer).one("div", "planning-clashes").text

    def test_student_of_two_class_groups_is_named_and_several_are_counted(
        self, client, lesson, student, class_group
    ):
        english = ClassGroupFactory.create(name="英语A班")
        MembershipFactory.create(user=student, class_group=english)
        at_once = wanted(
            date=day_of(1), start="08:00", end="08:45", class_groups="英语A班", teacher="other"
        )
        UserFactory.create(username="other", roles=[Role.TEACHER])

        answer = client.post(NEW, at_once)

        box = main(answer).one("div", "planning-clashes")
        assert answer.status_code == 409
        assert f"{student.display_name} (英语A班 and 三年级1班)" in box.text
        assert box.link(lesson.title) == path_of(lesson)
        for user in (UserFactory.create(), UserFactory.create()):
            MembershipFactory.create(user=user, class_group=english)
            MembershipFactory.create(user=user, class_group=class_group)
        box = main(client.post(NEW, at_once)).one("div", "planning-clashes")
        assert "3 students of 英语A班 and 三年级1班" in box.text
        assert client.post(NEW, {**at_once, "overlap_reason": "走班"}).status_code == 303

    def test_queries_do_not_grow_with_the_conflicts(self, client, lesson):
        groups = [ClassGroupFactory.create(name=f"{number}班") for number in range(3)]
        for group in groups:
            LessonFactory.create(class_groups=[group], starts_at=school_time(3, 8))
        one = wanted(date=day_of(3), start="08:00", end="08:45", class_groups="0班")
        many = {**one, "class_groups": ";".join(group.name for group in groups)}

        assert queries_of(client, NEW, one) == queries_of(client, NEW, many)


class TestChange:
    def test_form_shows_the_lesson(self, client, lesson):
        page = main(client.get(path_of(lesson, "change")))

        assert shown(page) == {
            "course": "语文课",
            "title": "",
            "teacher": "teacher",
            "assistants": "assistant",
            "class_groups": "三年级1班",
            "date": day_of(1),
            "start": "08:00",
            "end": "08:45",
            "room_type": "0",
            "record": "yes",
            "students_may_download": "default",
            "families_may_watch": "default",
            "reason": "",
            "overlap_reason": "",
        }

    def test_moved_lesson_keeps_everything_else(self, client, lesson, planner):
        before = plan_of(lesson)

        answer = change(client, lesson, date=day_of(3), reason="运动会")

        now = Lesson.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, path_of(lesson))
        assert now.starts_at == school_time(3, 8)
        # Course and time, as it was: of the new time.
        assert (
            now.title
            == f"语文课 {now.starts_at.astimezone(timezone.get_default_timezone()):%m%d-%H%M}"
        )
        assert (now.teacher, now.room_type) == (before.teacher, before.room_type)
        row = now.changes.latest("pk")
        assert row.kinds == [ChangeKind.MOVED]
        assert (row.action.by, row.action.reason) == (planner, "运动会")

    def test_same_form_changes_nothing(self, client, lesson):
        answer = change(client, lesson)

        assert answer.status_code == 303
        assert lesson.changes.count() == 1
        assert "Nothing was changed." in main(client.get(path_of(lesson))).text

    def test_what_the_request_leaves_out_stays(self, client, lesson, other_teacher):
        answer = client.post(path_of(lesson, "change"), {"teacher": "other_teacher"})

        assert answer.status_code == 303
        assert lesson.changes.latest("pk").kinds == [ChangeKind.TEACHER]

    def test_what_nobody_touched_stays(self, client, lesson, teacher):
        Lesson.objects.update(
            students_may_download=True,
            record_mode=RecordMode.SIGNALLING,
            starts_at=school_time(1, 23) + dt.timedelta(seconds=7),
            ends_at=school_time(2, 1),
        )

        change(client, lesson, title="夜课")

        now = Lesson.objects.get()
        assert now.changes.latest("pk").kinds == [ChangeKind.TITLE]
        assert (now.students_may_download, now.record_mode) == (True, RecordMode.SIGNALLING)
        assert now.ends_at == school_time(2, 1)

    def test_recording_by_hand_is_offered_and_kept(self, client, lesson):
        Lesson.objects.update(record_mode=RecordMode.MANUAL)

        field = main(client.get(path_of(lesson, "change"))).one("select", name="record")
        answer = change(client, lesson, title="夜课")

        assert [option.text for option in field.all("option")] == [
            *("Recorded", "Recorded by hand", "Signalling recording", "Not recorded")
        ]
        assert answer.status_code == 303
        assert Lesson.objects.get().record_mode == RecordMode.MANUAL

    @pytest.mark.parametrize("before", [RecordMode.AUTOMATIC, RecordMode.SIGNALLING])
    @pytest.mark.parametrize(
        ("word", "after"),
        [
            ("yes", RecordMode.AUTOMATIC),
            ("manual", RecordMode.MANUAL),
            ("手动录制", RecordMode.MANUAL),
            ("signalling", RecordMode.SIGNALLING),
            ("信令录制", RecordMode.SIGNALLING),
            ("no", RecordMode.NONE),
        ],
    )
    def test_recording_is_chosen(self, client, lesson, before, word, after):
        Lesson.objects.update(record_mode=before)

        answer = change(client, lesson, record=word)

        assert answer.status_code == 303
        assert Lesson.objects.get().record_mode == after
        kinds = lesson.changes.latest("pk").kinds
        assert kinds == [ChangeKind.PLANNED if before == after else ChangeKind.RECORDING]

    @pytest.mark.parametrize(
        ("word", "allowed"), [("yes", True), ("no", False), ("default", None), ("", None)]
    )
    def test_downloading_is_allowed_refused_or_left_to_the_school(
        self, client, lesson, word, allowed
    ):
        Lesson.objects.update(students_may_download=not allowed)

        checked = main(change(client, lesson, students_may_download=word, check="1")).text
        answer = change(client, lesson, students_may_download=word)

        assert "Download by students" in checked
        assert answer.status_code == 303
        assert Lesson.objects.get().students_may_download is allowed
        assert lesson.changes.latest("pk").kinds == [ChangeKind.DOWNLOAD]

    @pytest.mark.parametrize(
        ("word", "before", "allowed"),
        [("no", None, False), ("default", False, None), ("", False, None)],
    )
    def test_families_are_refused_the_replay_or_left_to_the_school(
        self, client, lesson, word, before, allowed
    ):
        Lesson.objects.update(families_may_watch=before)

        checked = main(change(client, lesson, families_may_watch=word, check="1")).text
        answer = change(client, lesson, families_may_watch=word)

        assert "Replay for families" in checked
        assert answer.status_code == 303
        assert Lesson.objects.get().families_may_watch is allowed
        assert lesson.changes.latest("pk").kinds == [ChangeKind.FAMILIES]

    def test_families_are_refused_the_replay_of_a_class_that_was_held(self, client, lesson):
        Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.ENDED)

        answer = change(client, lesson, families_may_watch="no")

        assert answer.status_code == 303
        assert Lesson.objects.get().families_may_watch is False

    def test_people_of_the_lesson_stay_without_their_role(self, client, lesson, teacher):
        teacher.role_grants.all().delete()

        assert change(client, lesson, title="新讲次").status_code == 303

    def test_archived_class_group_stays(self, client, lesson, class_group):
        class_group.archived_at = timezone.now()
        class_group.save()
        ClassGroupFactory.create(name=class_group.name)

        assert change(client, lesson, title="新讲次").status_code == 303
        assert list(lesson.class_groups.all()) == [class_group]

    def test_of_a_class_that_has_begun_only_words_change(self, client, lesson):
        Room.objects.create(
            lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.RUNNING
        )

        page = main(client.get(path_of(lesson, "change")))
        refused = change(client, lesson, start="09:00", end="09:45")
        taken = change(client, lesson, title="新讲次")

        words = "The class has begun: nothing but its title and class groups can change."
        assert words in page.text
        assert "readonly" in page.one("input", name="start").attrs
        assert (refused.status_code, taken.status_code) == (422, 303)
        assert words in main(refused).text

    def test_students_may_be_given_the_replay_of_a_class_that_was_held(self, client, lesson):
        Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.ENDED)

        answer = change(client, lesson, students_may_download="yes")
        refused = change(client, lesson, record="signalling")

        assert (answer.status_code, refused.status_code) == (303, 422)
        now = Lesson.objects.get()
        assert (now.students_may_download, now.record_mode) == (True, RecordMode.AUTOMATIC)

    def test_of_a_class_that_is_opened_again_its_people_change_and_its_time_does_not(
        self, client, lesson, other_teacher
    ):
        open_again(lesson)

        page = main(client.get(path_of(lesson, "change")))
        refused = change(client, lesson, start="09:00", end="09:45")
        taken = change(client, lesson, teacher=other_teacher.username)

        words = "A class was held before the lesson was opened again"
        assert words in page.text
        assert "readonly" in page.one("input", name="start").attrs
        assert "readonly" not in page.one("input", name="teacher").attrs
        assert (refused.status_code, taken.status_code) == (422, 303)
        assert words in main(refused).text

    def test_what_changed_since_the_page_was_opened_is_not_taken_back_unseen(
        self, client, lesson, other_teacher
    ):
        """One planner gives the lesson to another teacher, while another one writes a title."""
        opened = form_of(client, lesson)
        change(client, lesson, teacher=other_teacher.username)

        # A page that is refused still knows what it knew.
        refused = client.post(path_of(lesson, "change"), {**opened, "date": "soon"})
        assert (refused.status_code, known_in(main(refused))) == (422, opened["known"])

        answer = client.post(path_of(lesson, "change"), {**opened, "title": "荷花"})

        page = main(answer)
        assert answer.status_code == 409
        assert "The lesson has changed since you opened this page" in page.text
        # What has become of it meanwhile, and what saving would make of it.
        assert "Teacher: 李老师 → 赵老师" in page.text
        assert "赵老师 → 李老师" in page.text
        assert page.one("input", name="title").attrs["value"] == "荷花"
        assert Lesson.objects.get().teacher == other_teacher
        # Who has seen that may save it all the same.
        again = {**opened, "title": "荷花", "known": known_in(page)}
        assert client.post(path_of(lesson, "change"), again).status_code == 303
        assert Lesson.objects.get().teacher != other_teacher

    def test_reason_for_an_overlap_that_has_changed_is_not_taken_back_unseen(self, client, lesson):
        for before, after in (("", "分组"), ("分组", "走班")):
            opened = form_of(client, lesson)
            change(client, lesson, overlap_reason=after)

            answer = client.post(path_of(lesson, "change"), opened)

            assert (answer.status_code, Lesson.objects.get().overlap_reason) == (409, after)
            # Said by the history, with who did it, and not only by what saving would take back.
            (entry,) = main(answer).one("ol", "panel-lines").all("li", "change")
            assert f"{before or '–'} → {after}" in entry.text

    def test_who_sends_no_version_is_taken_at_their_word(self, client, lesson, other_teacher):
        opened = form_of(client, lesson)
        change(client, lesson, teacher=other_teacher.username)
        del opened["known"]

        assert client.post(path_of(lesson, "change"), opened).status_code == 303
        assert Lesson.objects.get().teacher != other_teacher

    def test_other_names_of_its_people_are_no_change(self, client, lesson, teacher):
        opened = form_of(client, lesson)
        teacher.display_name = "李芳"
        teacher.save()

        assert client.post(path_of(lesson, "change"), opened).status_code == 303

    def test_second_of_two_planners_gets_the_conflict(self, client, lesson, other_teacher):
        """The form was opened before somebody else took the hour."""
        sent = shown(main(client.get(path_of(lesson, "change"))))
        first = LessonFactory.create(
            teacher=other_teacher, starts_at=school_time(1, 8), ends_at=school_time(1, 9)
        )

        answer = client.post(path_of(lesson, "change"), {**sent, "teacher": "other_teacher"})

        assert answer.status_code == 409
        assert main(answer).one("div", "planning-clashes").link(first.title) == path_of(first)


class TestPast:
    """A lesson that would be over already is asked about once more."""

    def refused(self, answer: Any) -> Element:
        assert answer.status_code == 422
        page = main(answer)
        assert [each.text for each in page.all("ul", "errors")] == [
            f"This lies in the past: the lesson would have been over on {day_of(-2)} 10:45."
            " Correct its time, or confirm it here."
        ]
        return page

    @pytest.mark.parametrize("sent", [{}, {"check": "1"}, {"past": ""}, {"draft": "1"}])
    def test_new_one_is_asked_about_and_keeps_what_was_typed(
        self, client, teacher, class_group, sent
    ):
        fields = wanted(date=day_of(-2), title="补录", reason="忘了")

        page = self.refused(client.post(NEW, {**fields, **sent}))

        assert shown(page) == fields
        assert page.one("label", **{"for": "id_past"}).text == "Plan it in the past"
        assert "autofocus" in page.one("div", "form-faults").attrs
        assert page.one("div", "form-faults").one("a").attrs["href"] == "#id_past"
        assert not Lesson.objects.exists()

        answer = client.post(NEW, {**fields, "past": "1"})

        assert answer.status_code == 303
        assert Lesson.objects.get().starts_at == school_time(-2, 10)

    def test_one_that_was_moved_there_is_asked_about(self, client, lesson):
        page = self.refused(change(client, lesson, date=day_of(-2), start="10:00", end="10:45"))

        sent = {**shown(page), "known": known_in(page), "past": "on"}
        assert client.post(path_of(lesson, "change"), sent).status_code == 303
        lesson.refresh_from_db()
        assert lesson.starts_at == school_time(-2, 10)

    def test_what_lies_there_already_may_get_other_words(self, client, teacher, class_group):
        past = lesson_in(-60, teacher=teacher, class_groups=[class_group])

        assert change(client, past, title="补录").status_code == 303
        assert Lesson.objects.get().title.endswith("补录")

    def test_what_is_not_over_yet_is_not_asked_about(self, client, teacher, class_group):
        now = timezone.localtime()
        start, end = now - dt.timedelta(minutes=1), now + dt.timedelta(minutes=1)
        if start.date() != end.date():
            start, end = now + dt.timedelta(minutes=1), now + dt.timedelta(minutes=2)
        fields = wanted(date=str(start.date()), start=f"{start:%H:%M}", end=f"{end:%H:%M}")

        assert client.post(NEW, fields).status_code == 303

    def test_form_does_not_offer_it_unasked(self, client, lesson):
        page = main(client.post(NEW, wanted(teacher="nobody")))

        for each in (page, main(client.get(NEW)), main(client.get(path_of(lesson, "change")))):
            assert each.all("input", name="past") == []


class TestCheck:
    def test_says_what_saving_does_and_writes_nothing(self, client, lesson, student, other_teacher):
        answer = change(
            client, lesson, teacher="other_teacher", start="09:00", end="09:45", check="1"
        )

        page = main(answer)
        box = page.one("div", "planning-checked")
        assert answer.status_code == 200
        assert [each.text for each in box.all("dt")] == ["Time", "Teacher"]
        assert "李老师 → 赵老师" in box.text
        assert "Concerns 陈助教、李老师、赵老师 and 1 student." in page.text
        assert shown(page)["start"] == "09:00"
        assert lesson.changes.count() == 1
        assert Lesson.objects.get().teacher == lesson.teacher

    def test_new_course_of_a_check_is_not_kept(self, client, teacher, class_group):
        CourseFactory.create(name="天文")

        answer = client.post(NEW, {**wanted(course="天文课"), "check": "1"})

        assert "The course 天文课 is new. Did you mean 天文?" in main(answer).text
        assert not Course.objects.filter(name="天文课").exists()
        assert not Lesson.objects.exists()

    def test_what_no_timetable_shows_is_told_to_nobody(self, client, lesson, student):
        answer = change(client, lesson, record="no", check="1")

        assert "Nobody is told: nothing changes that a timetable shows." in main(answer).text

    def test_form_says_whom_the_lesson_concerns_as_it_stands(
        self, client, lesson, student, class_group
    ):
        MembershipFactory.create(class_group=class_group)
        page = main(client.get(path_of(lesson, "change")))

        assert "Concerns 陈助教、李老师 and 2 students." in page.text

    def test_nobody_is_told_of_drafts_and_of_the_past(self, client, lesson):
        Lesson.objects.filter(pk=lesson.pk).update(state=LessonState.DRAFT)
        past = lesson_in(-60)

        assert "Nobody is told of a draft." in main(client.get(path_of(lesson, "change"))).text
        assert (
            "Nobody is told of what lies in the past."
            in main(client.get(path_of(past, "change"))).text
        )


class TestSteps:
    def test_cancel_asks_and_says_whom_it_concerns(self, client, lesson, student):
        page = main(client.get(path_of(lesson, "cancel")))

        assert page.one("h1").text == "Cancel this lesson?"
        assert "Concerns 陈助教、李老师 and 1 student." in page.text
        assert not Lesson.objects.get().is_cancelled

    def test_cancelled_with_its_reason(self, client, lesson, planner):
        answer = client.post(path_of(lesson, "cancel"), {"reason": "停电", "untold": "on"})

        now = Lesson.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, path_of(lesson))
        assert (now.state, now.cancel_reason) == (LessonState.CANCELLED, "停电")
        action = now.changes.latest("pk").action
        assert (action.by, action.reason, action.is_told) == (planner, "停电", False)

    def test_restored(self, client, lesson):
        cancel_lesson(lesson, reason="停电", at=timezone.now())

        answer = client.post(path_of(lesson, "restore"), {"reason": "来电"})

        assert (answer.status_code, Lesson.objects.get().state) == (303, LessonState.PUBLISHED)

    def test_not_restored_into_a_conflict(self, client, lesson, teacher):
        cancel_lesson(lesson, reason="停电", at=timezone.now())
        other = LessonFactory.create(
            teacher=teacher, starts_at=school_time(1, 8), ends_at=school_time(1, 9)
        )

        answer = client.post(path_of(lesson, "restore"))

        page = main(answer)
        assert answer.status_code == 409
        assert page.one("div", "planning-clashes").link(other.title) == path_of(other)
        assert page.link("Change this lesson first") == path_of(lesson, "change")
        assert Lesson.objects.get(pk=lesson.pk).is_cancelled

    def test_not_restored_when_a_student_is_elsewhere(self, client, lesson, student):
        cancel_lesson(lesson, reason="停电", at=timezone.now())
        english = MembershipFactory.create(user=student).class_group
        other = LessonFactory.create(class_groups=[english], starts_at=school_time(1, 8))

        answer = client.post(path_of(lesson, "restore"))

        box = main(answer).one("div", "planning-clashes")
        assert answer.status_code == 409
        assert student.display_name in box.text
        assert box.link(other.title) == path_of(other)

    def test_published(self, client, teacher, class_group):
        draft = LessonFactory.create(teacher=teacher, class_groups=[class_group], is_draft=True)

        answer = client.post(path_of(draft, "publish"))

        assert (answer.status_code, Lesson.objects.get().state) == (303, LessonState.PUBLISHED)

    def test_deleted_and_back_to_its_week(self, client, lesson, class_group):
        answer = client.post(path_of(lesson, "delete"), {"reason": "录错了"})

        week = f"/schedule/{day_of(1)}/?{urlencode({'class_group': class_group.name})}"
        assert (answer.status_code, answer["Location"]) == (303, week)
        assert not Lesson.objects.exists()
        assert LessonChange.objects.latest("pk").action.reason == "录错了"

    def test_refused_in_words(self, client, teacher):
        past = lesson_in(-60)
        draft = LessonFactory.create(is_draft=True)

        found = {
            client.post(path_of(past, "cancel")).status_code,
            client.post(path_of(past, "delete")).status_code,
            client.post(path_of(draft, "cancel")).status_code,
        }

        assert found == {409}
        assert Lesson.objects.filter(pk=past.pk, state=LessonState.PUBLISHED).exists()

    def test_bad_reason_is_shown_in_the_form(self, client, lesson):
        answers = {
            (step, bad): client.post(path_of(lesson, step), {"reason": bad}).status_code
            for step, bad in (*((step, "a\0") for step in STEPS), ("cancel", "因" * 201))
        }

        assert answers == dict.fromkeys(answers, 422)
        assert Lesson.objects.get().is_published

    @pytest.mark.parametrize("step", [*STEPS, "change"])
    def test_lesson_that_is_deleted_meanwhile_is_missing(self, client, lesson, step, monkeypatch):
        find = access.get_lesson_for

        def find_and_delete(*asked: Any) -> Lesson:
            found = find(*asked)
            delete_lessons([found], at=timezone.now())
            return found

        monkeypatch.setattr(access, "get_lesson_for", find_and_delete)

        # Deleting it once more is no fault.
        status = 303 if step == "delete" else 404
        assert client.post(path_of(lesson, step), wanted()).status_code == status

    @pytest.mark.parametrize("step", STEPS)
    def test_lesson_that_has_changed_meanwhile_is_shown_first(self, client, teacher, step):
        lesson = LessonFactory.create(teacher=teacher, is_draft=step == "publish")
        if step == "restore":
            cancel_lesson(lesson, reason="停电", at=timezone.now())
        known = known_in(main(client.get(path_of(lesson, step))))
        change(client, lesson, title="荷花")
        before = Lesson.objects.get().state

        answer = client.post(path_of(lesson, step), {"known": known, "reason": "停电"})

        page = main(answer)
        assert (answer.status_code, Lesson.objects.get().state) == (409, before)
        assert "The lesson has changed since you opened this page" in page.text
        assert "Title: – → 荷花" in page.text
        assert page.one("input", name="reason").attrs["value"] == "停电"
        # A page that is refused still knows what it knew.
        again = {"known": known_in(page), "reason": "a\0"}
        refused = client.post(path_of(lesson, step), again)
        assert (refused.status_code, known_in(main(refused))) == (422, again["known"])
        # Who has seen that may do it all the same.
        again["reason"] = "停电"
        assert client.post(path_of(lesson, step), again).status_code == 303

    @pytest.mark.parametrize("step", ["cancel", "restore", "publish"])
    def test_step_that_somebody_else_has_done_meanwhile_is_not_asked_for_again(
        self, client, teacher, step
    ):
        lesson = LessonFactory.create(teacher=teacher, is_draft=step == "publish")
        if step == "restore":
            cancel_lesson(lesson, reason="停电", at=timezone.now())
        known = known_in(main(client.get(path_of(lesson, step))))
        client.post(path_of(lesson, step), {"known": known})

        answer = client.post(path_of(lesson, step), {"known": known})

        page = main(answer)
        assert answer.status_code == 409
        assert "This is done already: nothing is left to do." in page.text
        assert page.all("form") == []
        assert page.link("To the lesson") == path_of(lesson)

    def test_steps_of_unknown_lessons_are_missing(self, client, lesson):
        paths = [f"/schedule/lessons/nonesuch/{step}/" for step in (*STEPS, "change")]

        assert {client.post(path).status_code for path in paths} == {404}


class TestSeveralDeleted:
    @pytest.fixture
    def two(self, lesson, teacher) -> list[Lesson]:
        return [lesson, LessonFactory.create(teacher=teacher)]

    def test_asks_first(self, client, two, student):
        answer = client.post(DELETE_MANY, {"code": [each.code for each in two]})

        page = main(answer)
        assert answer.status_code == 200
        assert page.one("h1").text == "Delete 2 lessons?"
        assert {each.attrs["value"] for each in page.all("input", name="code")} == {
            each.code for each in two
        }
        assert "and 1 student." in page.text
        assert Lesson.objects.count() == 2

    def test_each_is_named_with_course_class_groups_and_weekday(
        self, client, signed_in, planner, teacher
    ):
        monday = dt.datetime(2097, 9, 2, 8, tzinfo=timezone.get_current_timezone())
        lesson = LessonFactory.create(
            course__name="语文课",
            title="荷花",
            teacher=teacher,
            starts_at=monday,
            class_groups=[
                ClassGroupFactory.create(name="三年级2班"),
                ClassGroupFactory.create(name="三年级3班"),
            ],
        )

        def line(client: Client) -> str:
            (line,) = main(client.post(DELETE_MANY, {"code": [lesson.code]})).all("li")
            return line.text

        assert line(client) == (
            "语文课 · 荷花 · 三年级2班、三年级3班 · 2097-09-02 Mon 08:00–08:45 · 李老师"
        )
        assert "2097-09-02 周一 08:00–08:45" in line(signed_in(planner))

    def test_deleted_with_one_action(self, client, two):
        answer = client.post(DELETE_MANY, {"code": [each.code for each in two], "confirmed": "1"})

        assert answer.status_code == 303
        assert not Lesson.objects.exists()
        assert DeletedLesson.objects.count() == 2
        assert LessonChange.objects.latest("pk").action.changes.count() == 2

    def test_those_that_have_changed_meanwhile_are_shown_first(self, client, two):
        sent = {"code": [each.code for each in two], "confirmed": "1", "reason": "放假"}
        first = main(client.post(DELETE_MANY, {"code": sent["code"]}))
        sent["code"] = [each.attrs["value"] for each in first.all("input", name="code")]
        change(client, two[1], title="荷花")

        answer = client.post(DELETE_MANY, {**sent, "known": known_in(first)})

        page = main(answer)
        assert (answer.status_code, Lesson.objects.count()) == (409, 2)
        assert [each.text for each in page.all("li", "change")] != []
        assert "Title: – → 荷花" in page.text
        assert page.one("input", name="reason").attrs["value"] == "放假"
        assert client.post(DELETE_MANY, {**sent, "known": known_in(page)}).status_code == 303
        assert not Lesson.objects.exists()

    def test_version_of_others_deletes_nothing(self, client, two):
        codes = [each.code for each in two]
        one = known_in(main(client.post(DELETE_MANY, {"code": codes[:1]})))

        for known in (one, "x", f"{one}.{one}", f"{one}.", "."):
            sent = {"code": codes, "confirmed": "1", "known": known}
            assert client.post(DELETE_MANY, sent).status_code == 409, known
        assert Lesson.objects.count() == 2

    def test_one_unknown_code_deletes_nothing(self, client, two):
        for foreign in ("nonesuch", "a\0", ""):
            codes = [*(each.code for each in two), foreign]

            answer = client.post(DELETE_MANY, {"code": codes, "confirmed": "1"})

            assert (answer.status_code, Lesson.objects.count()) == (404, 2), foreign
        assert client.post(DELETE_MANY, {"confirmed": "1"}).status_code == 404

    def test_one_that_has_begun_deletes_nothing(self, client, two):
        begun = lesson_in(-5)
        codes = [each.code for each in (*two, begun)]

        answer = client.post(DELETE_MANY, {"code": codes, "confirmed": "1"})

        assert (answer.status_code, Lesson.objects.count()) == (409, 3)
        assert begun.title in main(answer).text

    def test_page_costs_as_much_for_many(self, client, lesson):
        many = [lesson, *LessonFactory.create_batch(2, teacher=lesson.teacher)]
        codes = [each.code for each in many]

        one = queries_of(client, DELETE_MANY, {"code": codes[:1]})

        assert one == queries_of(client, DELETE_MANY, {"code": codes})


def test_nobody_else_plans(signed_in: SignedIn, outsider, teacher, supervisor, lesson: Lesson):
    paths = [path_of(lesson, step) for step in (*STEPS, "change")]
    for person in (outsider, teacher, supervisor):
        client = signed_in(person)

        answers = {client.get(path).status_code for path in (NEW, *paths)}
        answers |= {client.post(path, wanted()).status_code for path in (NEW, *paths)}
        answers |= {client.post(DELETE_MANY, {"code": lesson.code, "confirmed": "1"}).status_code}

        assert answers == {404}, person
    assert Lesson.objects.get().is_published


class TestFromTheTimetable:
    """Two clicks lead from there to each form."""

    def buttons_of(self, client: Client, lesson: Lesson) -> list[str]:
        page = main(client.get(path_of(lesson)))
        steps = [
            each.attrs["href"].removeprefix(path_of(lesson)).strip("/")
            for each in page.all("a", "button")
        ]
        return [step for step in steps if step in {*STEPS, "change"}]

    def test_lesson_leads_planners_to_its_steps(self, client, lesson):
        assert self.buttons_of(client, lesson) == ["change", "cancel", "delete"]
        cancel_lesson(lesson, reason="", at=timezone.now())
        assert self.buttons_of(client, lesson) == ["change", "restore", "delete"]

    def test_draft_is_published_and_what_is_over_neither_cancelled_nor_deleted(
        self, client, teacher
    ):
        draft = LessonFactory.create(is_draft=True)
        assert self.buttons_of(client, draft) == ["change", "publish", "delete"]
        assert self.buttons_of(client, lesson_in(-60)) == ["change"]
        assert self.buttons_of(client, lesson_in(-5)) == ["change", "cancel"]

    def test_nobody_else_is_offered_any(
        self, signed_in: SignedIn, student, teacher, assistant, supervisor, lesson
    ):
        for person in (student, teacher, assistant, supervisor):
            client = signed_in(person)
            assert self.buttons_of(client, lesson) == [], person
            assert "lessons/new" not in client.get("/schedule/").content.decode(), person

    def empty_places(self, client: Client, **query: str) -> list[Element]:
        monday = timezone.localdate() + dt.timedelta(days=7 - timezone.localdate().weekday())
        page = main(client.get(f"/schedule/{monday}/", query))
        return page.all("a", "empty-place")

    def test_empty_place_of_a_chosen_week_begins_a_lesson_there(self, client, teacher, class_group):
        monday = timezone.localdate() + dt.timedelta(days=7 - timezone.localdate().weekday())

        (place,) = (
            each
            for each in self.empty_places(client, teacher="teacher", class_group="三年级1班")
            if each.attrs["aria-label"] == "New lesson Mon 08:00"
        )

        form = shown(main(client.get(place.attrs["href"])))
        assert (form["date"], form["start"], form["end"]) == (str(monday), "08:00", "08:45")
        assert (form["teacher"], form["class_groups"]) == ("teacher", "三年级1班")

    def test_places_are_those_without_a_lesson(self, client, teacher, class_group):
        assert len(self.empty_places(client, teacher="teacher")) == 7 * 11
        monday = timezone.localdate() + dt.timedelta(days=7 - timezone.localdate().weekday())
        ahead = (monday - timezone.localdate()).days
        LessonFactory.create(
            teacher=teacher, starts_at=school_time(ahead, 8), ends_at=school_time(ahead, 9)
        )

        labels = {each.attrs["aria-label"] for each in self.empty_places(client, teacher="teacher")}
        assert len(labels) == 7 * 11 - 1
        assert "New lesson Mon 08:00" not in labels

    def test_own_week_the_past_and_supervisors_have_none(
        self, client, signed_in: SignedIn, supervisor, teacher
    ):
        assert self.empty_places(client) == []
        page = main(client.get("/schedule/2022-10-24/", {"teacher": "teacher"}))
        assert page.all("a", "empty-place") == []
        assert self.empty_places(signed_in(supervisor), teacher="teacher") == []

    def test_button_begins_one_on_the_day_that_is_looked_at(self, client, class_group):
        page = main(client.get(f"/schedule/{day_of(1)}/", {"class_group": "三年级1班"}))

        form = shown(main(client.get(page.link("New lesson"))))
        assert (form["date"], form["class_groups"]) == (day_of(1), "三年级1班")
