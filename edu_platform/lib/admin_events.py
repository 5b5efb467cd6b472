"""Events in the administration, told to those who keep a log of what people do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from edu_platform.lib.hooks import Hook

# As Django's own log has it: a text, or a list of changes with the names of the fields.
ChangeMessage = str | Sequence[Mapping[str, Any]]
Action = Callable[[Any, HttpRequest, QuerySet[Any]], Any]


class Deed(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    RAN_ACTION = "ran_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminEvent:
    deed: Deed
    model: str  # as `app.model`
    # What it was done to; of an action the rows are counted alone.
    rows: Sequence[Model] = ()
    message: ChangeMessage = ""
    action: str = ""
    row_count: int = 0


admin_events: Hook[Callable[[HttpRequest, AdminEvent], None]] = Hook("what people administer")


def tell(request: HttpRequest, event: AdminEvent) -> None:
    for listener in admin_events:
        listener(request, event)


def told_actions(actions: Mapping[str, Any]) -> dict[str, Any]:
    """Actions of a list, as Django keeps them, which tell that they ran."""
    return {name: (_told(action), *rest) for name, (action, *rest) in actions.items()}


def _told(action: Action) -> Action:
    @wraps(action)
    def run(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        # Counted before: what the action does may take the rows out of the selection.
        count = queryset.count()
        answer = action(model_admin, request, queryset)
        # A page asks first, or shows what the services have told.
        if not isinstance(answer, TemplateResponse):
            event = AdminEvent(
                deed=Deed.RAN_ACTION,
                model=model_admin.opts.label_lower,
                action=action.__name__,
                row_count=count,
            )
            tell(request, event)
        return answer

    return run
