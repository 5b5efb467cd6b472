from __future__ import annotations

import math

from edu_platform.lib.text import redact, storable_text

BUSY_RETRY_AFTER_S = 5


class CloudError(Exception):
    """The cloud did not do what it was asked; one of the three kinds below.

    Its words hold no addresses: they are logged, kept and shown.
    """

    def __init__(self, action: str, detail: str) -> None:
        detail = redact(detail)
        super().__init__(f"{action}: {detail}")
        self.action = action
        self.detail = detail


class CloudUnavailable(CloudError):
    """No usable answer: unreachable, too slow, too many calls, or broken inside.

    Trying again later may help. `outcome_is_known` is False when the call may have taken effect
    nevertheless: before a call that cannot be repeated is made again, look first.
    """

    def __init__(
        self,
        action: str,
        detail: str,
        *,
        outcome_is_known: bool,
        retry_after_s: int = 10,
    ) -> None:
        super().__init__(action, detail)
        self.outcome_is_known = outcome_is_known
        self.retry_after_s = retry_after_s


class CloudBusy(CloudUnavailable):
    """Too many calls at once, by our own count or by the cloud's: this one had no effect.

    `wait_s` is how long it takes at least until there is room for it.
    """

    def __init__(self, action: str, detail: str, *, wait_s: float) -> None:
        retry_after_s = max(BUSY_RETRY_AFTER_S, math.ceil(wait_s))
        super().__init__(action, detail, outcome_is_known=True, retry_after_s=retry_after_s)
        self.wait_s = wait_s


class CloudRejected(CloudError):
    """The cloud understood and refused; the same call would be refused again."""

    def __init__(self, action: str, code: str, message: str, request_id: str = "") -> None:
        super().__init__(action, f"{code}: {message}")
        self.code = storable_text(code)
        self.message = redact(message)
        self.request_id = request_id


class CloudProtocolError(CloudError):
    """An answer came that is none of the protocol's; whether the call took effect is unknown."""


class CloudNotConfigured(CloudError):
    """The LCIC_* variables are not set, so there is no cloud to ask."""

    def __init__(self, action: str) -> None:
        super().__init__(action, "LCIC_SDK_APP_ID, LCIC_SECRET_ID and LCIC_SECRET_KEY are not set")
