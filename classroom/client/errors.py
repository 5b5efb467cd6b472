from __future__ import annotations

from edu_platform.lib.text import redact, storable_text


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
