"""Ask, on a page of its own, before a button of a person's page does what cannot be taken back by pressing another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render

from accounts.decorators import SignedInRequest
from accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    title: str
    lines: Sequence[str]
    # What the button says with which it is done.
    button: str
    # What that button sends besides.
    fields: Mapping[str, str] = field(default_factory=dict)
    is_grave: bool = True


def is_confirmed(request: SignedInRequest) -> bool:
    return request.POST.get("confirm") == "1"


def ask(
    request: SignedInRequest,
    person: User,
    question: Question,
    *,
    template: str = "people/ask.html",
    status: int = 200,
    **more: object,
) -> HttpResponse:
    context = {"person": person, "question": question, **more}
    return render(request, template, context, status=status)
