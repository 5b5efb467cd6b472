"""The cloud's time, from the head of its answers: asked without a signature.

A signed call of a machine whose clock is wrong is refused, and says so only in its error.
"""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from edu_platform.lib.database import release_database

# Source: the vendor's page on signatures of API 3.0, AuthFailure.SignatureExpire.
SIGNATURES_LAST = dt.timedelta(minutes=5)
ACTION = "the time"


def cloud_time() -> dt.datetime:
    """The cloud's clock, to the second.

    Raises:
        CloudUnavailable: it does not answer, or its answer has no date.
    """
    release_database()
    timeout_s = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S[Priority.VISITOR])
    try:
        answer = requests.head(settings.LCIC_ENDPOINT, timeout=timeout_s, allow_redirects=False)
        told = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, HTTPError) as err:
        raise CloudUnavailable(ACTION, type(err).__name__, outcome_is_known=True) from err
    except (KeyError, ValueError) as err:
        raise CloudUnavailable(ACTION, "an answer without a date", outcome_is_known=True) from err
    # A zone of -0000 stands for one that is not told; the protocol of the web knows GMT alone.
    return told if told.tzinfo else told.replace(tzinfo=dt.UTC)
