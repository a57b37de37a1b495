"""What goes out: JSON bytes, and one shape for everything that was not done."""

import logging
from typing import Any

import orjson
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel, Field

from minsheng.foundation.errors import Refused
from minsheng.foundation.unavailable import unavailable

log = logging.getLogger("minsheng.api")

# Two actions waited for each other, or could not be ordered: whoever lost may try again.
_CONTENDED = frozenset({"40001", "40P01", "55P03"})


class Problem(BaseModel):
    """Why something was not done: a code for machines, a sentence for people."""

    code: str = Field(examples=["wrong_state"])
    message: str = Field(examples=["工单现在是“已签收”，不能签收；请刷新后按当前状态办理。"])
    detail: dict[str, Any] = Field(description="What the refusal is about, by its code.")


def answer(value: Any, status: int = 200) -> HttpResponse:
    """Returns `value` (dataclasses, models of pydantic, moments and all) as a JSON response."""
    return as_json(orjson.dumps(value, default=_plain), status)


def as_json(text: str | bytes, status: int = 200) -> HttpResponse:
    """Returns what is JSON already."""
    return HttpResponse(text, status=status, content_type="application/json")


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(f"the API cannot say {type(value).__name__}")


def problem(
    status: int, code: str, message: Any, detail: dict[str, Any] | None = None
) -> HttpResponse:
    """Returns the one shape of everything that was not done."""
    return answer({"code": code, "message": str(message), "detail": detail or {}}, status)


def translated(request: HttpRequest, error: Exception) -> HttpResponse:
    """Returns the response to what went wrong. What nobody foresaw is logged, and a 500."""
    match error:
        case Refused():
            response = problem(error.status, error.code, error.message, error.detail)
            if error.status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
        case ValidationError():
            return _invalid(error)
        case Http404():
            return problem(404, "unknown_address", _("没有这个接口地址；请核对网址。"))
        case RequestDataTooBig() | TooManyFieldsSent() | TooManyFilesSent():
            return too_big()
        case HttpError() if isinstance(error.__cause__, Refused):  # by the parser
            return translated(request, error.__cause__)
        case HttpError() if error.status_code == 400:
            return problem(400, "malformed", _("请求内容不是有效的 JSON；请检查格式和编码。"))
        case MultiPartParserError() | SuspiciousOperation() | UnreadablePostError():
            return problem(400, "malformed", _("请求无法读取；请检查格式和编码。"))
        case IntegrityError():
            return problem(409, "conflict", _("另一项操作刚刚做了同样的事；请刷新后核对。"))
        case DataError():
            return problem(422, "unfit", _("有内容无法保存；请检查长度和范围。"))
        case OperationalError() if _sqlstate(error) in _CONTENDED:
            return problem(409, "busy", _("另一项操作正在进行；请稍后重试。"))
    if stopped := unavailable(error):
        log.error("%s %s: %s", request.method, request.path, " ".join(str(error).split()))
        return problem(stopped.status, stopped.code, stopped.message)
    got_request_exception.send(sender=None, request=request)
    log.error("%s %s", request.method, request.path, exc_info=error)
    return problem(500, "internal", _("系统出现意外错误，已记录；请稍后重试或联系管理员。"))


def too_big() -> HttpResponse:
    return problem(413, "too_big", _("请求内容太大；请减小后重试。"))


def _sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", "") or ""


def _invalid(error: ValidationError) -> HttpResponse:
    """Returns the refusal of what does not fit the schema; the sentence names the first field."""
    found = [{"field": _field(each["loc"]), "problem": each["type"]} for each in error.errors]
    first = error.errors[0]
    values = {"field": found[0]["field"], "msg": first["msg"], **first.get("ctx", {})}
    sentence = _sentences().get(first["type"]) or _("“%(field)s”不正确：%(msg)s")
    return problem(422, "invalid", sentence % values, {"fields": found})


def _field(location: tuple[str | int, ...]) -> str:
    """Returns the name of a field as the sender wrote it: without source and parameter."""
    source, *names = map(str, location)
    if source == "body" and len(names) > 1:
        names = names[1:]
    return ".".join(names) or source


def _sentences() -> dict[str, str]:
    text = _("“%(field)s”应为文字；请改正。")
    number = _("“%(field)s”应为数字；请改正。")
    moment = _("“%(field)s”不是有效的日期时间；请按 ISO 8601 填写并带时区。")
    day = _("“%(field)s”不是有效的日期；请写成 2026-01-31 的样子。")
    choice = _("“%(field)s”须是其中之一：%(expected)s。")
    return {
        "missing": _("缺少必填项“%(field)s”；请补充后再提交。"),
        "extra_forbidden": _("没有“%(field)s”这个字段；请核对字段名。"),
        "string_type": text,
        "string_too_long": _("“%(field)s”太长，最多%(max_length)s个字符。"),
        "string_too_short": _("“%(field)s”太短，至少%(min_length)s个字符。"),
        "string_pattern_mismatch": _("“%(field)s”的写法不正确；请核对。"),
        "too_long": _("“%(field)s”太多，最多%(max_length)s项。"),
        "too_short": _("“%(field)s”太少，至少%(min_length)s项。"),
        "list_type": _("“%(field)s”应为列表；请改正。"),
        "int_type": number,
        "int_parsing": number,
        "int_parsing_size": number,
        "int_from_float": number,
        "float_type": number,
        "float_parsing": number,
        "finite_number": number,
        "value_error": _("“%(field)s”超出允许的范围；请核对。"),
        "bool_type": _("“%(field)s”应为 true 或 false；请改正。"),
        "bool_parsing": _("“%(field)s”应为 true 或 false；请改正。"),
        "greater_than_equal": _("“%(field)s”不能小于%(ge)s。"),
        "less_than_equal": _("“%(field)s”不能大于%(le)s。"),
        "literal_error": choice,
        "enum": choice,
        "datetime_type": moment,
        "datetime_parsing": moment,
        "datetime_from_date_parsing": moment,
        "timezone_aware": moment,
        "date_type": day,
        "date_parsing": day,
        "date_from_datetime_parsing": day,
        "date_from_datetime_inexact": day,
    }
