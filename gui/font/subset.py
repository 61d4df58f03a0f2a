#!/usr/bin/python3
"""Builds the two fonts this directory holds; see README.md."""

import subprocess
from zipfile import ZipFile

from fontTools.ttLib import TTFont

SOURCE = "/usr/share/fonts/opentype/noto/NotoSansCJK-%s.ttc"
SC = 2  # the Simplified Chinese face inside the collection


def two_byte(codec):
    """Every character the two-byte codec can say."""
    found = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                found.update(bytes([lead, trail]).decode(codec))
            except UnicodeDecodeError:
                pass
    return found


def span(*pairs):
    return {chr(c) for first, last in pairs for c in range(first, last + 1)}


COMMON = span(
    (0x20, 0x7E), (0xA0, 0x17F),  # Latin
    (0x370, 0x3FF), (0x400, 0x45F),  # Greek, Cyrillic
    (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF),  # punctuation, money
    (0x2100, 0x22FF), (0x2460, 0x24FF),  # letter-like, arrows, mathematics, circled
    (0x2500, 0x266F),  # boxes, shapes, stars, notes
    (0x3000, 0x30FF), (0x31F0, 0x31FF),  # CJK punctuation, kana
    (0xFE30, 0xFE4F), (0xFF01, 0xFFEE),  # vertical forms, full and half width
)


def build(weight, letters, output):
    with open("unicodes.txt", "w") as file:
        file.write("\n".join("%X" % ord(c) for c in sorted(letters) if 0x20 <= ord(c) < 0xE000 or ord(c) >= 0xF900))
    subprocess.run([
        "pyftsubset", SOURCE % weight, "--font-number=%d" % SC, "--unicodes-file=unicodes.txt",
        "--layout-features=", "--no-hinting", "--notdef-outline", "--no-prune-unicode-ranges",
        "--name-IDs=0,1,2,3,4,5,6,13,14", "--drop-tables+=vhea,vmtx,VORG,BASE,GPOS,GSUB,GDEF,DSIG",
        "--output-file=" + output,
    ], check=True)


# One character that is missing here makes the toolkit load the system's font
# of all Chinese, Japanese and Korean: so the regular weight has all there are,
# but for combining marks, which it does not place, and emoji.
EVERYTHING = {chr(c) for c in TTFont(SOURCE % "Regular", fontNumber=SC).getBestCmap()}
EMOJI = {chr(int(name.split("-")[0], 16)) for name in ZipFile("emoji.zip").namelist()}

build("Regular", COMMON | two_byte("gbk") | two_byte("cp932") | EVERYTHING - EMOJI - span((0x300, 0x36F)), "NotoSansCJKsc-Regular.otf")
build("Bold", COMMON | two_byte("gb2312") | two_byte("shift_jis"), "NotoSansCJKsc-Bold-GB2312-JIS.otf")
subprocess.run(["rm", "unicodes.txt"], check=True)
