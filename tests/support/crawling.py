"""Goes wherever a person's pages lead: along every link, and by every button."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from tests.support.pages import Element, read

# How many of a kind are looked at. Of pages that are alike: one of each person, of each week.
ALIKE_AT_MOST = 12
# Weeks, histories of rows and what was done to the timetable have the same links and buttons, whichever they are;
# pages of the help have a test of their own.
FEW_ALIKE = re.compile(r"<day:|^help/|/history/$|/changes/<slug:code>/$|/<slug:code>/changes/$")
FEW_AT_MOST = 2
BUTTONS_AT_MOST = 2
# Their buttons differ in a place of the week alone.
BUTTONS_ALIKE = re.compile(r"/places/$")
# So many links to a page with other questions are followed: sorted, filtered, another page of it.
ASKED_AT_MOST = 1
# A list of the administration that counts what each choice of each filter finds runs them all: then one link to a
# filter is followed.
EACH_FILTER = ("_facets",)
# Questions that are no filter.
NO_FILTER = {EACH_FILTER, ("o",), ("q",)}
TYPED = {"", "text", "hidden", "search", "number", "email", "password", "date", "time", "url"}

Fields = list[tuple[str, str]]


def section_of(path: str) -> str:
    """The site; or the administration, and of this the pages of each app by themselves."""
    app = re.match(r"/admin/(\w+)/\w", path)
    return f"admin/{app[1]}" if app else "admin" if path.startswith("/admin/") else "site"


@dataclass(frozen=True, slots=True)
class Step:
    """A link that is followed or a button that is pressed, and on which page."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    # Which of the form's buttons.
    pressed: str = ""
    found_on: str = ""

    def __str__(self) -> str:
        return f"{self.found_on}: {self.method} {self.path}"


# What a button asks for is taken back, and the page of that work with it.
LONG_WORK = "schedule/work/<slug:code>/"


@dataclass
class Crawl:
    """The answers to a signed-in person; a button's work is undone before the next step."""

    client: Client
    # The parts of the site that this one looks at, see `section_of`; others look at the rest.
    sections: Collection[str]
    # Those of them where fewer of each kind are looked at, as another looks at the same.
    at_most: Mapping[str, int] = field(default_factory=dict)
    answers: dict[Step, int] = field(default_factory=dict)
    # Links to other sections, each once.
    left_out: dict[str, Step] = field(default_factory=dict)
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    _alike: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def run(self, *starts: str) -> None:
        steps = deque(Step("get", start) for start in starts)
        while steps:
            step = steps.popleft()
            if not self._is_worth_it(step):
                continue
            for each in self._take(step):
                if section_of(each.path) in self.sections:
                    steps.append(each)
                else:
                    self.left_out.setdefault(each.path, each)

    def answered(self, *statuses: int) -> list[str]:
        return [f"{step} → {status}" for step, status in self.answers.items() if status in statuses]

    def _is_worth_it(self, step: Step) -> bool:
        whole = (step.method, step.path, step.fields)
        if whole in self._seen:
            return False
        self._seen.add(whole)
        here, asked = _route(step.path), self._asked(step)
        if here == _route(step.found_on) and asked and _questions(step.found_on):
            return False  # one question at a time
        kind = (step.method, here, asked, _kind_of_button(here, step.pressed))
        self._alike[kind] += 1
        return self._alike[kind] <= min(self._at_most(step), _limit(here, step.pressed, asked))

    def _at_most(self, step: Step) -> int:
        return self.at_most.get(section_of(step.path), ALIKE_AT_MOST)

    def _asked(self, step: Step) -> tuple[str, ...]:
        """The names of its parameters; one word for all, where one question of a kind is enough."""
        asked = _questions(step.path)
        has_asked_each = self._alike["get", _route(step.path), EACH_FILTER, ""] > 0
        is_like_others = self._at_most(step) == 1 or (has_asked_each and asked not in NO_FILTER)
        return ("something",) if asked and is_like_others else asked

    def _take(self, step: Step) -> Iterator[Step]:
        answer = self._press(step) if step.method == "post" else self.client.get(step.path)
        self.answers[step] = answer.status_code
        if answer.status_code in {301, 302, 303}:
            if step.method == "post" and _route(answer["Location"]) == LONG_WORK:
                return
            # Where a button leads is another page than the one before, and is looked at as that.
            yield from _inside(step.path, step.path, [answer["Location"]])
        elif answer.streaming:
            list(answer)
        elif "text/html" in answer.get("Content-Type", ""):
            page = read(answer.content)
            yield from _links(step.path, page)
            if step.method == "get":
                yield from _buttons(step.path, page)

    def _press(self, step: Step) -> Any:
        """Press it, and take back what it did."""
        client = Client(raise_request_exception=False)
        # The site behind it is made ready once.
        client.handler = self.client.handler
        client.cookies.load(self.client.cookies)
        with transaction.atomic():
            answer = client.post(
                step.path,
                urlencode(step.fields),
                content_type="application/x-www-form-urlencoded",
            )
            transaction.set_rollback(True)
        return answer


