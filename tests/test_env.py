from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from jwcrypto.jwk import JWK

from edu_platform import env


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment of the test's own."""
    own: dict[str, str] = {}
    monkeypatch.setattr(environ.Env, "ENVIRON", own)
    return own


def assert_refused(read: Callable[[], object], accepted: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read()

    assert str(raised.value).startswith("NAME")
    assert accepted in str(raised.value)


class TestText:
    def test_is_read_without_blanks(self, variables: dict[str, str]):
        variables["NAME"] = "  word "

        assert env.text("NAME") == "word"

    @pytest.mark.parametrize("value", ["$ecret", "$HOME", "a$b", "\\$x", "{x}", "%41", "a=b#c"])
    def test_is_taken_as_it_stands(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert env.text("NAME") == value

    def test_that_is_empty_counts_as_not_set(self, variables: dict[str, str]):
        variables["NAME"] = " "

        assert env.text("NAME", "default") == "default"
        assert env.text("OTHER", "default") == "default"
        assert env.text("NAME") == ""

    def test_that_is_needed_is_asked_for(self, variables: dict[str, str]):
        assert_refused(lambda: env.required_text("NAME", "a long text"), "a long text")

        variables["NAME"] = "word"
        assert env.required_text("NAME", "a long text") == "word"


class TestBoolean:
    @pytest.mark.parametrize("value", ["1", "true", "TRUE", "Yes", "on"])
    def test_true(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert env.boolean("NAME", default=False) is True

    @pytest.mark.parametrize("value", ["0", "false", "No", "OFF"])
    def test_false(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert env.boolean("NAME", default=True) is False

    @pytest.mark.parametrize("default", [True, False])
    def test_default(self, default: bool):
        assert env.boolean("NAME", default=default) is default

    @pytest.mark.parametrize("value", ["maybe", "2", "tru", "-1"])
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.boolean("NAME", default=False), "true or false")


class TestInteger:
    @pytest.mark.parametrize(("value", "number"), [("0", 0), ("10", 10), (" 7 ", 7)])
    def test_accepted(self, variables: dict[str, str], value: str, number: int):
        variables["NAME"] = value

        assert env.integer("NAME", 5, minimum=0, maximum=10) == number

    def test_default(self):
        assert env.integer("NAME", 5, minimum=0, maximum=10) == 5

    @pytest.mark.parametrize(
        "value", ["-1", "11", "1.5", "ten", "1_0", "٣", "0x1", "1e1", "9" * 5000]
    )
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(
            lambda: env.integer("NAME", 5, minimum=0, maximum=10), "a whole number from 0 to 10"
        )


class TestWords:
    def test_are_split_at_commas(self, variables: dict[str, str]):
        variables["NAME"] = " a.example, b.example ,,"

        assert env.words("NAME") == ["a.example", "b.example"]

    def test_default(self):
        assert env.words("NAME") == []
        assert env.words("NAME", "a,b") == ["a", "b"]


class TestHosts:
    @pytest.mark.parametrize(
        "value",
        ["vod.example.org", "*.vod2.myqcloud.com", "127.0.0.1:8100", "[::1]:8100", "A.example.org"],
    )
    def test_accepted(self, variables: dict[str, str], value: str):
        variables["HOSTS"] = f"{value}, other.example.org"

        assert env.hosts("HOSTS", "") == [value.lower(), "other.example.org"]

    @pytest.mark.parametrize(
        "value",
        [
            "https://cos.example.org",
            "x;script-src *",
            "*.example.org:abc",
            "a b",
            "*",
            "a.*.org",
            "example.org/path",
        ],
    )
    def test_refused(self, variables: dict[str, str], value: str):
        variables["HOSTS"] = value

        with pytest.raises(ImproperlyConfigured, match=r"HOSTS: .*\*\.host"):
            env.hosts("HOSTS", "")


class TestSecretWords:
    def test_are_split_at_commas(self, variables: dict[str, str]):
        variables["KEYS"] = "new-key, 旧的,"

        assert env.secret_words("KEYS") == ["new-key", "旧的"]

    def test_bytes_that_are_no_text_are_refused_without_telling_them(
        self, variables: dict[str, str]
    ):
        variables["KEYS"] = "key-\udcc4"

        with pytest.raises(ImproperlyConfigured, match="KEYS") as refused:
            env.secret_words("KEYS")

        assert "key-" not in str(refused.value)


class TestUrl:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("https://school.example", "https://school.example"),
            ("https://school.example/", "https://school.example"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("http://[::1]:8000", "http://[::1]:8000"),
        ],
    )
    def test_accepted(self, variables: dict[str, str], value: str, expected: str):
        variables["NAME"] = value

        assert env.url("NAME", "https://default.example") == expected

    @pytest.mark.parametrize(
        "value",
        [
            "school.example",
            "//school.example",
            "ftp://school.example",
            "https://",
            "https:///path",
            "https://:443",
            "https://school.example:port",
            "https://school.example:99999",
            "https://[::1",
            "javascript:alert(1)",
        ],
    )
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.url("NAME", ""), "https://host[:port][/path]")

    def test_of_other_schemes(self, variables: dict[str, str]):
        variables["NAME"] = "redis://:secret@127.0.0.1:6379/0"
        assert env.url("NAME", "", schemes=("redis",)) == "redis://:secret@127.0.0.1:6379/0"

        variables["NAME"] = "http://127.0.0.1"
        assert_refused(lambda: env.url("NAME", "", schemes=("redis",)), "redis://host")

    def test_refusal_does_not_tell_the_value(self, variables: dict[str, str]):
        variables["NAME"] = "http://:secret@127.0.0.1"

        with pytest.raises(ImproperlyConfigured) as raised:
            env.url("NAME", "", schemes=("redis",))

        assert "secret" not in str(raised.value)


class TestChoice:
    def test_accepted(self, variables: dict[str, str]):
        variables["NAME"] = "en"

        assert env.choice("NAME", "zh-hans", ("zh-hans", "en")) == "en"

    def test_refused(self, variables: dict[str, str]):
        variables["NAME"] = "fr"

        assert_refused(lambda: env.choice("NAME", "zh-hans", ("zh-hans", "en")), "zh-hans, en")


class TestTimeZone:
    @pytest.mark.parametrize("value", ["Asia/Shanghai", "UTC", "Europe/Berlin"])
    def test_accepted(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert env.time_zone("NAME", "UTC") == value

    @pytest.mark.parametrize("value", ["Mars/Base", "Asia", "../../etc/passwd", "+08:00"])
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.time_zone("NAME", "UTC"), "Asia/Shanghai")


class TestDatabase:
    def test_sqlite(self, variables: dict[str, str]):
        variables["NAME"] = "sqlite:////data/db.sqlite3"

        config = env.database("NAME", "")

        assert config["ENGINE"] == "django.db.backends.sqlite3"
        assert config["NAME"] == "/data/db.sqlite3"

    def test_postgresql(self, variables: dict[str, str]):
        variables["NAME"] = "postgres://school:p%40ss$word@db.example:5433/school"

        config = env.database("NAME", "")

        assert config["ENGINE"] == "django.db.backends.postgresql"
        assert (config["USER"], config["PASSWORD"]) == ("school", "p@ss$word")
        assert (config["HOST"], config["PORT"], config["NAME"]) == ("db.example", 5433, "school")

    @pytest.mark.parametrize(
        "value",
        [
            "mysql://school@db.example/school",
            "oracle://db.example/school",
            "db.sqlite3",
            "postgres://school@db.example:port/school",
            "postgres://school@db.example",
            "nonsense",
        ],
    )
    @pytest.mark.filterwarnings("ignore:Engine not recognized")
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.database("NAME", ""), "postgres://user:password@host:port/name")


