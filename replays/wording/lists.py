"""Texts of the list of replays."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from replays.enums import ReplayState
from replays.search.filters import IN_TRASH

NOTHING = {
    ReplayState.RECORDING.value: gettext_lazy("No class is being recorded at this moment."),
    ReplayState.PROCESSING.value: gettext_lazy(
        "No recordings are being made: all expected ones are there or have failed."
    ),
    ReplayState.FAILED.value: gettext_lazy("No recording is late."),
    IN_TRASH: gettext_lazy("The trash is empty: nothing deleted in these days can be restored."),
    ReplayState.DELETED.value: gettext_lazy(
        "No replay is deleted: none is in the trash, and none is gone from the cloud."
    ),
}


def nothing_text(state: str) -> str:
    """The text of an empty list in this state."""
    return str(NOTHING.get(state, _("No replay is in this state.")))
