"""The API's answer envelope: {"Response": {..., "RequestId": ...}}, HTTP 200 for errors too."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from localcloud.errors import CloudError


def success(fields: Mapping[str, Any]) -> bytes:
    return _wrap(fields)


def failure(error: CloudError) -> bytes:
    return _wrap({"Error": {"Code": error.code, "Message": error.message}})


def _wrap(fields: Mapping[str, Any]) -> bytes:
    return json.dumps({"Response": {**fields, "RequestId": str(uuid.uuid4())}}).encode()
