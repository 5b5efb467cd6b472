from __future__ import annotations

import json
from typing import Any

import pytest

from classroom.enums import EventKind
from classroom.envelope import Envelope, MalformedEnvelope, parse_envelope

FIELDS: dict[str, Any] = {
    "SdkAppId": 3520371,
    "Timestamp": 1614151000,
    "ExpireTime": 1614151508,
    "Sign": "abc",
    "EventType": "RoomStart",
    "EventData": {"RoomId": 3461739},
}
MIN, MAX = -(2**63), 2**63 - 1


def parsed(**changes: Any) -> Envelope:
    return parse_envelope(json.dumps(FIELDS | changes).encode())


def refusal_of(body: bytes) -> str:
    with pytest.raises(MalformedEnvelope) as raised:
        parse_envelope(body)
    return str(raised.value)


def raw(name: str, value: str) -> bytes:
    """The body with one value written as it stands."""
    fields = {each: json.dumps(given) for each, given in FIELDS.items()} | {name: value}
    members = ",".join(f'"{each}":{text}' for each, text in fields.items())
    return f"{{{members}}}".encode()


def test_every_field_is_read():
    assert parsed() == Envelope(
        sdk_app_id=3520371,
        timestamp_s=1614151000,
        expire_time_s=1614151508,
        signature="abc",
        event_type="RoomStart",
        content={"RoomId": 3461739},
        room_id=3461739,
        document_id="",
        kind=EventKind.ROOM,
    )


def test_unknown_fields_are_left_alone():
    assert parsed(Version=7, Extra={"a": [1]}) == parsed()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_body_may_come_in_any_encoding_of_unicode(encoding: str):
    text = json.dumps(FIELDS | {"EventData": {"Name": "语文课"}}, ensure_ascii=False)

    envelope = parse_envelope(text.encode(encoding))

    assert json.loads(envelope.data) == {"Name": "语文课"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is not JSON"),
        (b"Sign=abc", "the body is not JSON"),
        (b"\xff\xfe\xfd", "the body is not JSON"),
        (b'{"SdkAppId": 1', "the body is not JSON"),
        (b"[]", "the body is not an object"),
        (b"null", "the body is not an object"),
        (b'"text"', "the body is not an object"),
        (b"12", "the body is not an object"),
    ],
)
def test_what_is_no_object_is_refused(body: bytes, reason: str):
    assert refusal_of(body) == reason


@pytest.mark.parametrize("name", ["SdkAppId", "Timestamp", "ExpireTime"])
class TestIntegers:
    @pytest.mark.parametrize("value", ["7", '"7"', '"007"'])
    def test_come_as_such_or_as_digits(self, name: str, value: str):
        envelope = parse_envelope(raw(name, value))

        assert 7 in {envelope.sdk_app_id, envelope.timestamp_s, envelope.expire_time_s}

    @pytest.mark.parametrize(
        "value", ["true", "7.0", "1e3", "null", '""', '"-7"', '"7.0"', '" 7"', '"七"', '"٧"', "[7]"]
    )
    def test_are_nothing_else(self, name: str, value: str):
        assert refusal_of(raw(name, value)) == f"{name} is missing or not an integer"

    @pytest.mark.parametrize(
        "value",
        [str(MAX + 1), str(MIN - 1), f'"{MAX + 1}"', '"' + "9" * 5000 + '"', "1" + "0" * 4000],
    )
    def test_fit_into_64_bits(self, name: str, value: str):
        assert refusal_of(raw(name, value)) == f"{name} does not fit into 64 bits"

    def test_may_be_as_large_as_fits(self, name: str):
        assert str(MAX) in str(parse_envelope(raw(name, str(MAX))))


@pytest.mark.parametrize("name", ["SdkAppId", "Timestamp", "ExpireTime", "Sign", "EventType"])
def test_every_field_but_the_data_is_needed(name: str):
    body = json.dumps({each: value for each, value in FIELDS.items() if each != name}).encode()

    assert refusal_of(body).startswith(f"{name} is missing")


@pytest.mark.parametrize("value", ["7", "null", "{}", '["a"]', "true"])
@pytest.mark.parametrize("name", ["Sign", "EventType"])
def test_signature_and_type_are_text(name: str, value: str):
    assert refusal_of(raw(name, value)) == f"{name} is missing or not text"


class TestType:
    @pytest.mark.parametrize("event_type", ["", "a" * 129, "课" * 22, '"' * 65])
    def test_has_a_length(self, event_type: str):
        assert refusal_of(raw("EventType", json.dumps(event_type))) == (
            "EventType is empty, or longer than 128 characters"
        )

    @pytest.mark.parametrize(
        ("event_type", "stored"),
        [
            ("a" * 128, "a" * 128),
            ("课", "\\u8bfe"),
            ("\ud800", "\\ud800"),
            ("a\0b", "a\\u0000b"),
            ('"\\', '\\"\\\\'),
        ],
    )
    def test_is_kept_in_ascii(self, event_type: str, stored: str):
        assert parsed(EventType=event_type).event_type == stored