class TestEmail:
    def test_smtp(self, variables: dict[str, str]):
        variables["NAME"] = "smtp+tls://user:secret@mail.example:587"

        config = env.email("NAME", "")

        assert config["EMAIL_HOST"] == "mail.example"
        assert config["EMAIL_PORT"] == 587
        assert config["EMAIL_USE_TLS"] is True

    def test_default(self):
        config = env.email("NAME", "consolemail://")

        assert config["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"

    @pytest.mark.parametrize("value", ["ftp://mail.example", "nonsense", "smtp://host:port"])
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.email("NAME", ""), "smtp+tls://user:password@host:587")


class TestDotenv:
    def test_adds_what_the_environment_does_not_have(
        self, variables: dict[str, str], tmp_path: Path
    ):
        file = tmp_path / ".env"
        file.write_text("NAME=from file\nOTHER='quoted $word'\n# NOTE=no\n", encoding="utf-8")
        variables["NAME"] = "from the environment"

        env.read_dotenv(file)

        assert variables == {"NAME": "from the environment", "OTHER": "quoted $word"}

    def test_may_be_missing(self, variables: dict[str, str], tmp_path: Path):
        env.read_dotenv(tmp_path / ".env")

        assert variables == {}


@pytest.mark.parametrize(
    "value",
    [
        "s3://host/bucket",
        "s3://key@host/bucket",
        "s3://key:secret@host",
        "s3://key:secret@host/",
        "s3://key:secret@host/two/parts",
        "s3://key:secret@host/UPPER",
        "s3://key:secret@host:99999/bucket",
        "s3://key:secret@host/bucket?tls=yes",
        "s3://key:secret@host/bucket?colour=red",
        "https://key:secret@host/bucket",
        "/var/media",
    ],
)
def test_storage_is_an_s3_or_nothing(variables: dict[str, str], value: str):
    variables["NAME"] = value

    assert_refused(lambda: env.storage("NAME"), "s3://KEY:SECRET@HOST[:PORT]/BUCKET")


