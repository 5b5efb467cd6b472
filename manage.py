#!/usr/bin/env python
"""Django's command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main(words: Sequence[str] = sys.argv) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")
    try:
        execute_from_command_line(list(words))
    except ImproperlyConfigured as err:
        if settings.configured:
            raise
        # A variable of the environment: its name and what is accepted are all that helps.
        sys.exit(f"The settings cannot be read. {err}")


if __name__ == "__main__":
    main()
