"""Files with a demand: what they really are is looked at, not believed."""

import hashlib
import io
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import puremagic
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image

from minsheng.demands import films, pictures
from minsheng.demands.models import Attachment, Demand
from minsheng.demands.withheld import Bare
from minsheng.foundation import text
from minsheng.foundation.errors import Invalid

MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 20

#: What people send with a demand, by ending; the content must be what the ending says.
TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".amr": "audio/amr",
    ".mp4": "video/mp4",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that passed: its safe name, its real type, its bytes and their SHA-256.

    `nothing_besides` says that it is bare already.
    """

    name: str
    content_type: str
    content: bytes
    sha256: str
    nothing_besides: bool = field(default=False, compare=False)

    def bare(self) -> "Checked":
        """Returns the file without what the camera wrote into a picture or film besides it."""
        if self.nothing_besides:
            return self
        if self.content_type == "video/mp4":
            content = films.bare(self.content)
        else:
            content = pictures.bare(self.content, self.content_type)
        sha256 = hashlib.sha256(content).hexdigest()
        return replace(self, content=content, sha256=sha256, nothing_besides=True)


def check(file: "UploadedFile[Any]") -> Checked:
    """Returns the file once its size, ending and content agree; raises Invalid otherwise."""
    name = text.clean((file.name or "").replace("\\", "/").rsplit("/", 1)[-1], 150)
    ending = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending not in TYPES:
        raise Invalid("file_type", _("不接受这种文件；请上传图片、PDF、Word、Excel、录音或视频。"))
    if file.size is None or file.size > MOST_BYTES:
        raise Invalid("file_size", _("文件超过20MB；请压缩后再上传。"))
    content = file.read()
    if not content:
        raise Invalid("file_empty", _("文件是空的；请重新选择。"))
    if not _is(ending, content):
        raise Invalid("file_content", _("文件内容与后缀“%s”不符；请上传原始文件。") % ending)
    return Checked(name, TYPES[ending], content, hashlib.sha256(content).hexdigest())


def _is(ending: str, content: bytes) -> bool:
    """Tells whether the bytes are what the ending says."""
    if TYPES[ending].startswith("image/"):
        try:
            with Image.open(io.BytesIO(content)) as picture:
                picture.verify()
                # Phones put a second picture behind a JPEG's first (MPO): depth, or brightness.
                format = "JPEG" if picture.format == "MPO" else picture.format or ""
                return Image.MIME.get(format) == TYPES[ending]
        except Exception:  # Pillow raises what it likes on broken pictures
            return False
    try:
        found = {match.extension.lower() for match in puremagic.magic_string(content)}
    except puremagic.PureError:
        return False
    return ending in found


def check_count(demand: Demand) -> None:
    """Raises Invalid when a demand has as many files as it may have."""
    if demand.attachments.count() >= MOST_FILES:
        raise Invalid("file_count", _("每件诉求最多%d个附件；请先整理。") % MOST_FILES)


def store(demand: Demand, checked: Checked, *, by: str, at: datetime) -> Attachment:
    """Writes the file to the store and returns its (unsaved) row.

    The path comes from the content, so a write repeated after a failure lands on the same place.
    """
    row = Attachment(
        demand=demand,
        name=checked.name,
        content_type=checked.content_type,
        size=len(checked.content),
        sha256=checked.sha256,
        by=by,
        at=at,
    )
    path = f"{at:%Y/%m}/{demand.pk}-{checked.sha256[:16]}{_ending(checked.name)}"
    storage = row.file.storage
    row.file.name = (
        path if storage.exists(path) else storage.save(path, ContentFile(checked.content))
    )
    return row


def bare_name(name: str, bare: Bare) -> str:
    """Returns the name of a file without the petitioner; no file system minds what masks them."""
    return bare(name).replace("*", "_")


def make_bare(row: Attachment, bare: Bare) -> bool:
    """Makes a file that is kept, and its name, bare; tells whether there was anything to hide.

    The file itself stays until `jobs.remove_orphans` finds that no row names it any more.
    """
    with row.file.open() as file:
        kept = Checked(row.name, row.content_type, file.read(), row.sha256)
    left = replace(kept.bare(), name=bare_name(kept.name, bare))
    if left == kept:
        return False
    new = store(row.demand, left, by=row.by, at=row.at)
    row.name, row.file, row.size, row.sha256 = new.name, new.file, new.size, new.sha256
    row.save()
    return True


def _ending(name: str) -> str:
    return "." + name.rsplit(".", 1)[-1].lower()
