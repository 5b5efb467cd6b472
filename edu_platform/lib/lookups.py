"""Conditions that PostgreSQL plans sooner than those that Django writes."""

from __future__ import annotations

from typing import Any

from django.db.models.lookups import In


class FoundIn(In):
    """`filter(FoundIn(F("pk"), queryset))`: as `pk__in`, where the rows found are few.

    PostgreSQL looks for them first, and by themselves: it does not weigh in which order to join them with each of
    the query's tables, which takes it longer than all of a page's other statements.
    """

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        if connection.vendor != "postgresql":
            return super().get_rhs_op(connection, rhs)
        return f"= ANY (ARRAY{rhs})"
