"""Declared parameters of the actions, and the check of a call's parameters against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.errors import CloudError

MAX_INT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `low` and `high` bound a number, or the length of a text or list."""

    kind: str  # int, number, flag, text, ints, texts, rows
    required: bool = False
    low: int | None = None
    high: int | None = None
    choices: frozenset[int] | frozenset[str] | None = None
    refusal: str = "InvalidParameterValue"
    row: Mapping[str, Parameter] | None = None  # what each entry of rows holds


def check(declared: Mapping[str, Parameter], given: Mapping[str, Any]) -> None:
    """Check names, types and ranges of a request's parameters.

    Raises:
        CloudError: UnknownParameter, MissingParameter, InvalidParameter (wrong type), or the parameter's own
            refusal (out of range).
    """
    for name in given:
        if name not in declared:
            raise CloudError("UnknownParameter", f"The parameter {name[:64]!a} is not known.")
    for name, parameter in declared.items():
        if name in given:
            _check_value(name, parameter, given[name])
        elif parameter.required:
            raise CloudError("MissingParameter", f"The parameter {name} is missing.")


def _check_value(name: str, parameter: Parameter, value: Any) -> None:
    if not _has_type(parameter.kind, value):
        raise CloudError("InvalidParameter", f"The parameter {name} has a wrong type.")
    if parameter.kind == "flag":
        return
    if parameter.row is not None:
        for entry in value:
            check(parameter.row, entry)
    size = value if parameter.kind in {"int", "number"} else len(value)
    too_low = parameter.low is not None and size < parameter.low
    too_high = parameter.high is not None and size > parameter.high
    if too_low or too_high or not _is_choice(parameter, value):
        raise CloudError(parameter.refusal, f"The value of {name} is out of range.")


def _has_type(kind: str, value: Any) -> bool:
    if kind == "int":
        return _is_int(value)
    if kind == "number":
        return _is_number(value)
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "text":
        return _is_text(value)
    if not isinstance(value, list):
        return False
    entry_has_type = {"ints": _is_int, "texts": _is_text, "rows": _is_row}[kind]
    return all(entry_has_type(entry) for entry in value)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= MAX_INT  # this form refuses NaN, too


def _is_text(value: Any) -> bool:
    # JSON can spell lone surrogates, which no storage or page can encode.
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _is_row(value: Any) -> bool:
    return isinstance(value, dict)


def _is_choice(parameter: Parameter, value: Any) -> bool:
    if parameter.choices is None:
        return True
    values = value if isinstance(value, list) else [value]
    return all(entry in parameter.choices for entry in values)
