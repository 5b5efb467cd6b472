"""Errors of the API, of the console and the control interface, and of transcodes."""

from __future__ import annotations


class CloudError(Exception):
    """An error that the API reports with HTTP 200 and an Error in the envelope."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class BadSettingError(ValueError):
    """A setting of a wrong type or out of range."""


class OperationError(Exception):
    """Refuses what does not exist (404) or whose state does not allow it (409), or reports that it failed (500)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class TranscodeError(Exception):
    """A courseware file that cannot be fetched or transcoded: an error code, and a message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
