"""Chinese pages are Chinese: no word of another language stands on any, for anybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import ClassroomIdentity, SchoolSettings, User
from courseware.filetypes.formats import FORMATS
from replays.models import Retention
from schedule.models import ClassGroup, Lesson, Room
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.factories.courseware import UploadFactory
from tests.stories import test_permission_walk as walk
from tests.support.pages import Element, read
from tests.support.second_factor import CODE, SET_UP, code_of, type_code, wrong_code

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

PASSWORD = "correct horse battery"
places = walk.places
visit = walk.visit

# Words of Django's catalogue that ours has others for.
OTHERWISE = re.compile("你|注销")
BLANK_AFTER_POINT = re.compile(r"[，。：；！？、] (?=[\u4e00-\u9fff])")
WORD = re.compile(r"[A-Za-z0-9]*[A-Za-z]{2,}[A-Za-z0-9]*")
# What a reader meets of an element beside its text.
READ_ATTRIBUTES = ("title", "alt", "placeholder", "aria-label")
# Names, formats of files and units have no Chinese.
NAMES = {"English", "Asia", "Shanghai", "Excel", "PowerPoint", "Cookie", "ID", "TOTP"}
# The standards by which the school's other systems sign people in.
SIGN_IN = {"OpenID", "Connect", "CAS"}
FORMATS_READ = {"CSV", "XLSX", "JPEG", "PNG", "WebP", "GIF", "PDF", "UTF", "GB18030"}
UNITS = {"KB", "MB", "GB", "MiB", "GiB"}
# What the vendors' own pages call the address of a robot, and how its secret begins.
ROBOTS = {"Webhook", "https", "SEC"}
# Calendars, and the phones that they are on.
CALENDARS = {
    *("Google", "Outlook", "Thunderbird", "Safari", "ICSx", "bitfire"),
    *("calendar", "com", "webcal", "App", "URL", "Web", "Internet"),
    *("iPhone", "iPad", "Mac", "Windows", "HarmonyOS", "NEXT", "vivo", "OPPO"),
}
# What Django's pictures of yes and no are called, and what the school's nicknames put a name for.
GIVEN = {"True", "False", "name"}
ALLOWED = {
    word.lower()
    for word in {*NAMES, *SIGN_IN, *FORMATS_READ, *UNITS, *ROBOTS, *CALENDARS, *GIVEN, *FORMATS}
}
# Of things of the story: what people or the cloud call them.
CALLED = ("username", "code", "origin_id", "event_type", "document_id", "filename", "name")


@pytest.fixture(autouse=True)
def _mail_is_sent(settings: Any) -> None:
    settings.SENDS_MAIL = True


def foreign_words(page: Element, called: set[str]) -> set[str]:
    """Words that are neither Chinese nor allowed, or not ours, with the text in which they stand."""
    names = re.compile("|".join(map(re.escape, sorted(called, key=len, reverse=True))))
    return {
        " ".join(text.split())
        for text in read_texts(page)
        if OTHERWISE.search(text)
        or any(word.lower() not in ALLOWED for word in WORD.findall(names.sub("", text)))
    }


def with_blanks(page: Element) -> set[str]:
    """Paragraphs that go on with a blank after Chinese punctuation; not where one of two parts is hidden."""
    shown = [each.text for each in page.all("p") if not each.all(hidden="")]
    return {text for text in shown if BLANK_AFTER_POINT.search(text)}


def read_texts(page: Element) -> Iterator[str]:
    for element in page.all():
        yield from (element.attrs[name] for name in READ_ATTRIBUTES if name in element.attrs)
        if element.attrs.get("type") in {"submit", "button"}:
            yield element.attrs.get("value", "")
        if element.tag not in {"script", "style"}:
            yield from (child for child in element.children if isinstance(child, str))


def is_page(answer: Any) -> bool:
    return str(answer.get("Content-Type", "")).startswith("text/html")


@pytest.fixture
def called(places: dict[str, str]) -> set[str]:
    """What is nobody's word: names to sign in by, codes, tokens, where a recording lies."""
    return {*places.values(), *walk.RELATIONS, urlsplit(walk.RECORDING).netloc, "RoomId"}


@pytest.mark.parametrize("who", walk.RELATIONS)
def test_no_page_has_a_foreign_word(
    who: str, places: dict[str, str], called: set[str], visit: Callable[..., Any]
):
    found = {}
    for row in walk.ROWS:
        data = {name: value.format(**places) for name, value in row.data}
        answer = visit(who, row.method, row.path.format(**places), data)
        if is_page(answer):
            page = read(answer.content)
            found[f"{row.method} {row.path}"] = foreign_words(page, called) | with_blanks(page)

    assert {path: words for path, words in found.items() if words} == {}
    assert len(found) > 20


