"""The cloud's time, from the head of its answers: asked without a signature.

A signed call of a machine whose clock is wrong is refused, and says so only in its error.
"""

from __future__ import annotations

import datetime as dt

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from classroom.client.clock_difference import note_head, time_in
from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from edu_platform.lib.database import release_database

# Source: the vendor's page on signatures of API 3.0, AuthFailure.SignatureExpire.
SIGNATURES_LAST = dt.timedelta(minutes=5)
ACTION = "the time"


def cloud_time() -> dt.datetime:
    """Return the cloud's time, to the second, and note how far its clock is from ours.

    Raises:
        CloudUnavailable: it does not answer, or its answer has no date.
    """
    release_database()
    timeout_s = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S[Priority.VISITOR])
    try:
        answer = requests.head(settings.LCIC_ENDPOINT, timeout=timeout_s, allow_redirects=False)
        moment = time_in(answer)
    except (requests.RequestException, HTTPError) as err:
        raise CloudUnavailable(ACTION, type(err).__name__, outcome_is_known=True) from err
    except (KeyError, ValueError) as err:
        raise CloudUnavailable(ACTION, "an answer without a date", outcome_is_known=True) from err
    note_head(answer)
    return moment
