"""The text that a school without one finds in the form, to be made its own."""

from __future__ import annotations

CHINESE = """我同意{school}在本学年的线上课堂中录制我（我的孩子）的画面、声音、课堂昵称和课堂聊天。

用途：供本班学生课后复习和补课，供学校改进教学。不用于广告，也不公开发布。

由谁处理：学校；学校委托腾讯云提供课堂和存储服务，腾讯云收到课堂昵称、头像和随机编号，不会收到账号。

谁能看：本班学生、授课老师和助教，以及学校负责教学管理的人员。

保存多久：按学校规定的回放保存期限；到期或由学校删除后，云端的录像一并删除。

我的权利：可以不同意，不同意也可以照常上课；可以随时在“我的”页面或书面取消同意；可以向学校查询、更正或要求删除含有我（我的孩子）的录像。不满 14 周岁的学生由父母或其他监护人同意。

联系人：{chinese_contact}"""

ENGLISH = """I agree that {school} records my (my child's) picture, voice, nickname in class and chat in online classes of this school year.

What for: students of the class look at what they missed or repeat it, and the school improves its teaching. Not for advertising, and not published.

By whom: by the school. Tencent Cloud holds the classes and stores the recordings for it. It receives the nickname in class, the picture and a random number, and no account.

Who sees them: students of the class, its teachers and assistants, and those who look after teaching in the school.

For how long: as long as the school keeps replays. What ends then, or what the school deletes, is deleted in the cloud, too.

My rights: I may refuse and still attend all classes. I may withdraw my consent at any time, in my profile or in writing. I may ask the school what is kept, and to correct or delete recordings that show me (my child). For students under 14 a parent or another guardian agrees.

Whom to ask: {english_contact}"""

# What the school fills in: a text with one of these is a proposal still.
CHINESE_CONTACT = "请填写学校负责个人信息保护的人员和联系方式。"
ENGLISH_CONTACT = "fill in who of the school looks after personal data, and how to reach them."


def proposed_texts(school: str) -> dict[str, str]:
    return texts_with(school, chinese_contact=CHINESE_CONTACT, english_contact=ENGLISH_CONTACT)


def texts_with(school: str, *, chinese_contact: str, english_contact: str) -> dict[str, str]:
    """Return the texts with whom to ask filled in."""
    return {
        "chinese_text": CHINESE.format(school=school, chinese_contact=chinese_contact),
        "english_text": ENGLISH.format(school=school, english_contact=english_contact),
    }


def is_left_to_fill_in(text: str) -> bool:
    return CHINESE_CONTACT in text or ENGLISH_CONTACT in text
