"""The module that the web server loads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")

# Forms and addresses are UTF-8, as our pages send them. Django would read them by whatever codec of
# Python a request names, also by those that give no text, and fail.
CODEC_NAMED = re.compile(r";\s*charset\*?\s*=[^;]*", re.IGNORECASE)

_platform = get_wsgi_application()


class _Nothing:
    """Follows the head of an answer to HEAD: the server would drop a body, and write a line about it."""

    def __init__(self, answer: Iterable[bytes]) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        close = getattr(self._answer, "close", None)
        if close is not None:
            close()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    environ["CONTENT_TYPE"] = CODEC_NAMED.sub("", environ.get("CONTENT_TYPE", ""))
    answer = _platform(environ, start_response)
    return _Nothing(answer) if environ["REQUEST_METHOD"] == "HEAD" else answer
