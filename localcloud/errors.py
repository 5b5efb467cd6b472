"""The cloud's own refusals."""

from __future__ import annotations


class CloudError(Exception):
    """A refusal that the API answers with HTTP 200 and an Error in the envelope."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
