"""Merges the slices of the Chinese fonts that npm installed into whole fonts, for documents.

A browser takes the slices that a page needs; a PDF and a picture need one font with all characters.
Usage: python scripts/fonts.py FOLDER (of the fonts to be made)
"""

import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fontTools.merge import Merger, Options
from fontTools.ttLib import TTFont

SLICES = Path("node_modules/@fontsource")
#: package, weight, family name in documents: one family for each weight, so that no program has
#: to guess what is bold.
FONTS = [
    ("noto-serif-sc", 400, "Minsheng Serif"),
    ("noto-serif-sc", 700, "Minsheng Title"),
    ("noto-sans-sc", 400, "Minsheng Sans"),
]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(make, [folder] * len(FONTS), FONTS))
    licence = SLICES / FONTS[0][0] / "LICENSE"
    (folder / "OFL.txt").write_text(licence.read_text(encoding="utf-8"), encoding="utf-8")


def make(folder: Path, wanted: tuple[str, int, str]) -> None:
    logging.disable(logging.WARNING)
    package, weight, family = wanted
    files = slices(package, weight)
    font = Merger(Options(drop_tables=DROPPED)).merge([str(file) for file in files])
    name(font, family)
    font.save(folder / f"{family.replace(' ', '-')}.ttf")


#: What lays out other scripts or vertical text; the slices differ in it.
DROPPED = ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "STAT", "DSIG"]


def slices(package: str, weight: int) -> list[Path]:
    """Returns a font's slices: Latin first, so that digits are its own, then those by number."""
    numbered = (SLICES / package / "files").glob(f"{package}-*-{weight}-normal.woff2")
    names = {file.name.removeprefix(f"{package}-").split("-")[0]: file for file in numbered}
    chinese = [names[key] for key in sorted((k for k in names if k.isdigit()), key=int)]
    latin = SLICES / package / "files" / f"{package}-latin-{weight}-normal.woff2"
    if not latin.is_file() or not chinese:
        sys.exit(f"{package} {weight}: no slices in {SLICES}; run npm ci first.")
    return [latin, *chinese]


def name(font: TTFont, family: str) -> None:
    """Gives a font one plain name everywhere."""
    table = font["name"]
    table.names = [row for row in table.names if row.nameID not in (1, 2, 3, 4, 6, 16, 17, 21, 22)]
    texts = {1: family, 2: "Regular", 3: family, 4: family, 6: family.replace(" ", "-")}
    for number, text in texts.items():
        table.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 400
    font["OS/2"].fsSelection = 0x40
    font["head"].macStyle = 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
