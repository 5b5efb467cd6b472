"""Files on an S3: COS, MinIO, or another that speaks its protocol."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

PIECE_BYTES = 256 * 1024
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 60
MOST_CONNECTIONS = 128  # as many as there are threads in a web process
MOST_ATTEMPTS = 3
_MAKING = threading.Lock()


class StorageUnreachable(OSError):
    """The storage cannot be reached, does not let us in, or broke off.

    An OSError, so that code that handles a failing disk handles this too.
    """


@contextmanager
def _errors_of_a_disk() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, Boto3Error) as err:
        raise StorageUnreachable(f"the storage failed: {err}") from err


def _client_config(addressing_style: str) -> Config:
    return Config(  # type: ignore[no-untyped-call] # none there
        signature_version="s3v4",
        s3={"addressing_style": addressing_style},
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        max_pool_connections=MOST_CONNECTIONS,
        retries={"mode": "standard", "max_attempts": MOST_ATTEMPTS},
        # Sums that only Amazon's own servers know are left out.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


class ObjectStorage(S3Storage):
    """Like the one of django-storages, with three differences.

    What is read of a file is all that is fetched of it: there the whole file is fetched, into memory
    or onto the disk, before its first byte is read. Its errors are those that a disk has. And all
    threads share one client, which is made for that: one for each would take 13 MB for each.
    """

    def __init__(self, *, addressing_style: str, **settings: Any) -> None:
        super().__init__(  # type: ignore[no-untyped-call] # none there
            client_config=_client_config(addressing_style),
            # One piece of a large file after the other: all at once would lie in memory by the dozen.
            transfer_config=TransferConfig(use_threads=False),  # type: ignore[no-untyped-call] # none there
            **settings,
        )
        shared: Any = SimpleNamespace()  # there it is one that each thread has for itself
        self._connections = shared

    @property
    def connection(self) -> Any:
        with _MAKING:
            return super().connection

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        with _errors_of_a_disk():
            if mode != "rb":
                opened: File[bytes] = super()._open(name, mode)  # type: ignore[no-untyped-call] # none there
                return opened
            cleaned = clean_name(name)  # type: ignore[no-untyped-call] # none there
            stored = self.bucket.Object(self._normalize_name(cleaned))  # type: ignore[no-untyped-call] # none there
            try:
                size = int(stored.content_length)
            except ClientError as err:
                if err.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    raise FileNotFoundError(f"there is no file {name}") from err
                raise
            return File(io.BufferedReader(_Stream(stored, size), PIECE_BYTES), name=cleaned)

    def _save(self, name: str, content: Any) -> str:
        with _errors_of_a_disk():
            return str(super()._save(name, content))  # type: ignore[no-untyped-call] # none there

    def delete(self, name: str) -> None:
        with _errors_of_a_disk():
            super().delete(name)  # type: ignore[no-untyped-call] # none there

    def exists(self, name: str) -> bool:
        with _errors_of_a_disk():
            return bool(super().exists(name))  # type: ignore[no-untyped-call] # none there

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _errors_of_a_disk():
            folders, files = super().listdir(path)  # type: ignore[no-untyped-call] # none there
            return folders, files

    def size(self, name: str) -> int:
        with _errors_of_a_disk():
            return int(super().size(name))  # type: ignore[no-untyped-call] # none there

    def get_modified_time(self, name: str) -> dt.datetime:
        with _errors_of_a_disk():
            changed: dt.datetime = super().get_modified_time(name)  # type: ignore[no-untyped-call] # none there
            return changed


class _Stream(io.RawIOBase):
    """A stored file from the place that was sought on: fetched as it is read."""

    def __init__(self, stored: Any, size: int) -> None:
        self._stored, self._size = stored, size
        self._position = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        wanted = max(0, start + offset)
        if wanted != self._position:
            self._let_go()
        self._position = wanted
        return wanted

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        if self._position >= self._size or not view:
            return 0
        with _errors_of_a_disk():
            if self._body is None:
                wanted = f"bytes={self._position}-{self._size - 1}"
                self._body = self._stored.get(Range=wanted)["Body"]
            piece = self._body.read(len(view))
        if not piece:
            raise StorageUnreachable("the storage broke off in the middle of a file")
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._body is not None:
            self._body.close()
        self._body = None
