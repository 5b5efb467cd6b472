"""Fragments of SQL about people, for the few statements of other apps that are written by hand."""

from __future__ import annotations


def name_of(key: str) -> str:
    """Select the displayed name of the person with this key, an expression of SQL."""
    return f"(SELECT display_name FROM accounts_user WHERE id = {key})"  # noqa: S608 -- a column's name


def join_active(alias: str, key: str) -> str:
    """Join the person with this key under this alias, where their account is open."""
    return f"JOIN accounts_user {alias} ON {alias}.id = {key} AND {alias}.is_active"