def test_pages_of_the_second_factor_have_no_foreign_word():
    """Those that the people of the cast do not see: they have neither password nor factor."""
    UserFactory.create(username="chief", password=PASSWORD, roles=[Role.PLANNER])
    client = Client()
    client.post("/accounts/login/", {"login": "chief", "password": PASSWORD})
    shown = read(client.get(SET_UP).content)
    secret = shown.one("span", id="secret").text
    pages = [shown, read(client.post(SET_UP, {"code": wrong_code(secret)}).content)]
    client.post(SET_UP, {"code": code_of(secret)})
    # The recovery codes are shown once: the second time the page says so.
    paths = ("", "recovery-codes/", "recovery-codes/", "recovery-codes/new/", "remove/")
    pages += [read(client.get(f"/accounts/second-factor/{path}").content) for path in paths]
    for path in ("/accounts/second-factor/code-again/", "/accounts/reauthenticate/"):
        pages += [read(client.get(path).content), read(client.post(path, {"code": "1"}).content)]
    client = Client()
    client.post("/accounts/login/", {"login": "chief", "password": PASSWORD})
    pages += [read(client.get(CODE).content), *(read(type_code(client, "1").content) for _ in "12345678901")]  # fmt: skip

    found = [foreign_words(page, {*secret.split(), "chief"}) | with_blanks(page) for page in pages]

    assert [words for words in found if words] == []


@pytest.fixture
def one_of_each(lesson: Lesson, student: User, places: dict[str, str]) -> None:
    """What the administration shows, and the story has not got yet."""
    Room.objects.create(lesson=lesson, room_id=300000001, sdk_app_id=3000001)
    ClassroomIdentity.objects.create(user=student, sdk_app_id=3000001)
    CallbackEventFactory.create()
    UploadFactory.create()
    Retention.objects.create(class_group=lesson.class_groups.all()[0], days=30)
    SchoolSettings.load().save()


def administered() -> Iterator[tuple[str, Any]]:
    """Each model with the beginning of its routes' names."""
    for model in admin.site._registry:
        yield f"admin:{model._meta.app_label}_{model._meta.model_name}", model


def admin_pages() -> Iterator[str]:
    """All but the pages of imports, which list the headings that they accept, in both languages."""
    for path, _name in walk.ADMIN_ROUTES:
        if not set(path) & set("<(^") and "import" not in path:
            yield f"/{path}"
    for route, model in administered():
        for each in model.objects.all()[:1]:
            for page in ("change", "history", "delete"):
                yield reverse(f"{route}_{page}", args=[each.pk])


def all_called() -> set[str]:
    names = {
        str(getattr(each, name, "") or "")
        for _route, model in administered()
        for each in model.objects.all()
        for name in CALLED
    }
    return names - {""}


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("who", ["planner", "administrator", "superuser"])
def test_no_page_of_the_administration_has_a_foreign_word(
    who: str, called: set[str], visit: Callable[..., Any], request: pytest.FixtureRequest
):
    request.getfixturevalue(who)
    called |= all_called()

    found = {}
    for path in admin_pages():
        answer = visit(who, "get", path)
        if is_page(answer):
            found[path] = foreign_words(read(answer.content), called)

    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("button", ["_continue", "_addanother"])
def test_what_the_administration_has_saved_is_told_in_our_words(
    button: str, planner: User, signed_in: SignedIn
):
    client = signed_in(planner)
    rows = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    fields = {"name": "三年级1班", "school_year": "2026", **rows, button: ""}

    added = client.post("/admin/schedule/classgroup/add/", fields, follow=True)
    edit = reverse("admin:schedule_classgroup_change", args=[ClassGroup.objects.get().pk])
    changed = client.post(edit, {**fields, "name": "三年级2班"}, follow=True)

    for answer in (added, changed):
        told = read(answer.content).one("ul", "messagelist").text
        assert "您可以在下面" in told


def test_wrong_username_is_told_what_it_may_contain(planner: User, signed_in: SignedIn):
    fields = {"username": "王 小明", "display_name": "王小明", "roles": ["student"]}

    answer = signed_in(planner).post("/admin/accounts/user/add/", fields)

    (error,) = answer.context["adminform"].form.errors["username"]
    assert error == "用户名只能包含字母、数字、汉字和 @ . + - _。"


def test_wrong_old_password_is_told_in_our_words(planner: User, signed_in: SignedIn):
    planner.set_password("correct horse")
    planner.save()
    client = signed_in(planner)
    address = client.post("/admin/password_change/")["Location"]

    answer = client.post(address, {"oldpassword": "x"})

    (error,) = answer.context["form"].errors["oldpassword"]
    assert error == "旧密码不正确，请重新输入。"
