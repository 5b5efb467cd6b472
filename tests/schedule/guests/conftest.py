from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.guests.writing import invite_guest
from schedule.models import Guest, Lesson
from tests.support.pages import read

MINUTE = dt.timedelta(minutes=1)
Invite = Callable[..., tuple[Guest, Client, str]]


@pytest.fixture
def running(lesson: Lesson) -> Lesson:
    """Move the lesson of the cast as if it had begun five minutes ago; it lasts another forty."""
    return moved(lesson, -5, 40)


@pytest.fixture
def invite(teacher: User) -> Invite:
    """Invite somebody into a lesson: the guest, a browser that nobody is signed in with, and the address."""

    def make(lesson: Lesson, name: str = "李作家") -> tuple[Guest, Client, str]:
        guest, token = invite_guest(lesson, name, by=teacher, at=timezone.now())
        browser = Client()
        browser.cookies["django_language"] = "en"
        return guest, browser, f"/guest/{token}/"

    return make


def moved(lesson: Lesson, starts: float, ends: float) -> Lesson:
    """Move a lesson to so many minutes from now."""
    now = timezone.now().replace(microsecond=0)
    lesson.starts_at, lesson.ends_at = now + starts * MINUTE, now + ends * MINUTE
    lesson.save(update_fields=["starts_at", "ends_at"])
    return lesson


def has_button(answer: Any) -> bool:
    """Return whether a page has another form than the one that chooses a language."""
    forms = [form for form in read(answer.content).all("form") if "inline-form" not in form.classes]
    return bool(forms)