class TestData:
    @pytest.mark.parametrize("data", [None, {}])
    def test_null_is_nothing(self, data: object):
        envelope = parsed(EventData=data)

        assert (envelope.data, envelope.room_id) == ("{}", None)

    def test_absent_is_nothing(self):
        fields = {name: value for name, value in FIELDS.items() if name != "EventData"}

        assert parse_envelope(json.dumps(fields).encode()).data == "{}"

    @pytest.mark.parametrize("value", ["[]", '"{}"', "7", "false"])
    def test_is_an_object(self, value: str):
        assert refusal_of(raw("EventData", value)) == "EventData is not an object"

    def test_order_and_blanks_do_not_count(self):
        one = parse_envelope(raw("EventData", '{"b": 1,  "a": {"d": [1, 2], "c": "课"}}'))
        other = parse_envelope(raw("EventData", '{"a":{"c":"\\u8bfe","d":[1,2]},"b":1}'))

        assert one.data == other.data == '{"a":{"c":"\\u8bfe","d":[1,2]},"b":1}'
        assert one.digest == other.digest

    @pytest.mark.parametrize("text", ["\ud800", "\udfff\ud800", "a\0b", "😀"])
    def test_any_text_is_kept_in_ascii(self, text: str):
        envelope = parsed(EventData={"RoomId": 1, text: [text]})

        assert envelope.data.isascii()
        assert json.loads(envelope.data) == {"RoomId": 1, text: [text]}

    @pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
    def test_holds_finite_numbers_only(self, value: str):
        assert refusal_of(raw("EventData", '{"a": [' + value + "]}")) in {
            "not a number",
            "a number is too large",
        }

    def test_number_of_thousands_of_digits_is_refused(self):
        assert refusal_of(raw("EventData", '{"a": ' + "9" * 5000 + "}")) == "the body is not JSON"

    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
    def test_is_nested_a_hundred_levels_at_most(self, opening: str, closing: str):
        def body(levels: int) -> bytes:
            inner = opening * (levels - 1) + "1" + closing * (levels - 1)
            return raw("EventData", '{"a":' + inner + "}")

        assert parse_envelope(body(100)).kind == EventKind.OTHER
        assert refusal_of(body(101)) == "the body is nested too deeply"

    @pytest.mark.parametrize("opening", ["[", '{"a":'])
    def test_is_not_nested_without_end(self, opening: str):
        assert refusal_of(raw("EventData", '{"a":' + opening * 100_000)) == (
            "the body is nested too deeply"
        )


MEBIBYTE = 1024 * 1024