def _kind_of_button(route: str, pressed: str) -> str:
    return pressed.partition(" ")[0] if BUTTONS_ALIKE.search(route) else pressed


def _limit(route: str, pressed: str, asked: tuple[str, ...]) -> int:
    if pressed:
        return BUTTONS_AT_MOST
    if asked:
        return ASKED_AT_MOST
    return FEW_AT_MOST if FEW_ALIKE.search(route) else ALIKE_AT_MOST


@lru_cache(maxsize=10_000)
def _route(path: str) -> str:
    """The pattern of the address: pages that differ in a number are one."""
    place = urlsplit(path).path
    try:
        return str(resolve(place).route)
    except Resolver404:
        return place


def _questions(path: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, _value in parse_qsl(urlsplit(path).query, True)))


def _inside(found_on: str, base: str, addresses: list[str]) -> Iterator[Step]:
    """The addresses of this site."""
    for address in addresses:
        if address.startswith(("#", "mailto:", "tel:", "javascript:")):
            continue
        parts = urlsplit(urljoin(base, address))
        if parts.netloc not in ("", "testserver"):
            continue
        # From which list of the administration somebody came makes no other page.
        query = "" if parts.query.startswith("_changelist_filters=") else parts.query
        path = parts._replace(scheme="", netloc="", query=query, fragment="").geturl()
        yield Step("get", path, found_on=found_on)


def _links(path: str, page: Element) -> Iterator[Step]:
    yield from _inside(
        path, path, [each.attrs["href"] for each in page.all("a") if "href" in each.attrs]
    )


def _buttons(path: str, page: Element) -> Iterator[Step]:
    for form in page.all("form"):
        for button in _submits(form, page):
            fields = _fields(form)
            if button.attrs.get("name"):
                fields.append((button.attrs["name"], button.attrs.get("value", "")))
            target = button.attrs.get("formaction") or form.attrs.get("action") or path
            method = button.attrs.get("formmethod") or form.attrs.get("method", "get")
            pressed = f"{button.attrs.get('name')} {button.attrs.get('value')}"
            for action, filled in _with_actions(form, fields):
                if method.lower() == "post":
                    whole = f"{pressed} {action}"
                    yield Step("post", urljoin(path, target), tuple(filled), whole, path)
                else:
                    place = urljoin(path, target).partition("?")[0]
                    yield Step("get", f"{place}?{urlencode(filled)}", found_on=path)


def _submits(form: Element, page: Element) -> list[Element]:
    apart = page.all("button", form=form.attrs["id"]) if form.attrs.get("id") else []
    buttons = [each for each in form.all("button") if each.attrs.get("type", "submit") == "submit"]
    inputs = [each for each in form.all("input") if each.attrs.get("type") in ("submit", "image")]
    return [each for each in (*buttons, *inputs, *apart) if "disabled" not in each.attrs]


def _fields(form: Element) -> Fields:
    """Return what the form sends as it stands; files are left out."""
    sent: Fields = []
    for each in form.all():
        name = each.attrs.get("name", "")
        if not name or "disabled" in each.attrs:
            continue
        kind = each.attrs.get("type", "")
        if each.tag == "textarea":
            sent.append((name, each.text))
        elif each.tag == "select":
            sent += [(name, value) for value in _chosen(each)]
        elif each.tag == "input" and kind in TYPED:
            sent.append((name, each.attrs.get("value", "")))
        elif each.tag == "input" and kind in {"checkbox", "radio"} and "checked" in each.attrs:
            sent.append((name, each.attrs.get("value", "on")))
    return sent


def _chosen(select: Element) -> list[str]:
    options = select.all("option")
    chosen = [each for each in options if "selected" in each.attrs]
    if not chosen and "multiple" not in select.attrs:
        chosen = options[:1]
    return [each.attrs.get("value", each.text) for each in chosen]


def _with_actions(form: Element, fields: Fields) -> Iterator[tuple[str, Fields]]:
    """The form of a list of the administration, with its first row ticked, once for each action."""
    rows = form.all("input", name="_selected_action")
    actions = form.all("select", name="action")
    if not rows or not actions:
        yield "", fields
        return
    ticked = [(rows[0].attrs["name"], rows[0].attrs["value"])]
    rest = [each for each in fields if each[0] != "action"]
    for option in actions[0].all("option"):
        if option.attrs.get("value"):
            chosen = option.attrs["value"]
            yield chosen, [*ticked, ("action", chosen), *rest]
