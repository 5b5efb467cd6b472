"""The cloud's own refusals, those of the console and the control interface, and failed transcodes."""

from __future__ import annotations


class CloudError(Exception):
    """A refusal that the API answers with HTTP 200 and an Error in the envelope."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class BadSettingError(ValueError):
    """A setting of a wrong type or out of range."""


class ImpossibleError(Exception):
    """The thing is not there (404), its state does not allow the change (409), or making it failed (500)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class TranscodeError(Exception):
    """A courseware file that cannot be fetched or transcoded: a code of ours, and words for people."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words