class TestHandoverKeys:
    SECRET = "a secret of thirty-two bytes, or more"

    def key(self, **changes: Any) -> dict[str, Any]:
        return {"alg": "HS256", "key": self.SECRET, "iss": "https://www.school.example", **changes}

    def test_none(self):
        assert env.handover_keys("NAME") == {}

    def test_of_both_algorithms(self, variables: dict[str, str]):
        keys = {"a": self.key(), "b": self.key(alg="RS256", key=pem_of("RSA", size=2048))}
        variables["NAME"] = json.dumps(keys)

        assert env.handover_keys("NAME") == keys

    @pytest.mark.parametrize(
        "changes",
        [
            {"key": "short"},
            {"key": ""},
            {"key": 7},
            {"alg": "none"},
            {"alg": "HS512"},
            {"alg": ["HS256", "RS256"]},
            {"alg": "RS256"},
            {"iss": ""},
            {"iss": "a" * 256},
            {"other": "value"},
        ],
    )
    def test_refused(self, variables: dict[str, str], changes: dict[str, Any]):
        variables["NAME"] = json.dumps({"a": self.key(**changes)})

        assert_refused(lambda: env.handover_keys("NAME"), env.HANDOVER_FORM)

    @pytest.mark.parametrize(
        ("algorithm", "made_as"),
        [
            ("HS256", {"kty": "RSA", "size": 2048}),  # a public key is no secret
            ("RS256", {"kty": "RSA", "size": 1024}),
            ("RS256", {"kty": "EC", "crv": "P-256"}),
            ("RS256", {"kty": "OKP", "crv": "Ed25519"}),
        ],
    )
    def test_key_of_another_kind_is_refused(
        self, variables: dict[str, str], algorithm: str, made_as: dict[str, Any]
    ):
        variables["NAME"] = json.dumps({"a": self.key(alg=algorithm, key=pem_of(**made_as))})

        assert_refused(lambda: env.handover_keys("NAME"), env.HANDOVER_FORM)

    def test_private_key_is_refused_and_not_told(self, variables: dict[str, str]):
        private = pem_of("RSA", size=2048, is_private=True)
        variables["NAME"] = json.dumps({"a": self.key(alg="RS256", key=private)})

        with pytest.raises(ImproperlyConfigured) as refused:
            env.handover_keys("NAME")
        assert private.splitlines()[1] not in str(refused.value)

    @pytest.mark.parametrize("value", ["{", "[]", "null", '"text"', '{"a": "text"}', '{"a": {}}'])
    def test_what_is_no_table_of_keys_is_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.handover_keys("NAME"), env.HANDOVER_FORM)


def pem_of(kty: str, *, is_private: bool = False, **made_as: Any) -> str:
    key = JWK.generate(kty=kty, **made_as)
    pem: bytes = key.export_to_pem(private_key=is_private, password=None)
    return pem.decode()


class TestIssuer:
    @pytest.mark.parametrize(
        "value",
        [
            *("https://sign-in.school.example", "https://sign-in.school.example/"),
            *("https://sign-in.school.example/realms/school", "https://h.example:8443/a/"),
            *("http://127.0.0.1:9000", "http://localhost/a", "http://[::1]:9000"),
        ],
    )
    def test_stays_as_it_stands(self, variables: dict[str, str], value: str):
        variables["NAME"] = f" {value} "

        assert env.issuer("NAME") == value

    @pytest.mark.parametrize(
        "value",
        [
            *("http://sign-in.school.example", "sign-in.school.example", "ftp://h.example"),
            *("https://user:word@h.example", "https://h.example/?a=b", "https://h.example/#a"),
            *("https://", "https://h.example:x"),
        ],
    )
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.issuer("NAME"), "https://host")

    def test_may_be_missing(self):
        assert env.issuer("NAME") == ""


