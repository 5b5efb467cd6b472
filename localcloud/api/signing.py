"""Verification of TC3-HMAC-SHA256 request signatures.

Source: Tencent Cloud API 3.0, "signature method v3"; written from the description, not from the SDK.

canonical request = method LF uri LF query LF (name:value LF for each signed header) LF signed names LF
                    hex(sha256(body))
string to sign    = algorithm LF X-TC-Timestamp LF date/service/tc3_request LF hex(sha256(canonical request))
key               = HMAC(HMAC(HMAC("TC3" + secret key, date), service), "tc3_request")

The date is the UTC date of X-TC-Timestamp. Header names and values are signed in lower case and trimmed; the
Host value keeps its port. The clock may be off by 300 seconds. Assumed, because the description is silent: a
credential date that differs from the timestamp's counts as a wrong signature.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.errors import CloudError
from localcloud.http.messages import Request

ALGORITHM = "TC3-HMAC-SHA256"
MAX_SKEW_S = 300
SERVICE = "lcic"
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/,\s]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>\w+)/tc3_request,"
    r"\s*SignedHeaders=(?P<headers>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """The parts of an Authorization header."""

    secret_id: str
    date: str
    service: str
    signed_headers: str
    signature: str


def verify(request: Request, *, secret_id: str, secret_key: str, real_now_s: float) -> None:
    """Check the signature of an API request.

    Raises:
        CloudError: AuthFailure.* says which part is wrong; MissingParameter when no timestamp was sent.
    """
    credential = _parse(request)
    timestamp = request.headers.get("x-tc-timestamp")
    if timestamp is None:
        raise CloudError("MissingParameter", "The header X-TC-Timestamp is missing.")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise CloudError("InvalidParameter", "The header X-TC-Timestamp is not a UNIX time.")
    if not hmac.compare_digest(credential.secret_id.encode(), secret_id.encode()):
        raise CloudError("AuthFailure.SecretIdNotFound", "The SecretId is not known.")
    if abs(real_now_s - int(timestamp)) > MAX_SKEW_S:
        minutes = MAX_SKEW_S // 60
        raise CloudError(
            "AuthFailure.SignatureExpire", f"The timestamp is more than {minutes} minutes off."
        )
    if not _matches(request, credential, timestamp, secret_key):
        raise CloudError(
            "AuthFailure.SignatureFailure", "The signature does not match the request."
        )


def _parse(request: Request) -> Credential:
    header = request.headers.get("authorization")
    if header is None:
        raise CloudError("AuthFailure.InvalidAuthorization", "The Authorization header is missing.")
    found = _AUTHORIZATION.fullmatch(header.strip())
    if found is None:
        raise CloudError(
            "AuthFailure.InvalidAuthorization", "The Authorization header is malformed."
        )
    if "x-tc-token" in request.headers:
        raise CloudError("AuthFailure.TokenFailure", "Temporary credentials are not known here.")
    return Credential(*found.group("id", "date", "service", "headers", "signature"))


def _matches(request: Request, credential: Credential, timestamp: str, secret_key: str) -> bool:
    names = credential.signed_headers.split(";")
    complete = {"content-type", "host"} <= set(names) and all(
        name in request.headers for name in names
    )
    day = datetime.fromtimestamp(int(timestamp), UTC).strftime("%Y-%m-%d")
    if not complete or credential.service != SERVICE or credential.date != day:
        return False
    scope = f"{credential.date}/{credential.service}/tc3_request"
    canonical = hashlib.sha256(_canonical(request, names).encode()).hexdigest()
    text = "\n".join([ALGORITHM, timestamp, scope, canonical])
    expected = _hmac(_key(secret_key, credential.date), text).hex()
    return hmac.compare_digest(expected, credential.signature)


def _canonical(request: Request, names: list[str]) -> str:
    headers = "".join(f"{name}:{request.headers[name].strip().lower()}\n" for name in names)
    payload = hashlib.sha256(request.body).hexdigest()
    # Only POST to "/" without a query is served, so the query line is always empty.
    return "\n".join([request.method, request.path, "", headers, ";".join(names), payload])


def _key(secret_key: str, date: str) -> bytes:
    return _hmac(_hmac(_hmac(f"TC3{secret_key}".encode(), date), SERVICE), "tc3_request")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
