"""The one variable that says where files are kept."""

from __future__ import annotations

from typing import Any

import pytest

from edu_platform import env


class TestAddress:
    def read(self, monkeypatch: pytest.MonkeyPatch, value: str) -> dict[str, Any]:
        monkeypatch.setenv("STORAGE_URL", value)
        return env.storage("STORAGE_URL")

    def test_nothing_means_the_disk(self, monkeypatch: pytest.MonkeyPatch):
        assert self.read(monkeypatch, "") == {
            "BACKEND": "edu_platform.lib.disk_storage.WholeFileStorage"
        }

    @pytest.mark.parametrize(
        ("value", "endpoint", "region", "style"),
        [
            ("s3://K:S@10.0.0.5:9000/files?tls=0", "http://10.0.0.5:9000", "us-east-1", "path"),
            ("s3://K:S@minio/files", "https://minio", "us-east-1", "path"),
            (
                "s3://K:S@cos.ap-guangzhou.myqcloud.com/files-1250000000?region=ap-guangzhou&tls=1",
                "https://cos.ap-guangzhou.myqcloud.com",
                "ap-guangzhou",
                "virtual",
            ),
        ],
    )
    def test_address_is_read(self, monkeypatch, value, endpoint, region, style):
        options = self.read(monkeypatch, value)["OPTIONS"]

        assert (options["endpoint_url"], options["region_name"]) == (endpoint, region)
        assert (options["access_key"], options["secret_key"]) == ("K", "S")
        assert options["addressing_style"] == style

    def test_key_may_hold_signs_of_addresses(self, monkeypatch: pytest.MonkeyPatch):
        options = self.read(monkeypatch, "s3://K%40:a%2Fb%3A@h.example/files")["OPTIONS"]

        assert (options["access_key"], options["secret_key"]) == ("K@", "a/b:")