class TestCasServer:
    @pytest.mark.parametrize(
        "value",
        ["https://cas.school.example/cas", "http://127.0.0.1:9000/cas", "http://localhost"],
    )
    def test_is_read_without_its_last_slash(self, variables: dict[str, str], value: str):
        variables["NAME"] = f"{value}/"

        assert env.cas_server("NAME") == value

    @pytest.mark.parametrize(
        "value",
        [
            # Anybody who stands between could be anybody.
            *("http://cas.school.example/cas", "cas.school.example"),
            *("https://user:word@h.example", "https://h.example/?a=b", "https://h.example/#a"),
        ],
    )
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.cas_server("NAME"), "https://host")

    def test_may_be_missing(self):
        assert env.cas_server("NAME") == ""


class TestOrigins:
    def test_are_read(self, variables: dict[str, str]):
        variables["NAME"] = "https://Keys.school.example, https://h.example:8443"

        assert env.origins("NAME") == ["https://keys.school.example", "https://h.example:8443"]

    @pytest.mark.parametrize(
        "value",
        [
            *("h.example", "http://h.example", "https://h.example/", "https://h.example/a"),
            *("https://*.h.example", "https://u@h.example", "https://h.example https://i.example"),
        ],
    )
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.origins("NAME"), "https://host")


class TestTogether:
    @pytest.mark.parametrize("given", [{}, {"NAME": "a", "OTHER": "b"}])
    def test_all_or_none(self, variables: dict[str, str], given: dict[str, str]):
        variables |= given

        env.require_together("NAME", "OTHER")

    def test_some_are_refused(self, variables: dict[str, str]):
        variables["OTHER"] = "a secret"

        with pytest.raises(ImproperlyConfigured) as raised:
            env.require_together("NAME", "OTHER")

        assert str(raised.value).startswith("NAME is not set, but OTHER is")
        assert "a secret" not in str(raised.value)


class TestNotifySchemas:
    def test_are_three_unless_others_are_named(self, variables: dict[str, str]):
        default = "wecombot, dingtalk, feishu"
        assert env.notify_schemas("NAME", default) == ["wecombot", "dingtalk", "feishu"]

        variables["NAME"] = "Feishu,json, jsons"
        assert env.notify_schemas("NAME", default) == ["feishu", "json", "jsons"]

    # Apprise looks through all of its plugins for these, some of which lean on what Python will drop.
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    @pytest.mark.parametrize("value", ["nonesuch", "wecombot,exec", "syslog", "https://x", ","])
    def test_others_are_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(
            lambda: env.notify_schemas("NAME", "feishu"), "such as wecombot, dingtalk, feishu"
        )

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_any_of_apprise_that_speaks_http_can_be_used(self, variables: dict[str, str]):
        variables["NAME"] = "slack"

        assert env.notify_schemas("NAME", "feishu") == ["slack"]


class TestSecret:
    def test_is_taken_as_it_stands(self, variables: dict[str, str]):
        assert env.secret("NAME", shortest=8) == ""

        variables["NAME"] = "a-$ecret:of=signs"

        assert env.secret("NAME", shortest=8) == "a-$ecret:of=signs"

    @pytest.mark.parametrize("value", ["two words", "schlüssel", "tab\tulator", "short-1"])
    def test_refusal_does_not_tell_it(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.secret("NAME", shortest=8), "at least 8 letters")
        with pytest.raises(ImproperlyConfigured) as raised:
            env.secret("NAME", shortest=8)
        assert value not in str(raised.value)


class TestSentryDsn:
    @pytest.mark.parametrize("value", ["https://key@o1.example/17", "http://key@127.0.0.1:9/a/1"])
    def test_accepted(self, variables: dict[str, str], value: str):
        assert env.sentry_dsn("NAME") == ""

        variables["NAME"] = value

        assert env.sentry_dsn("NAME") == value

    @pytest.mark.parametrize(
        "value",
        [
            "https://o1.example/17",
            "https://key@o1.example/",
            "key@o1.example/17",
            "https://key@[/1",
        ],
    )
    def test_refused(self, variables: dict[str, str], value: str):
        variables["NAME"] = value

        assert_refused(lambda: env.sentry_dsn("NAME"), "https://key@host/number")
