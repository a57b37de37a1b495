"""What cameras write into pictures besides the picture: where and when, with what, whose device.

It stands in parts of the file that can be taken out without a change to any pixel. How the picture
is to be turned is all that stays, and its colour profile. Formats: ITU-T T.81 annex B with CIPA
DC-008 (JPEG), PNG (third edition) 5.3, the WebP container.
"""

import io
import re

from PIL import Image

_ORIENTATION = 0x0112  # of Exif
_EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _APP15, _COMMENT = b"\xd9\xda\xe0\xe1\xe2\xee\xef\xfe"
# What begins a segment and ends coded data: neither a stuffed zero, nor padding, nor a restart.
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")

_PNG_HEAD = 8  # bytes
_PNG_SAYS = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_SAYS = frozenset({b"EXIF", b"XMP "})
_WEBP_FLAGS = 0x0C  # bits of VP8X: there is EXIF, there is XMP


def bare(content: bytes, content_type: str) -> bytes:
    """Returns the same picture without what its camera wrote beside it.

    `content` is a picture that opens (`attachments.check`). Other types come back as they are.
    """
    match content_type:
        case "image/jpeg":
            return _jpeg(content)
        case "image/png":
            return _png(content)
        case "image/webp":
            return _webp(content)
    return content


def _jpeg(content: bytes) -> bytes:
    """Keeps the first picture's own segments; what follows its end are more pictures, or a film."""
    kept = [content[:2], _turned(content)]
    place = 2
    while (found := _MARKER.search(content, place)) and (marker := found[1][0]) != _EOI:
        place = found.start()
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4])
        if marker == _SOS:  # coded data follow
            after = _MARKER.search(content, end)
            end = after.start() if after else len(content)
        if _stays(marker, content[place + 4 : place + 16]):
            kept.append(content[place:end])
        place = max(end, place + 2)
    return b"".join([*kept, bytes((0xFF, _EOI))])


def _stays(marker: int, begins: bytes) -> bool:
    """Tells whether a segment is the picture itself, or says how its colours are to be read."""
    if marker == _APP2:
        return begins.startswith(b"ICC_PROFILE")
    return marker in (_APP0, _APP14) or not (_APP0 <= marker <= _APP15 or marker == _COMMENT)


def _turned(content: bytes) -> bytes:
    """Returns a segment that says how to turn the picture and no more; none where it stands."""
    with Image.open(io.BytesIO(content)) as picture:
        orientation = picture.getexif().get(_ORIENTATION, 1)
    if orientation == 1:
        return b""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    said = exif.tobytes()
    return bytes((0xFF, _APP1)) + (len(said) + 2).to_bytes(2) + said


def _png(content: bytes) -> bytes:
    kept, place, kind = [content[:_PNG_HEAD]], _PNG_HEAD, b""
    while place < len(content) and kind != b"IEND":
        kind = content[place + 4 : place + 8]
        end = place + 12 + int.from_bytes(content[place : place + 4])
        if kind not in _PNG_SAYS:
            kept.append(content[place:end])
        place = end
    return b"".join(kept)


def _webp(content: bytes) -> bytes:
    kept, place = [], 12  # "RIFF", its length, "WEBP"
    while place + 8 <= len(content):
        kind, length = content[place : place + 4], content[place + 4 : place + 8]
        end = place + 8 + int.from_bytes(length, "little")
        end += end % 2  # parts begin at even places
        part = content[place:end]
        if kind == b"VP8X":
            part = part[:8] + bytes((part[8] & ~_WEBP_FLAGS,)) + part[9:]
        if kind not in _WEBP_SAYS:
            kept.append(part)
        place = end
    parts = b"".join([b"WEBP", *kept])
    return b"RIFF" + len(parts).to_bytes(4, "little") + parts
