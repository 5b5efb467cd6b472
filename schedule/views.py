from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def this_week(request: HttpRequest) -> HttpResponse:
    return render(request, "schedule/week.html")
