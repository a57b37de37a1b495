"""What people of the town tell, invented: many messages of four matters, and one burst pipe."""

import random
from typing import Any

from minsheng.catalogue.models import Category
from minsheng.demands.models import Demand

PIPE = [
    ("盐河路水管爆裂", "盐河路的大水管爆了，水柱冒得很高，路口都淹了。"),
    ("盐河路爆管停水", "盐河路水管爆裂，柳荫花园整片停水，什么时候能修好？"),
    ("盐河路自来水管破裂", "盐河路自来水管破裂，水流到商铺里了，没看见抢修的车。"),
    ("盐河路水管爆了没人修", "盐河路水管爆了快两个小时，路口淹水，请派人抢修。"),
    ("盐河路大水管爆裂喷水", "盐河路路口大水管爆裂往外喷水，请尽快抢修。"),
    ("盐河路水管爆裂停水", "盐河路水管爆裂，家里停水，几点能修好？"),
]
SAID = {
    "road.lamp": ("路灯", ["不亮了", "坏了", "一闪一闪", "整夜熄灭"], ["走夜路很黑", "看不清路"]),
    "road.hole": ("路面", ["有个大坑", "坑洼不平", "塌了一块"], ["骑车颠簸", "车胎扎破"]),
    "build.home.leak": ("屋顶", ["漏水", "渗水", "滴水"], ["墙皮脱落", "下雨接水盆"]),
    "build.home.lift": ("电梯", ["停运", "按钮失灵", "困过人"], ["老人爬楼", "物业不修"]),
}
WHERE = ["青山路", "码头街", "石渡路", "东湾大道", "海棠巷", "小学门口", "菜市场旁", "车站北"]


def told(count: int, seed: int = 1) -> list[tuple[str, str]]:
    """Returns invented messages with their categories."""
    chance = random.Random(seed)
    made = []
    for at in range(count):
        code = list(SAID)[at % len(SAID)]
        what, how, then = SAID[code]
        where = f"{chance.choice(WHERE)}{chance.randrange(1, 400)}号"
        text = f"{where}的{what}{chance.choice(how)}，{chance.choice(then)}，{at}次了"
        made.append((text, code))
    return made


def raise_all(town: Any, texts: list[tuple[str, str]]) -> None:
    """Puts demands into the database as an import does, at once."""
    categories = {row.code: row for row in Category.objects.all()}
    like = town.accept()
    Demand.objects.bulk_create(
        Demand(
            number=f"T{at}",
            state=like.state,
            state_at=like.state_at,
            channel=like.channel,
            kind=like.kind,
            category=categories[code],
            title=text[:20],
            text=text,
            registered_at=like.registered_at,
            accepted_at=like.accepted_at,
        )
        for at, (text, code) in enumerate(texts)
    )
    like.delete()
