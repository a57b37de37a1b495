"""The interface as a whole: its parser, its modules, its OpenAPI document."""

import re
from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.openapi import schema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.schema import NinjaGenerateJsonSchema
from pydantic.json_schema import CoreModeRef, CoreRef, DefsRef, models_json_schema

from minsheng.doors.api import (
    calls,
    catalogue,
    citizen,
    counts,
    demand_actions,
    demands,
    directory,
    enquiries,
    evaluation,
    files,
    followups,
    insight,
    knowledge,
    matters,
    orders,
    outside,
    petitioners,
    registers,
    samples,
    supervision,
)
from minsheng.doors.api.answers import Problem, translated
from minsheng.foundation.errors import Invalid

DESCRIPTION = """\
The closed loop of a 12345 hotline for machines. Times are ISO 8601 with zone, dictionaries are
named by code, lists are paged by `next`, and whatever is not done is said as
`{"code", "message", "detail"}`. See `docs/api.md`.
"""


class StrictParser(Parser):
    """Reads JSON as the standard says, and refuses the character that no text contains."""

    def parse_body(self, request: HttpRequest) -> Any:
        data = orjson.loads(request.body)
        if b"\\u0000" in request.body:
            _refuse_nul(data)
        return data

    def parse_querydict(
        self, data: "MultiValueDict[str, Any]", list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        found = super().parse_querydict(data, list_fields, request)
        _refuse_nul(found)
        return found


def _refuse_nul(value: Any, field: str = "") -> None:
    match value:
        case str():
            if "\0" in value:
                raise Invalid("nul", _("文字中含有空字符；请删除后再提交。"), field=field)
        case dict():
            for key, item in value.items():
                _refuse_nul(key, field)
                _refuse_nul(item, str(key))
        case list():
            for item in value:
                _refuse_nul(item, field)


_INSIDE = re.compile(r"(?<=\.)([A-Z]\w*)\.(?=[A-Z])")


class NamedSchemas(NinjaGenerateJsonSchema):
    """Names what is declared inside a class after both: `Demand.Origin` is DemandOrigin.

    The document knows schemas by name alone, and many models have a State or a Kind.
    """

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        ref, mode = core_mode_ref
        return super().get_defs_ref((CoreRef(_INSIDE.sub(r"\1", ref)), mode))


# The library has no other place to say which names it shall give.
schema.NinjaGenerateJsonSchema = NamedSchemas  # type: ignore[attr-defined]


class Api(NinjaAPI):
    """One way to answer errors, one document."""

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        return translated(request, exc)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    @cache  # noqa: B019 (there is one interface)
    def document(self) -> dict[str, Any]:
        """Returns the OpenAPI document."""
        found: dict[str, Any] = self.get_openapi_schema(path_prefix="/api/v1/")
        _refs, definitions = models_json_schema(
            [(Problem, "serialization")], ref_template="#/components/schemas/{model}"
        )
        found["components"]["schemas"].update(definitions["$defs"])
        return found


api = Api(
    title="Minsheng",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
    urls_namespace="api",
)
for module in (
    *(demands, demand_actions, files, petitioners, orders, followups),
    *(counts, catalogue, directory, knowledge, insight, citizen),
    calls,
    enquiries,
    evaluation,
    matters,
    outside,
    registers,
    samples,
    supervision,
):
    api.add_router("", module.router)


@api.get("/openapi.json", include_in_schema=False)
def openapi(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(api.document(), option=orjson.OPT_NON_STR_KEYS),
        content_type="application/json",
    )
