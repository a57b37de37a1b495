"""Those who call. Their names are put together by chance, their numbers belong to nobody."""

from random import Random

from minsheng.demands.actions import PersonIn
from minsheng.demands.models import Petitioner
from minsheng.simulator import habits

_SURNAMES = (
    "王王王李李李张张张刘刘陈陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文海燕春梅云飞雪峰晨宇轩浩然子涵欣怡"
    "佳琪思远立新长青永福家兴小满秋生春生正阳若水知行乐天向东"
)
_TRADES = ["商贸", "科技", "餐饮管理", "物流", "建筑工程", "机械", "食品", "文化传媒"]
_STYLES = ["海晟", "锦帆", "汇丰源", "同泰", "蓝湾", "远航", "新桥", "金穗", "德隆", "百川"]


class People:
    """The callers of one life, among them some who call again and a few who call all the time."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._known: list[PersonIn] = []
        self._regulars = [self._person() for _ in range(habits.REGULARS)]

    def somebody(self, kind: str, *, enterprise: bool = False) -> PersonIn:
        """Returns who tells of a matter of a kind: anybody, or nobody who says their name."""
        rng = self._rng
        if enterprise:
            return self._enterprise()
        draw = rng.random()
        anonymous = habits.ANONYMOUS * (3 if kind == "report" else 1)
        if draw < anonymous:
            return PersonIn()
        if draw < anonymous + habits.REGULAR_CALLER:
            return rng.choice(self._regulars)
        if draw < anonymous + habits.REGULAR_CALLER + habits.KNOWN_CALLER and self._known:
            return rng.choice(self._known)
        person = self._enterprise() if rng.random() < habits.ENTERPRISE else self._person()
        self._known.append(person)
        return person

    def _person(self) -> PersonIn:
        rng = self._rng
        name = rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2, 2))))
        return PersonIn(
            name=name, phone=self._phone(), do_not_call=rng.random() < habits.DO_NOT_CALL
        )

    def _enterprise(self) -> PersonIn:
        rng = self._rng
        return PersonIn(
            name=f"{rng.choice(_STYLES)}{rng.choice(_TRADES)}有限公司",
            phone=self._phone(),
            kind=Petitioner.Kind.ENTERPRISE,
        )

    def _phone(self) -> str:
        # No network's numbers begin like that.
        return f"10000{self._rng.randrange(10**6):06d}"
