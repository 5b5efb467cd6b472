from __future__ import annotations

import pytest
from babel.messages.catalog import Message

from deploy import messages, wording

GLOSSARY = """
| Chinese | English | meaning | not (Chinese) | not (English) |
|---|---|---|---|---|
| 扩展名 | ending | the end of a file's name | 后缀 | suffix, file extension |

| Chinese | English | meaning | not (Chinese) | not (English) |
|---|---|---|---|---|
| 您 | you | the person who reads | 你 | |
"""


def faults(
    english: str, chinese: str, *, place: str = "replays/wording/states.py", context: str = ""
) -> list[str]:
    of_chinese, of_english = wording.terms_of(GLOSSARY)
    source = Message(english, locations=[(place, 1)], context=context or None)
    return list(wording.faults(source, Message(english, chinese), of_chinese, of_english))


def test_words_of_the_glossary_are_no_faults():
    assert faults("Its ending is wrong, as you see.", "扩展名有误，请您查看。") == []


def test_heads_of_its_tables_are_no_words():
    chinese, english = wording.terms_of(GLOSSARY)

    assert [term.banned for term in chinese] == ["后缀", "你"]
    assert [term.banned for term in english] == ["suffix", "file extension"]


@pytest.mark.parametrize(
    ("english", "chinese", "fault"),
    [
        ("Its ending", "后缀", "says 后缀, not 扩展名"),
        ("For you", "给你", "says 你, not 您"),
        ("Two Suffix letters", "扩展名", "says suffix, not ending"),
        ("Its file extensions", "扩展名", "says file extension, not ending"),
    ],
)
def test_another_word_for_the_same_is_one(english: str, chinese: str, fault: str):
    assert faults(english, chinese) == [fault]


def test_word_of_the_glossary_may_hold_one_that_is_not_used():
    glossary = f"{GLOSSARY}| 文件后缀名单 | list of endings | all of them | | |\n"
    (term, _you), _english = wording.terms_of(glossary)

    assert not term.is_in("见文件后缀名单。")
    assert term.is_in("见文件后缀名单：后缀")


def test_names_of_placeholders_are_not_words():
    assert faults(".%(suffix)s files", ".%(suffix)s 文件") == []


@pytest.mark.parametrize(
    "chinese",
    [
        "内容却是PDF",
        "PDF文件",
        "共 %(count)s个",
        "第{number} 段",
        "完成.",
        "完成, 请看",
        "完成。 请看",
    ],
)
def test_text_that_is_set_otherwise_is_a_fault(chinese: str):
    assert len(list(wording.setting_faults(chinese))) == 1


@pytest.mark.parametrize(
    "chinese",
    ["内容却是 PDF。", "共 %(count)s 个", "下课 %(age)s后", "“%(name)s”已删除", "MP4（H.264）"],
)
def test_text_that_is_set_as_it_should_be_is_none(chinese: str):
    assert list(wording.setting_faults(chinese)) == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("The cloud is asked.", "正在查询。"),
        ("A check is running.", "正在查询云端。"),
        ("Callback received", "收到消息"),
        ("Message received", "收到回调"),
    ],
)
@pytest.mark.parametrize(
    ("place", "context", "is_fault"),
    [
        ("replays/wording/states.py", "", True),
        ("templates/replays/list.html", "", True),
        ("templates/replays/list.html", "staff", False),
        ("replays/admin/replays.py", "", False),
    ],
)
def test_only_staff_read_of_the_cloud(
    english: str, chinese: str, place: str, context: str, is_fault: bool
):
    said = faults(english, chinese, place=place, context=context)

    assert bool(said) is is_fault


def test_catalogues_keep_to_the_glossary(capsys: pytest.CaptureFixture[str]):
    assert wording.check() == 0, capsys.readouterr().err


def test_every_place_of_staff_is_there():
    places = [messages.ROOT / place for place in wording.STAFF_PLACES]

    assert [place for place in places if not place.exists()] == []
