from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from replays.models import Replay, ReplayFile
from schedule.models import Lesson
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time

SignedIn = Callable[..., Client]


@pytest.fixture
def signed_in() -> SignedIn:
    """A browser in which this person has signed in, in Chinese unless told otherwise."""

    def sign_in(user: User, language: str = "") -> Client:
        client = Client()
        client.force_login(user)
        if language:
            client.cookies["django_language"] = language
        return client

    return sign_in


@pytest.fixture
def replay(lesson: Lesson) -> Replay:
    """The replay of the cast's lesson: ready, made at 08:46:14, without a file yet."""
    return ReplayFactory.create(lesson=lesson, made_at=school_time(1, 8, 46).replace(second=14))


@pytest.fixture
def file(replay: Replay) -> ReplayFile:
    """The only file of `replay`."""
    return ReplayFileFactory.create(replay=replay, number=1, size_bytes=354_073_313)
