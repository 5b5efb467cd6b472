"""The people of the demo school, as data: thirty teachers, and twelve students in each of ten class groups."""

from __future__ import annotations

import re

from edu_platform.lib.pinyin import read_person

CLASS_GROUPS = (
    *("一年级1班", "一年级2班", "一年级3班"),
    *("二年级1班", "二年级2班", "二年级3班"),
    *("三年级1班", "三年级2班", "四年级1班", "四年级2班"),
)
FIRST_GRADE_1, FIRST_GRADE_2, FIRST_GRADE_3 = CLASS_GROUPS[:3]
SECOND_GRADE_1, SECOND_GRADE_2, SECOND_GRADE_3 = CLASS_GROUPS[3:6]
THIRD_GRADE_1, THIRD_GRADE_2, FOURTH_GRADE_1, FOURTH_GRADE_2 = CLASS_GROUPS[6:]
TUTORED = "张子涵一对一"  # a one-to-one is a class group of one

DEMO_TEACHER = "lijingyi"
DEMO_CLASS_GROUP = FIRST_GRADE_1
PLANNER = "fenglijuan"

# Each is the teacher of one class group, in their order.
CLASS_TEACHERS = {
    DEMO_TEACHER: "李静怡",
    "linhaiyan": "林海燕",
    "huangliping": "黄丽萍",
    "wusimin": "吴思敏",
    "xuwenjing": "徐文静",
    "guomeiling": "郭美玲",
    "hanmei": "韩梅",
    "tangwanru": "唐婉如",
    "shanyuxin": "单雨欣",
    "hujingwen": "胡静雯",
}
OTHER_TEACHERS = {
    "wangjianguo": "王建国",
    "liangsiqi": "梁思琪",
    "luoyongqiang": "罗永强",
    "zengfanyu": "曾凡宇",
    "songlixin": "宋立新",
    "chenxiaoyan": "陈晓燕",
    "jiangxinyue": "蒋欣悦",
    "shenjiayi": "沈嘉怡",
    "caoxue": "曹雪",
    "xuzhiyuan": "许志远",
    "denglihua": "邓丽华",
    "zhaoyutong": "赵雨桐",
    "pengcheng": "彭程",
    "hejiayin": "何佳音",
    "xieyunfan": "解云帆",
    "liuzhiqiang": "刘志强",
    "gaoxiang": "高翔",
    "maxiaofeng": "马晓峰",
    "sunmingyuan": "孙明远",
    "zhouwenbo": "周文博",
}
SUPERVISOR, ADMINISTRATOR = "zhengguohua", "hezhiyuan"
STAFF = {SUPERVISOR: "郑国华", PLANNER: "冯丽娟", ADMINISTRATOR: "何志远"}

_STUDENTS = (
    "张子涵 刘一辰 杨梦琪 黄浩然 徐沐宸 郭欣怡 马宇轩 罗佳琪 宋子墨 唐若溪 傅睿哲 姜雨萱",
    "谢俊杰 韩雨彤 曹天佑 邓思远 彭依涵 曾子睿 肖明哲 田晓萌 董可欣 袁嘉艺 崔晗月 宋思彤",
    "吕雨欣 谢昕怡 沈依诺 龚心怡 姚俊驰 万明轩 江语桐 龙嘉懿 汪文轩 单博文 贺语嫣 苏凯文",
    "林诗雨 潘志豪 杜文静 蒋一凡 蔡轩逸 余晓彤 叶俊熙 程雅琪 魏子轩 苏婉清 蒋子墨 徐悦然",
    "尹欣妍 雷雨泽 萧怀瑾 秦安琪 杜柏宇 郝致远 黄楚涵 何梓潼 薛卓然 谭梓萱 曹雅静 郭思齐",
    "钱涵宇 高弘毅 戴可馨 田梓晨 熊亦菲 毛予安 孟浩宇 张夏冰 查书瑶 邹颖慧 陆煜城 史元恺",
    "唐舒窈 赵清妍 顾家豪 林昊天 孔星宇 蔡晓雯 罗志远 孙智宸 陈云舒 于佳宁 解越泽 乔婧琪",
    "程梦瑶 汤鹏飞 金芷若 邱景行 马俊熙 石承宇 范羽桐 梁逸凡 潘念慈 叶奕辰 方宇航 文莉娜",
    "杨采薇 武玥彤 卢一诺 易思源 钟嘉树 任紫萱 周静姝 许宸睿 彭铭泽 康乐怡 廖泽洋 赖沁怡",
    "胡建宏 侯若彤 贾立诚 夏诺涵 朱皓轩 李瑞霖 魏若曦 吴子豪 黎晨曦 曾诗涵 仇启明 郑天翊",
)
# Their names by class group.
STUDENTS = {
    group: tuple(names.split()) for group, names in zip(CLASS_GROUPS, _STUDENTS, strict=True)
}


def username_of(name: str) -> str:
    """Return the username of a student: the name as it is read, 单博文 as shanbowen."""
    return re.sub(r"\d", "", "".join(read_person(name)))
