"""Ask, on a page of its own, before a button does what cannot be taken back by pressing another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render

from accounts.decorators import SignedInRequest


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


def ask(request: SignedInRequest, question: Question, *, back: str) -> HttpResponse:
    """Show the question; `back` is the page with the button."""
    return render(request, "people/ask.html", {"question": question, "back": back})
