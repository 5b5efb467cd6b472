"""The state of a replay as a label."""

from __future__ import annotations

from django.utils import translation

from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.wording import state_words


def test_class_that_is_recorded_by_hand_is_not_said_to_be_recorded_now():
    with translation.override("en"):
        labels = [
            state_words(Replay(state=ReplayState.RECORDING, reason=reason)).label
            for reason in (ReplayReason.RUNNING, ReplayReason.BY_HAND_RUNNING)
        ]

    assert labels == ["Being recorded", "Recorded by hand"]
