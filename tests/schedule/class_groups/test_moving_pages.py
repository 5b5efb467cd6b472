"""Joining, moving, leaving, splitting and merging as planners do it on pages, and what refuses them in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import AuditEntry, User
from accounts.services.people import lock_people
from schedule.class_groups import moving
from schedule.class_groups.members import version_of_members
from schedule.class_groups.writing import archive_class_groups
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.pages import Element, main, read
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def source() -> ClassGroup:
    return ClassGroupFactory.create(name="一年级1班")


@pytest.fixture
def target() -> ClassGroup:
    return ClassGroupFactory.create(name="一年级2班")


@pytest.fixture
def students(source: ClassGroup) -> list[User]:
    users = [UserFactory.create(username=f"s{number}") for number in (1, 2, 3)]
    for user in users:
        MembershipFactory.create(user=user, class_group=source)
    return users


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


def page_of(group: ClassGroup) -> str:
    return f"/class-groups/{group.code}/"


def post(client: Client, group: ClassGroup, what: str, **fields: Any) -> Any:
    return client.post(f"{page_of(group)}{what}/", fields)


def students_of(group: ClassGroup, day: dt.date) -> set[str]:
    rows = Membership.objects.of_students().on(day=day).filter(class_group=group)
    return set(rows.values_list("user__username", flat=True))


def faults_in(answer: Any) -> list[str]:
    page = main(answer)
    lists = page.all("ul", "errors")
    return [each.text for faults in lists for each in faults.all("li")]


def known_in(page: Element) -> str:
    return str(page.all("input", name="known")[0].attrs["value"])


class TestMove:
    def test_students_of_these_usernames_move(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        answer = post(
            client, source, "move", **{"people": "s1;s2", "to": target.name, "from": str(today)}
        )

        assert (answer.status_code, answer["Location"]) == (303, page_of(source))
        assert students_of(source, today) == {"s3"}
        assert students_of(target, today) == {"s1", "s2"}
        told = read(client.get(page_of(source)).content).one("ul", "messages").text
        assert told == f"2 students belong to 一年级2班 from {today} on."

    def test_boxes_that_are_ticked_are_the_same(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        fields = {"people": ["s1", "s3"], "to": target.name, "from": str(today + DAY)}

        post(client, source, "move", **fields)

        assert students_of(source, today) == {"s1", "s2", "s3"}
        assert students_of(target, today + DAY) == {"s1", "s3"}

    def test_check_shows_it_and_its_button_does_it(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        LessonFactory.create(class_groups=[source], starts_at=school_time(3, 8))
        shown = post(
            client,
            source,
            "move",
            **{"people": "s1", "to": target.name, "from": str(today), "check": "1"},
        )

        page = main(shown)
        assert shown.status_code == 200
        assert "1 student goes" in page.text
        assert "2 students stay in 一年级1班" in page.text
        assert "1 coming lesson" in page.text
        assert students_of(source, today) == {"s1", "s2", "s3"}

        (form,) = page.forms_to(f"{page_of(source)}move/")
        fields = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
        assert client.post(form.attrs["action"], fields).status_code == 303
        assert students_of(target, today) == {"s1"}

    def test_day_in_the_past_is_refused(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        fields = {"people": "s1", "to": target.name, "from": str(today - DAY)}

        answer = post(client, source, "move", **fields)

        assert answer.status_code == 422
        assert faults_in(answer) == [
            "Today is the earliest day: days that are over stay as they were."
        ]
        assert students_of(target, today) == set()

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"people": ""}, "Choose at least one student."),
            ({"people": "nobody"}, "Nobody has the username nobody."),
            ({"people": "ss1"}, "Nobody has the username ss1. Did you mean"),
            ({"people": "stranger"}, "王外人 (stranger) is no student of 一年级1班."),
            ({"people": "teacher"}, "李老师 (teacher) is no student of 一年级1班."),
            ({"to": "一年级1班"}, "They are in this class group: choose another one."),
            ({"to": "一年级9班"}, "There is no class group with the name 一年级9班."),
            (
                {"to": "一年级2斑"},
                "There is no class group with the name 一年级2斑. Did you mean 一年级2班?",
            ),
            ({"to": "去年的班"}, "去年的班 is archived: nobody can join it."),
            ({"to": "  "}, "This field is required."),
            ({"from": "tomorrow"}, "Not a date such as 2024-09-02"),
            ({"from": ""}, "This field is required."),
            ({"people": "s1\0"}, "Null characters are not allowed."),
            ({"people": ";".join(f"x{each}" for each in range(501))}, "At most 500 people at once"),
        ],
    )
    def test_what_cannot_be_is_said_and_nobody_moves(
        self,
        client: Client,
        source: ClassGroup,
        target: ClassGroup,
        students: Any,
        teacher: User,
        fields: dict[str, str],
        fault: str,
    ):
        ClassGroupFactory.create(name="去年的班", archived_at=timezone.now())
        UserFactory.create(username="stranger", display_name="王外人")
        MembershipFactory.create(
            user=teacher, class_group=source, kind=MembershipKind.CLASS_TEACHER
        )
        usual = {"people": "s1;s2", "to": target.name, "from": str(timezone.localdate())}

        answer = post(client, source, "move", **{**usual, **fields})

        assert answer.status_code == 422
        (told,) = faults_in(answer)
        assert told.startswith(fault)
        assert not Membership.objects.filter(class_group=target).exists()

    def test_somebody_who_left_or_will_is_named_with_the_day(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        for user, last in zip(students, (-1, 3), strict=False):
            Membership.objects.filter(user=user).update(to_date=today + last * DAY)
        day = today + 7 * DAY
        fields = {"people": "s1;s2;s3", "to": target.name, "from": str(day)}

        answer = post(client, source, "move", **fields)

        assert answer.status_code == 422
        assert [fault.split(") ")[1] for fault in faults_in(answer)] == [
            f"left 一年级1班: {today - DAY} was the last day.",
            f"leaves 一年级1班 before: {today + 3 * DAY} is the last day.",
        ]
        assert students_of(target, day) == set()

    def test_of_two_planners_the_second_sees_what_is_there_now(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        known = known_in(read(client.get(page_of(source)).content))
        fields = {"to": target.name, "from": str(today), "known": known}
        assert post(client, source, "move", people="s1", **fields).status_code == 303

        same = post(client, source, "move", people="s1", **fields)
        other = post(client, source, "move", people="s2", **fields)

        assert (same.status_code, other.status_code) == (409, 409)
        assert "is the last day" in str(faults_in(same)) or "was the last day" in str(
            faults_in(same)
        )
        assert "Nothing was moved" in main(other).text
        assert "1 student goes" in main(other).text
        assert students_of(source, today) == {"s2", "s3"}
        # Its button does what it shows now.
        (form,) = main(other).forms_to(f"{page_of(source)}move/")
        sent = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
        assert client.post(form.attrs["action"], sent).status_code == 303
        assert students_of(target, today) == {"s1", "s2"}

    def test_refused_form_keeps_what_was_ticked(
        self, client: Client, source: ClassGroup, students: Any, today: dt.date
    ):
        page = main(post(client, source, "move", people=["s1", "s3"], to="?", **{"from": today}))

        boxes = page.all("input", name="people")
        ticked = {each.attrs["value"] for each in boxes if "checked" in each.attrs}
        assert ticked == {"s1", "s3"}

    def test_of_two_usernames_alike_the_one_written_exactly_is_meant(
        self, client: Client, source: ClassGroup, target: ClassGroup, today: dt.date
    ):
        for username in ("bo", "BO"):
            user = UserFactory.create(username="bo-" + username)
            MembershipFactory.create(user=user, class_group=source)
            # They came with two systems, before one name was one whatever its case.
            as_before = {"username": username, "sign_in_name": "bo", "shares_sign_in_name": True}
            User.objects.filter(pk=user.pk).update(**as_before)
        fields = {"to": target.name, "from": str(today)}

        answer = post(client, source, "move", people="Bo", **fields)

        assert faults_in(answer) == [
            "Several people are called Bo: write the username of one (BO, bo)."
        ]
        assert post(client, source, "move", people="bo", **fields).status_code == 303
        assert students_of(target, today) == {"bo"}

    def test_deactivated_students_move_like_all_others(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        User.objects.filter(username="s1").update(is_active=False)

        post(client, source, "move", people="s1", to=target.name, **{"from": today})

        assert students_of(target, today) == {"s1"}

    def test_get_leads_to_the_page(self, client: Client, source: ClassGroup):
        answer = client.get(f"{page_of(source)}move/")

        assert answer.status_code == 405
        assert page_of(source) in answer.content.decode()


class TestLeave:
    def test_students_and_class_teachers_leave(
        self, client: Client, source: ClassGroup, students: Any, teacher: User, today: dt.date
    ):
        MembershipFactory.create(
            user=teacher, class_group=source, kind=MembershipKind.CLASS_TEACHER
        )

        answers = [
            post(client, source, "leave", people="s1", last=today),
            post(client, source, "leave", people="teacher", kind="class_teacher", last=today),
        ]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert students_of(source, today) == {"s1", "s2", "s3"}
        there = Membership.objects.on(day=today + DAY).filter(class_group=source)
        assert set(there.values_list("user__username", flat=True)) == {"s2", "s3"}

    @pytest.mark.parametrize("kind", ["student", "class_teacher"])
    def test_who_is_not_there_is_named(
        self, client: Client, source: ClassGroup, teacher: User, kind: str, today: dt.date
    ):
        answer = post(client, source, "leave", people="teacher", kind=kind, last=today)

        assert answer.status_code == 422
        word = kind.replace("_", " ")
        assert faults_in(answer) == [f"李老师 (teacher) is no {word} of 一年级1班."]

    def test_who_was_to_come_later_has_no_last_day(
        self, client: Client, source: ClassGroup, target: ClassGroup, today: dt.date
    ):
        later = UserFactory.create(username="later", display_name="后来者")
        MembershipFactory.create(user=later, class_group=source, from_date=today + 5 * DAY)

        fields = {"people": "later", "to": target.name, "from": str(today), "check": "1"}
        shown = main(post(client, source, "move", **fields)).one("section", "planning-checked").text
        left = post(client, source, "leave", people="later", last=today)

        assert "1 of them was to come later, and never is in 一年级1班 then." in shown
        assert "last day" not in shown
        told = read(client.get(left["Location"]).content).one("ul", "messages").text
        assert told == "1 person, who was to come later, does not come to 一年级1班."
        way = AuditEntry.objects.get().details["changes"]
        assert way == f"一年级1班 ({today + 5 * DAY}–) → –"

    def test_page_of_before_changes_nothing(
        self, client: Client, source: ClassGroup, students: Any, today: dt.date
    ):
        answer = post(client, source, "leave", people="s1", known="of-before", last=today)

        assert answer.status_code == 409
        assert "Nothing was changed" in str(faults_in(answer))
        assert "s1" in students_of(source, today)

    def test_last_day_is_not_over(
        self, client: Client, source: ClassGroup, students: Any, today: dt.date
    ):
        for day in (today - DAY, "tomorrow", ""):
            assert post(client, source, "leave", people="s1", last=day).status_code == 422
        assert students_of(source, today + DAY) == {"s1", "s2", "s3"}

    def test_page_asks_for_the_last_day_which_is_today(
        self, client: Client, source: ClassGroup, students: Any, today: dt.date
    ):
        page = main(client.get(page_of(source)))

        assert [field.attrs["value"] for field in page.all("input", name="last")] == [str(today)]


class TestJoin:
    def test_by_username_or_name_as_student_or_class_teacher(
        self, client: Client, source: ClassGroup, teacher: User, today: dt.date
    ):
        UserFactory.create(username="new1")
        UserFactory.create(username="new2", display_name="张新")

        answer = post(client, source, "join", join="NEW1；张新;teacher")

        assert answer.status_code == 303
        assert students_of(source, today) == {"new1", "new2"}
        (class_teacher,) = Membership.objects.of_class_teachers().filter(class_group=source)
        assert class_teacher.user == teacher

    def test_faults_name_who_is_meant_and_nobody_joins(
        self, client: Client, source: ClassGroup, today: dt.date
    ):
        for username in ("li1", "li2"):
            UserFactory.create(username=username, display_name="李明")
        UserFactory.create(username="gone", display_name="已走", is_active=False)
        UserFactory.create(username="new1", display_name="新来的")

        answer = post(client, source, "join", join="new1;李明;gone;nobody;neu1")

        assert answer.status_code == 422
        assert faults_in(answer) == [
            "Several people are called 李明: write the username of one (li1, li2).",
            "Nobody has the username or name nobody.",
            "Nobody has the username or name neu1. Did you mean 新来的 (new1)?",
            "The account of 已走 (gone) is deactivated.",
        ]
        assert students_of(source, today) == set()

    def test_first_day_may_lie_ahead_and_not_in_the_past(
        self, client: Client, source: ClassGroup, today: dt.date
    ):
        UserFactory.create(username="new1")
        day = today + 7 * DAY

        refused = post(client, source, "join", join="new1", first_day=str(today - DAY))
        answer = post(client, source, "join", join="new1", first_day=str(day))

        assert refused.status_code == 422
        assert faults_in(refused) == [
            "Today is the earliest day: days that are over stay as they were."
        ]
        assert (students_of(source, day - DAY), students_of(source, day)) == (set(), {"new1"})
        said = main(client.get(answer["Location"])).one("ul", "messages").text
        assert said == f"1 person was added, from {day} on."
        assert AuditEntry.objects.get().details["changes"] == f"– → {source.name} · {day}"

    def test_namesakes_with_a_closed_account_are_not_meant(
        self, client: Client, source: ClassGroup, today: dt.date
    ):
        UserFactory.create(username="gone", display_name="李明", is_active=False)
        UserFactory.create(username="li", display_name="李明")

        assert post(client, source, "join", join="李明").status_code == 303
        assert students_of(source, today) == {"li"}

    def test_somebody_is_in_it_once_and_the_audit_log_says_who_came(
        self, client: Client, source: ClassGroup, students: Any, planner: User, today: dt.date
    ):
        new = UserFactory.create(username="new1")

        post(client, source, "join", join="s1;new1")

        assert Membership.objects.filter(user=students[0]).count() == 1
        entry = AuditEntry.objects.get()
        assert (entry.actor, entry.person, entry.object_text) == (planner, new, source.name)
        assert entry.details["changes"] == f"– → {source.name} · {today}"

    def test_many_cost_what_one_costs(
        self, client: Client, source: ClassGroup, django_assert_max_num_queries: Any
    ):
        users = UserFactory.create_batch(20)

        with django_assert_max_num_queries(30):
            post(client, source, "join", join=";".join(user.username for user in users))

        assert Membership.objects.filter(class_group=source).count() == 20

    def test_nobody_joins_an_archived_one(self, client: Client, source: ClassGroup):
        archive_class_groups([source], at=timezone.now(), by=None)
        UserFactory.create(username="new1")

        answer = post(client, source, "join", join="new1")

        assert answer.status_code == 409
        assert not Membership.objects.filter(class_group=source).exists()


class TestSplit:
    def test_chosen_ones_go_into_a_new_class_group(
        self, client: Client, source: ClassGroup, students: Any, today: dt.date
    ):
        fields = {"people": ["s1", "s2"], "to": "一年级3班", "from": str(today)}
        shown = post(client, source, "split", **fields, check="1")

        assert "New class group" in main(shown).text
        assert not ClassGroup.objects.filter(name="一年级3班").exists()

        answer = post(client, source, "split", **fields)

        made = ClassGroup.objects.get(name="一年级3班")
        assert (answer.status_code, answer["Location"]) == (303, page_of(made))
        assert made.grade == "一年级"
        assert (students_of(source, today), students_of(made, today)) == ({"s3"}, {"s1", "s2"})

    def test_grade_may_be_given_and_another_class_group_taken(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        post(client, source, "split", people="s1", to="火箭班", grade="初一", **{"from": today})
        post(client, source, "split", people="s2", to=target.name, grade="?", **{"from": today})

        assert ClassGroup.objects.get(name="火箭班").grade == "初一"
        target.refresh_from_db()
        assert target.grade == "一年级"
        assert students_of(target, today) == {"s2"}

    def test_form_lists_all_students_with_boxes(
        self, client: Client, source: ClassGroup, students: Any
    ):
        page = main(client.get(f"{page_of(source)}split/"))

        assert [each.attrs["value"] for each in page.all("input", name="people")] == [
            "s1",
            "s2",
            "s3",
        ]

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"people": ""}, "Choose at least one student."),
            ({"to": "一;二"}, "A name has no ; in it"),
            ({"to": "班" * 65}, "Ensure this value has at most 64 characters"),
            ({"to": "一年级1班"}, "They are in this class group"),
        ],
    )
    def test_what_cannot_be_is_said(
        self, client: Client, source: ClassGroup, students: Any, fields: Any, fault: str
    ):
        usual = {"people": "s1", "to": "一年级3班", "from": str(timezone.localdate())}

        answer = post(client, source, "split", **{**usual, **fields})

        assert answer.status_code == 422
        (told,) = faults_in(answer)
        assert told.startswith(fault)
        assert ClassGroup.objects.count() == 1


class TestMerge:
    def test_all_students_go_and_lessons_stay_and_are_named(
        self,
        client: Client,
        source: ClassGroup,
        target: ClassGroup,
        students: Any,
        teacher: User,
        today: dt.date,
    ):
        MembershipFactory.create(
            user=teacher, class_group=source, kind=MembershipKind.CLASS_TEACHER
        )
        lesson = LessonFactory.create(class_groups=[source], starts_at=school_time(3, 8))
        weekly = WeeklyLessonFactory.create(class_groups=[source])
        fields = {"to": target.name, "from": str(today)}

        page = main(post(client, source, "merge", **fields, check="1"))

        links = [link.attrs["href"] for link in page.all("a")]
        assert any(link.startswith(f"/schedule/{today + 3 * DAY}/?class_group=") for link in links)
        assert any(link.startswith(f"/schedule/terms/{weekly.term.code}/?") for link in links)
        assert "3 students go" in page.text
        assert "No student sees these lessons any more" in page.text
        assert "Its class teachers stay with it: 李老师" in page.text

        answer = post(client, source, "merge", **fields)

        assert (answer.status_code, answer["Location"]) == (303, page_of(target))
        assert students_of(target, today) == {"s1", "s2", "s3"}
        assert list(lesson.class_groups.all()) == list(weekly.class_groups.all()) == [source]
        assert "it still has lessons" in read(client.get(page_of(source)).content).text

    def test_emptied_one_is_archived(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        post(client, source, "merge", to=target.name, **{"from": today})

        answer = client.post("/class-groups/archive/", {"code": source.code})

        source.refresh_from_db()
        assert (answer.status_code, source.archived_at is None) == (303, False)

    def test_who_joins_after_the_preview_stops_it(
        self, client: Client, source: ClassGroup, target: ClassGroup, students: Any, today: dt.date
    ):
        fields = {"to": target.name, "from": str(today)}
        known = known_in(main(post(client, source, "merge", **fields, check="1")))
        MembershipFactory.create(class_group=source)

        answer = post(client, source, "merge", **fields, known=known)

        assert answer.status_code == 409
        assert "4 students go" in main(answer).text
        assert students_of(target, today) == set()


@pytest.mark.both_databases("how two who write at once wait for each other")
@pytest.mark.parametrize("knows", [True, False])
def test_of_two_at_the_same_moment_one_moves_the_student(
    planner: User,
    source: ClassGroup,
    students: list[User],
    today: dt.date,
    knows: bool,
    transactional_db: None,
) -> None:
    targets = ClassGroupFactory.create_batch(2)
    known = {"known": version_of_members(source)} if knows else {}

    def click(number: int) -> int:
        browser = Client()
        browser.force_login(planner)
        fields = {"people": "s1;s2", "to": targets[number].name, "from": str(today), **known}
        status: int = post(browser, source, "move", **fields).status_code
        return status

    answers = all_at_once(click, range(2))

    # Whoever comes second finds them gone: their page was another one, or their students are no longer there.
    assert sorted(answers) in ([303, 409], [303, 422])
    assert sorted(len(students_of(group, today)) for group in targets) == [0, 2]
    assert students_of(source, today) == {"s3"}


def test_of_two_who_add_somebody_at_the_same_moment_both_succeed(
    planner: User, source: ClassGroup, transactional_db: None
) -> None:
    UserFactory.create(username="new1")

    def click(_number: int) -> int:
        browser = Client()
        browser.force_login(planner)
        status: int = post(browser, source, "join", join="new1").status_code
        return status

    assert all_at_once(click, range(4)) == [303] * 4
    assert Membership.objects.filter(class_group=source).count() == 1


@pytest.mark.parametrize("what", ["move", "leave", "join", "split", "merge"])
def test_others_find_nothing(
    signed_in: SignedIn, source: ClassGroup, students: Any, what: str, today: dt.date
):
    for roles in ((Role.TEACHER,), (Role.STUDENT,), (Role.SUPERVISOR,)):
        client = signed_in(UserFactory.create(roles=roles))

        answer = post(client, source, what, people="s1", to="一年级3班", **{"from": today})

        assert answer.status_code == 404
    assert students_of(source, today) == {"s1", "s2", "s3"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_are_whole_in_both_languages(
    signed_in: SignedIn, planner: User, source: ClassGroup, students: Any, language: str
):
    client = signed_in(planner, language)

    heads = [
        main(client.get(f"{page_of(source)}{what}/")).one("h1").text for what in ("split", "merge")
    ]

    assert (
        heads
        == {
            "zh-hans": ["拆分 一年级1班", "把 一年级1班 并入另一个班级"],
            "en": ["Split 一年级1班", "Merge 一年级1班 into another class group"],
        }[language]
    )


def test_who_joins_while_their_account_goes_is_named(
    client: Client, target: ClassGroup, monkeypatch: pytest.MonkeyPatch
):
    new = UserFactory.create(username="new", display_name="新同学", roles=[])

    def gone_before(keys: Iterable[int]) -> None:
        User.objects.filter(pk=new.pk).delete()
        lock_people(keys)

    monkeypatch.setattr(moving, "lock_people", gone_before)

    answer = post(client, target, "join", join="new")

    assert answer.status_code == 409
    assert "新同学: this account is not there any more." in answer.content.decode()
    assert not Membership.objects.filter(user=new.pk).exists()
