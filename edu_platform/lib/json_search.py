"""Find rows by a value that stands somewhere inside their JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F, Func

ANYWHERE = "$.**"


def text_of_json(value: Any) -> str:
    """Return how a value is written in ASCII JSON."""
    return json.dumps(value)


class StandsInJson(Func):
    """Tell whether one of the values stands in a JSON column, at one of the paths if there are any.

    Paths are written as those of PostgreSQL: `$.teacher[0]`, `$.*[*]`.
    """

    output_field = BooleanField()

    def __init__(self, column: str, values: Sequence[Any], paths: Sequence[str] = ()) -> None:
        super().__init__(F(column))
        self.values, self.paths = list(values), list(paths)

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_kwargs: Any) -> Any:
        column, params = compiler.compile(self.source_expressions[0])
        if connection.vendor == "postgresql":
            return self._of_postgresql(column, params)
        return self._of_sqlite(column, params)

    def _of_postgresql(self, column: str, params: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
        names = {f"v{at}": value for at, value in enumerate(self.values)}
        equal = " || ".join(f"@ == ${name}" for name in names)
        asks = " OR ".join(
            f"jsonb_path_exists({column}, %s::jsonpath, %s::jsonb)" for _path in self._paths
        )
        conditions = [(*params, f"{path} ? ({equal})", text_of_json(names)) for path in self._paths]
        return f"({asks})", tuple(value for condition in conditions for value in condition)

    def _of_sqlite(self, column: str, params: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
        marks = ", ".join("%s" for _value in self.values)
        places = " OR ".join("replace(fullkey, '\"', '') LIKE %s" for _path in self._paths)
        condition = f"atom IN ({marks}) AND ({places})"
        statement = f"EXISTS (SELECT 1 FROM json_tree({column}) WHERE {condition})"  # noqa: S608 -- marks and columns
        patterns = [path.replace(".**", "%").replace("*", "%") for path in self._paths]
        return statement, (*params, *self.values, *patterns)

    @property
    def _paths(self) -> list[str]:
        return self.paths or [ANYWHERE]
