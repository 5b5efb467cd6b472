"""Commands of manage.py in one process, since Django takes a second or two to start in each.

`python -m deploy.services.commands 'migrate --noinput' 'collectstatic --noinput'`
"""

from __future__ import annotations

import shlex
import sys

import manage
from deploy.services import quick_migrations


def main() -> None:
    quick_migrations.be_quick()
    for line in sys.argv[1:]:
        # Ends this process, and so what would come next, when the command fails.
        manage.main(["manage.py", *shlex.split(line)])


if __name__ == "__main__":
    main()
