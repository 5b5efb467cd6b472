"""Pieces that the console is put together from: tables and forms, as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def table(name: str, heads: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table; the cells are HTML already."""
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    if not body:
        body = f'<tr><td colspan="{len(heads)}" class="soft">（空）</td></tr>'
    return f'<div class="scroll"><table id="{name}"><tr>{head}</tr>{body}</table></div>'


def form(action: str, word: str, fields: str = "") -> str:
    return f'<form method="post" action="{action}">{fields}<button>{word}</button></form> '


def field(name: str, value: str, label: str) -> str:
    return (
        f'<input name="{name}" value="{escape(value)}" aria-label="{label}" placeholder="{label}"> '
    )


def labelled(name: str, value: str, label: str) -> str:
    """Return a field whose label stays visible when it is filled."""
    return f'<label>{label} <input name="{name}" value="{escape(value)}" size="8"></label> '


def check(name: str, label: str, *, is_on: bool) -> str:
    checked = " checked" if is_on else ""
    return f'<label><input type="checkbox" name="{name}" value="1"{checked}> {label}</label> '


def select(name: str, choices: Iterable[str]) -> str:
    options = "".join(f"<option>{escape(choice)}</option>" for choice in choices)
    return f'<select name="{name}" aria-label="{name}">{options}</select> '
