"""Photos as phones make them are taken, and what they tell besides the picture is not passed on."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image, PngImagePlugin

from minsheng.demands import actions as demands
from minsheng.demands import attachments, pictures
from minsheng.demands.models import Attachment

WIDE, HIGH = 40, 24
OWNER = b"Sun Xiaoyu's phone"


def exif() -> Image.Exif:
    said = Image.Exif()
    said[ExifTags.Base.Orientation] = 6
    said[ExifTags.Base.Artist] = OWNER.decode()
    said.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (39.0, 7.0, 12.0)
    return said


def drawn() -> Image.Image:
    return Image.linear_gradient("L").resize((WIDE, HIGH)).convert("RGB")


def photo(format: str, **more: object) -> bytes:
    made = io.BytesIO()
    drawn().save(made, format, exif=exif(), **more)
    return made.getvalue()


def phones() -> bytes:
    """A photo with a second picture, as many phones make one."""
    return photo("MPO", save_all=True, append_images=[drawn()])


def film() -> bytes:
    """A photo with a film behind it."""
    return photo("JPEG") + b"ftypmp42" + OWNER


def noted() -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_itxt("Author", OWNER.decode())
    return photo("PNG", pnginfo=said)


KINDS = [
    ("image/jpeg", lambda: photo("JPEG", comment=OWNER)),
    ("image/jpeg", lambda: photo("JPEG", progressive=True)),
    ("image/jpeg", phones),
    ("image/jpeg", film),
    ("image/png", noted),
    ("image/webp", lambda: photo("WEBP", lossless=True, xmp=OWNER)),
]


@pytest.mark.parametrize(("content_type", "taken"), KINDS)
def test_only_the_picture_stays(content_type, taken):
    before = taken()
    assert OWNER in before
    after = pictures.bare(before, content_type)
    assert OWNER not in after
    with Image.open(io.BytesIO(before)) as first, Image.open(io.BytesIO(after)) as second:
        assert Image.MIME[second.format] == content_type
        assert second.tobytes() == first.tobytes()
        assert not second.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        turned = second.getexif().get(ExifTags.Base.Orientation)
    assert turned == (6 if content_type == "image/jpeg" else None)
    assert pictures.bare(after, content_type) == after


def test_a_photo_with_a_second_picture_is_a_photo():
    taken = SimpleUploadedFile("现场.jpg", phones(), content_type="image/jpeg")
    assert attachments.check(taken).content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("who", "confidential", "told"),
    [("petitioner", False, False), ("agent", False, True), ("agent", True, False)],
)
def test_nobody_learns_where_a_petitioner_took_a_photo(town, who, confidential, told):
    demand = town.accept(confidential=confidential)
    actor = town.petitioner(demand) if who == "petitioner" else town.actor(who)
    taken = SimpleUploadedFile("现场.jpg", photo("JPEG"), content_type="image/jpeg")
    demands.attach(actor, demand.pk, file=taken)
    kept = Attachment.objects.get()
    content = kept.file.read()
    assert (OWNER in content) == told
    assert kept.size == len(content)
