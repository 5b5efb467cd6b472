"""Every list and form of the administration, for tests that hold for all of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

REGISTERED: list[type[Model]] = sorted(admin.site._registry, key=lambda model: model._meta.label)


def admin_of(model: Any) -> Any:
    return admin.site._registry[model]


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
