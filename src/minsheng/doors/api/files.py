"""Files with demands: stored after a look at what they really are, given out only to be saved."""

from dataclasses import dataclass
from typing import Annotated

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, UploadedFile

from minsheng.demands import actions, queries
from minsheng.demands.models import Attachment
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Id, Number
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes
from minsheng.foundation.errors import NotFound
from minsheng.orders import actions as orders

router = Routes(tags=["files"])


@dataclass(frozen=True, slots=True)
class Uploaded:
    id: int
    name: str
    content_type: str
    size: int
    sha256: str


def uploaded(row: Attachment) -> HttpResponse:
    return answer(Uploaded(row.pk, row.name, row.content_type, row.size, row.sha256), 201)


@router.act("/demands/{number}/attach", "上传附件", Uploaded, status=201)
def attach(
    request: HttpRequest,
    number: Number,
    file: File[UploadedFile],
    public: Annotated[bool, Form(description="Whether the petitioner may see it.")] = False,
) -> HttpResponse:
    """Stores a picture, document, recording or video, after looking at what it really is.

    A unit names it in its reply: once that has passed, and is public, the petitioner sees it.
    """
    actor = caller(request)
    require(actor, "demand.attach")
    return uploaded(orders.attach(actor, queries.id_of(number), file=file, public=public))


@router.act("/drafts/{id}/attach", "为草稿上传附件", Uploaded, status=201)
def attach_to_draft(request: HttpRequest, id: Id, file: File[UploadedFile]) -> HttpResponse:
    return uploaded(actions.attach(caller(request), id, file=file))


def download(row: Attachment) -> HttpResponse:
    """Returns a file as something to save, never to be shown in the page's own name."""
    if not row.file.storage.exists(str(row.file.name)):
        raise NotFound("file_lost", _("附件的文件已不在存储中；请联系管理员从备份恢复。"))
    response = FileResponse(
        row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.content_type
    )
    response.headers["Content-Security-Policy"] = "sandbox"
    return response  # type: ignore[return-value]


@router.file("/attachments/{id}", "下载附件")
def attachment(request: HttpRequest, id: Id) -> HttpResponse:
    return download(queries.attachment(caller(request), id))
