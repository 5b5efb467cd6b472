"""Topics of the demo school's lessons by course and grade: each class group takes its own in turn."""

from __future__ import annotations

CHINESE = "语文"
MATHS = "数学"
ENGLISH = "英语"
SCIENCE = "科学"
ART = "美术"
MUSIC = "音乐"
SPORTS = "体育"
MORALS = "道法"
WORK = "劳动"
COMPUTING = "信息"

# What each grade takes up in turn; more of them than a class group has lessons of the course in a week.
TOPICS = {
    CHINESE: {
        "一年级": "静夜思 小猫钓鱼 四季 大小多少 雪地里的小画家 乌鸦喝水 升国旗 影子",
        "二年级": "曹冲称象 小蝌蚪找妈妈 坐井观天 寒号鸟 雾在哪里 黄山奇石 葡萄沟 日月潭",
        "三年级": "大青树下的小学 花的学校 秋天的雨 去年的树 海滨小城 司马光 搭船的鸟 山行",
        "四年级": "观潮 走月亮 爬山虎的脚 蟋蟀的住宅 盘古开天地 女娲补天 西门豹治邺 题西林壁",
    },
    MATHS: {
        "一年级": "认识钟表 十以内加减法 认识图形 比长短 二十以内进位加法 找规律",
        "二年级": "长度单位 角的初步认识 表内乘法 观察物体 认识时间 搭配",
        "三年级": "时分秒 测量 倍的认识 多位数乘一位数 长方形和正方形 分数的初步认识",
        "四年级": "大数的认识 公顷和平方千米 角的度量 三位数乘两位数 平行四边形 条形统计图",
    },
    ENGLISH: {
        "一年级": "Colours,My family,Numbers,Animals,Food,Weather",
        "二年级": "Toys,My body,Clothes,In the park,Fruit,Happy birthday",
        "三年级": "Hello!,My school bag,My friends,Dinner's ready,Look at me!,At the zoo",
        "四年级": "My classroom,My home,What time is it?,At the farm,Shopping,Jobs",
    },
    SCIENCE: {"": "观察植物 水到哪里去了 空气的力量 玩磁铁 听声音 岩石和土壤"},
    ART: {"": "色彩的秘密 剪纸窗花 我的校园 水墨小鱼"},
    MUSIC: {"": "小星星 茉莉花 节奏游戏 认识民乐"},
    SPORTS: {"": "队列与广播操 跳绳 立定跳远 接力跑"},
    MORALS: {"": "四大发明 丝绸之路 故宫的故事 我们的班规 安全过马路"},
    WORK: {"": "整理书包 种一盆绿豆 学做凉拌菜 扎染手帕"},
    COMPUTING: {"": "认识键盘 画图小能手 安全上网 图形化编程"},
}


def topics_of(course: str, class_group: str) -> list[str]:
    """Return the topics of a course in a class group's grade."""
    of_course = TOPICS[course]
    text = next(text for grade, text in of_course.items() if class_group.startswith(grade))
    return text.split("," if "," in text else None)
