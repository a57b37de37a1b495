"""Who people are does not leave the house: taken out of a text before it is sent, put back after.

Names, numbers, doors and plates become placeholders such as 【姓名1】. What is known of the
petitioner is taken out wherever it stands; the rest is found by how it is written, which is careful
rather than exact: a placeholder too many does no harm.
"""

import re
from collections.abc import Collection, Iterator

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤"
    "花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄"
    "米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万"
    "支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊甄曲封储靳焦牧山谷车侯全班仰秋仲宫宁仇"
    "甘厉祖武符刘景詹束龙叶幸司黎薄印宿白怀蒲从索赖卓屠蒙池乔阴胥苍闻党翟谭贡劳申扶冉宰郦雍桑桂牛寿通边扈燕冀尚农"
    "温庄晏柴瞿阎充慕连习艾容向古易慎戈廖庾终居衡步都耿满弘匡国文寇广禄阙东欧沃利蔚越夔隆师巩聂晁勾敖融冷辛阚那简饶"
    "曾沙丰巢关相查红游权盖益桓公岳帅缑亢况郈有琴肖涂闫覃"
)
_HAN = "\u4e00-\u9fff"
_TITLES = "先生|女士|小姐|老师|经理|主任|同志|师傅|老板|医生|大爷|大妈|阿姨|律师|书记|局长|队长"

_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_DOOR = r"[A-Za-z]?\d{1,4}(?:号楼|栋|幢|号院|单元|室|户|号|弄)"
_CALLED = "我叫|我是|本人|姓名|名叫|联系人|业主|户主"

#: What is found by how it is written (the group `it`), in the order in which it is looked for.
_WRITTEN = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("邮箱", r"(?P<it>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"),
        ("证件号", r"(?<![0-9A-Za-z])(?P<it>\d{17}[\dXx])(?![0-9A-Za-z])"),
        ("号码", r"(?<!\d)(?P<it>(?:\+?86[- ]?)?\d(?:[- ]?\d){6,})(?!\d)"),
        ("账号", r"(?:微信号?|QQ号?)[:：是为]{0,2}\s*(?P<it>[A-Za-z0-9_-]{5,})"),
        ("车牌", f"(?P<it>[{_PLATES}][A-Z][·.]?[A-Z0-9]{{5,6}})"),
        ("门牌", rf"(?P<it>(?:{_DOOR}){{1,4}}(?:\d{{3,4}}(?!\d))?)"),
        ("姓名", f"(?:{_CALLED})[:：是]{{0,2}}(?P<it>[{_SURNAMES}][{_HAN}]{{1,2}})"),
        ("姓名", f"(?P<it>[{_SURNAMES}][{_HAN}]{{0,2}}?)(?:{_TITLES})"),
    )
)


class Masked:
    """A text without identities, and what stands behind each placeholder."""

    def __init__(self, text: str, known: Collection[str] = ()) -> None:
        """Takes out of `text` the `known` names and numbers, and whatever looks like some."""
        self._behind: dict[str, str] = {}
        self._placeholders: dict[str, str] = {}
        for one in sorted((one for one in known if len(one) > 1), key=len, reverse=True):
            text = text.replace(one, self._placeholder("本人信息", one))
        for kind, pattern in _WRITTEN:
            text = "".join(self._without(kind, pattern, text))
        self.text = text

    def restored(self, text: str) -> str:
        """Returns what came back with the identities in their places again."""
        for placeholder, original in self._behind.items():
            text = text.replace(placeholder, original)
        return text

    def _without(self, kind: str, pattern: re.Pattern[str], text: str) -> Iterator[str]:
        # What stands between two placeholders is looked at; they themselves are left alone.
        for part in re.split("(【[^】]{1,8}】)", text):
            if part in self._behind:
                yield part
            else:
                yield pattern.sub(
                    lambda found: found[0].replace(
                        found["it"], self._placeholder(kind, found["it"]), 1
                    ),
                    part,
                )

    def _placeholder(self, kind: str, original: str) -> str:
        if original not in self._placeholders:
            placeholder = f"【{kind}{len(self._behind) + 1}】"
            self._placeholders[original], self._behind[placeholder] = placeholder, original
        return self._placeholders[original]