class TestParts:
    """Things that anybody may send at no cost must not cost us a lot: bodies of a mebibyte, all refused unparsed."""

    @pytest.mark.parametrize(
        ("part", "reason"),
        [
            ("[]", "the body has too many parts"),
            ("{}", "the body has too many parts"),
            ("1", "the body has too many parts"),
            ("1.5", "the body has too many parts"),
            ("NaN", "the body has too many parts"),
            ('""', "the body has too many parts"),
            ("9" * 4000, "the body has too many long numbers"),
            ("1." + "9" * 4000, "the body has too many long numbers"),
        ],
    )
    def test_are_so_many_at_most(self, part: str, reason: str):
        parts = ",".join([part] * (MEBIBYTE // (len(part) + 1)))

        assert refusal_of(raw("EventData", f'{{"a": [{parts}]}}')) == reason

    def test_of_one_name_count_as_well(self):
        members = ",".join(['"a":1'] * 170_000)

        assert refusal_of(raw("EventData", f"{{{members}}}")) == "the body has too many parts"

    def test_nested_in_each_other_are_so_many_at_most(self):
        parts = ",".join(["[" * 50 + "]" * 50] * 1000)

        assert (
            refusal_of(raw("EventData", f'{{"a": [{parts}]}}')) == "the body is nested too deeply"
        )

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
    def test_are_counted_in_any_encoding(self, encoding: str):
        body = raw("EventData", '{"a": [' + ",".join(["1"] * 6000) + "]}")

        assert refusal_of(body.decode().encode(encoding)) == "the body has too many parts"

    def test_of_a_large_class_are_taken(self):
        members = [{"UserId": f"user{number}", "Online": True} for number in range(1500)]

        envelope = parsed(EventData={"RoomId": 1, "Members": members, "Sums": [10**4000] * 5})

        assert json.loads(envelope.data)["Members"] == members

    def test_are_read_strictly(self):
        body = raw("EventData", '{"a": "%"}').replace(b"%", b"\xed\xa0\x80")

        assert refusal_of(body) == "the body is not JSON"

    def test_are_written_down_for_those_alone_who_signed(self):
        envelope = parsed()

        assert "data" not in vars(envelope)
        assert envelope.digest
        assert vars(envelope)["data"] == '{"RoomId":3461739}'


class TestDocument:
    @pytest.mark.parametrize(
        ("value", "document_id"),
        [
            ("cp7k2v9x", "cp7k2v9x"),
            ("d" * 128, "d" * 128),
            ("d" * 129, ""),
            (3461739, "3461739"),
            ("", ""),
            ("two words", ""),
            ("课件", ""),
            ("a\u0000", ""),
            (True, ""),
            (["d"], ""),
            (None, ""),
        ],
    )
    def test_id_is_a_short_word_or_none(self, value: object, document_id: str):
        envelope = parsed(EventType="DocumentCreate", EventData={"DocumentId": value})

        assert (envelope.kind, envelope.document_id) == (EventKind.DOCUMENT, document_id)
        assert json.loads(envelope.data) == {"DocumentId": value}

    def test_of_a_person_who_came_is_no_document_to_ask_about(self):
        envelope = parsed(EventType="MemberJoin", EventData={"DocumentId": "d", "RoomId": 1})

        assert (envelope.kind, envelope.document_id) == (EventKind.MEMBER, "")


class TestRoom:
    @pytest.mark.parametrize(
        ("value", "room_id"),
        [
            (3461739, 3461739),
            ("3461739", 3461739),
            ("0003461739", 3461739),
            (MAX, MAX),
            (0, None),
            (-1, None),
            ("-1", None),
            ("", None),
            ("room", None),
            ("１２", None),
            (1.0, None),
            (True, None),
            ([3461739], None),
            ({"a": 1}, None),
            (None, None),
        ],
    )
    def test_is_a_number_or_none(self, value: object, room_id: int | None):
        envelope = parsed(EventData={"RoomId": value})

        assert envelope.room_id == room_id
        assert json.loads(envelope.data) == {"RoomId": value}

    @pytest.mark.parametrize("value", [MAX + 1, MIN - 1, str(MAX + 1), "1" * 5000])
    def test_fits_into_64_bits(self, value: object):
        body = json.dumps(FIELDS | {"EventData": {"RoomId": value}}).encode()

        assert refusal_of(body) == "EventData.RoomId does not fit into 64 bits"


class TestDigest:
    @pytest.mark.parametrize("name", ["Sign", "ExpireTime", "SdkAppId"])
    def test_is_the_same_when_signed_again(self, name: str):
        value = "other" if name == "Sign" else 5

        assert parsed(**{name: value}).digest == parsed().digest

    @pytest.mark.parametrize(
        "changes",
        [{"EventType": "RoomEnd"}, {"Timestamp": 5}, {"EventData": {"RoomId": 5}}],
    )
    def test_tells_events_apart(self, changes: dict[str, Any]):
        assert parsed(**changes).digest != parsed().digest

    def test_type_cannot_imitate_time_and_data(self):
        one = parsed(EventType="a", Timestamp=1, EventData={})
        other = parsed(EventType='a",1,{}]', Timestamp=1, EventData={})

        assert one.digest != other.digest


@pytest.mark.parametrize(
    ("event_type", "data", "kind"),
    [
        ("RoomStart", {"RoomId": 1}, EventKind.ROOM),
        ("RecordFinish", {"RoomId": 1, "RecordUrl": "https://x"}, EventKind.ROOM),
        ("NobodyKnows", {"RoomId": "1"}, EventKind.ROOM),
        ("NobodyKnows", {"RoomId": 1, "DocumentId": None}, EventKind.ROOM),
        ("NobodyKnows", {}, EventKind.OTHER),
        ("RoomStart", {}, EventKind.OTHER),
        ("MemberJoin", {"RoomId": 1, "UserId": "u"}, EventKind.MEMBER),
        ("MemberQuit", {"RoomId": 1, "DocumentId": "d"}, EventKind.MEMBER),
        ("DocumentTranscoded", {"RoomId": 1}, EventKind.DOCUMENT),
        ("Transcoded", {"DocumentId": "d"}, EventKind.DOCUMENT),
        ("Transcoded", {"RoomId": 1, "DocumentId": ["d"]}, EventKind.DOCUMENT),
    ],
)
def test_kind_is_told_by_type_and_data(event_type: str, data: dict[str, Any], kind: EventKind):
    assert parsed(EventType=event_type, EventData=data).kind == kind
