"""How the headings of a document are numbered: 一、（一）1.（1）, as GB/T 9704 has it."""

_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """Returns a number from 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def numbered(level: int, number: int, title: str) -> str:
    """Returns a heading with its number; levels count from 1."""
    match level:
        case 1:
            return f"{chinese(number)}、{title}"
        case 2:
            return f"（{chinese(number)}）{title}"
        case 3:
            return f"{number}. {title}"
    return f"（{number}）{title}"


def day(text: str) -> str:
    """Returns an ISO date as a document writes it: 2018年7月9日."""
    year, month, date = text.split("-")
    return f"{int(year)}年{int(month)}月{int(date)}日"
