"""The action of the history by which a worker does what somebody asked for on a page."""

from __future__ import annotations

from typing import Any

from schedule.enums import ActionOrigin
from schedule.models import PlanningAction, Work


def action_arguments(action: PlanningAction) -> dict[str, Any]:
    """Return what a worker needs to make the action of a page, which is not saved, once more."""
    return {"reason": action.reason, "is_told": action.is_told}


def action_of(work: Work) -> PlanningAction:
    return PlanningAction(
        by=work.asked_by,
        origin=ActionOrigin.PAGE,
        reason=work.arguments["reason"],
        is_told=work.arguments["is_told"],
    )
