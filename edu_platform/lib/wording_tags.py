"""Filters that put words together as the language of the page does."""

from __future__ import annotations

from django.template import Library

from edu_platform.lib import formatting

register = Library()
register.filter("listed", formatting.listed)
