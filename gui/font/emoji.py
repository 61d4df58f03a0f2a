#!/usr/bin/python3
"""Builds emoji.zip, the pictures of emoji; see README.md."""

import io
import zipfile

from fontTools.ttLib import TTFont
from PIL import Image

SOURCE = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
SIZE = 44  # pixels: twice the height of a line of ordinary comments
COLOURS = 48
LEFT_OUT = set("0123456789#*©®\u200d\ufe0f\u20e3™‼⁉")
SKIN = range(0x1F3FB, 0x1F400)

font = TTFont(SOURCE)
pictures = {name: glyph.imageData for name, glyph in font["CBDT"].strikeData[0].items()}
letter = {name: code for code, name in font.getBestCmap().items()}

sequences = {}
for code, name in font.getBestCmap().items():
    if chr(code) not in LEFT_OUT and code not in SKIN and code < 0xE0000 and not 0x1F1E6 <= code <= 0x1F1FF:
        sequences[(code,)] = name
for lookup in font["GSUB"].table.LookupList.Lookup:
    for table in lookup.SubTable:
        table = getattr(table, "ExtSubTable", table)
        for first, ligatures in getattr(table, "ligatures", {}).items():
            for ligature in ligatures:
                codes = [letter.get(name) for name in [first] + ligature.Component]
                if None in codes or any(c in SKIN or c >= 0xE0000 for c in codes):
                    continue  # skin tones are shown as the neutral picture
                sequences[tuple(c for c in codes if c != 0xFE0F)] = ligature.LigGlyph

with zipfile.ZipFile("emoji.zip", "w", zipfile.ZIP_STORED) as out:
    for codes, name in sorted(sequences.items()):
        if name not in pictures:
            continue
        image = Image.open(io.BytesIO(pictures[name])).convert("RGBA")
        side = max(image.size)
        square = Image.new("RGBA", (side, side))
        square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
        small = square.resize((SIZE, SIZE), Image.LANCZOS).quantize(COLOURS, method=Image.FASTOCTREE)
        png = io.BytesIO()
        small.save(png, "PNG", optimize=True)
        entry = zipfile.ZipInfo("-".join("%x" % c for c in codes), (1980, 1, 1, 0, 0, 0))
        out.writestr(entry, png.getvalue())
