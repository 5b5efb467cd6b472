"""Commands of manage.py in one process, since Django takes a second or two to start in each.

`python -m deploy.services.commands 'migrate --noinput' 'collectstatic --noinput'`
"""

from __future__ import annotations

import os
import shlex
import sys

from django.core.management import ManagementUtility


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")
    for line in sys.argv[1:]:
        # Ends this process, and so what would come next, when the command fails.
        ManagementUtility(["manage.py", *shlex.split(line)]).execute()


if __name__ == "__main__":
    main()
