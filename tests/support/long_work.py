"""Long work in tests: done by a worker at once, and its page as whoever asked for it sees it."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from schedule.models import Work
from schedule.work.writing import do_long_work, stop_work
from tests.support.pages import Element, main


def done_by_worker() -> Work:
    """Have a worker do the work that waits, and return it."""
    do_long_work(timezone.now())
    return Work.objects.latest("pk")


def stop(work: Work) -> bool:
    """Stop it as whoever asked for it does."""
    return stop_work(work, by=work.asked_by)


def page_of_work(client: Client, work: Work) -> Element:
    return main(client.get(f"/schedule/work/{work.code}/"))


def way_of(page: Element) -> str:
    """The address that the page of work which has ended leads to."""
    return page.one("a", "button").attrs["href"]


def refusal_on(page: Element) -> str:
    return page.one("p", role="alert").text
