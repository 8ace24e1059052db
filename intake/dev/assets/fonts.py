"""Makes the fonts of scripts that a device may lack: `python -m intake.dev.assets.fonts`. Needs npm; installs never do.

Each holds the letters of its language's pages, and of the language's name for whoever looks for it on another's. What a
practice or a patient writes besides is drawn by the device. To be made anew when a test finds a letter missing.
Patients' Latin letters are the staff's without hints, which no phone or tablet reads: two fifths of the file.
"""

import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont

from intake.survey.question import wording
from intake.web.http.assets import STATIC

FONTS = STATIC / "fonts"
# Read as texts, on phones of their own.
ELSEWHERE = "text."


@dataclass(frozen=True)
class Source:
    """A font in an npm package, all under the SIL Open Font License 1.1, and the letters that are always kept of it."""

    package: str
    file: str
    always: range = range(0)


def _fontsource(script: str, block: range) -> Source:
    return Source(f"@fontsource/noto-sans-{script}@5.3.0", f"files/noto-sans-{script}-{script}-400-normal.woff2", block)


def _whole(name: str) -> Source:
    """A font with so many letters that other packages hold it in a hundred pieces."""
    package = f"@expo-google-fonts/noto-sans-{name.lower()}@0.4.3"
    return Source(package, f"400Regular/NotoSans{name}_400Regular.ttf")


# The scripts that don't come with every system. Arabic, Persian, Cyrillic and Vietnamese letters do; two of Urdu don't.
SOURCES = {
    "gu": _fontsource("gujarati", range(0xA80, 0xB00)),
    "hi": _fontsource("devanagari", range(0x900, 0x980)),
    "ja": _whole("JP"),
    "ko": _whole("KR"),
    "ur": _fontsource("arabic", range(0x600, 0x700)),
    "zh": _whole("SC"),
    "zh-Hant": _whole("TC"),
}
# The Vietnamese letters that Atkinson Hyperlegible lacks, for names on pages in other languages: without these a word
# is drawn in two sizes. The style sheets set them as large as its own.
VIETNAMESE = {*map(chr, range(0x1EA0, 0x1EFA)), *"ĨĩŨũƠơƯư"}
WEIGHTS = (400, 700)
LATIN = STATIC / "vendor" / "atkinson-hyperlegible"
# Every system can write "اردو".
NAMELESS = {"ur"}


def letters(code: str) -> set[str]:
    """Return the letters of the language's script that its pages hold."""
    pages = (words for key, words in wording.all_words(code).items() if not key.startswith(ELSEWHERE))
    return _beyond_latin("".join(pages)) | _beyond_latin(wording.language(code).name)


def main() -> None:
    for weight in WEIGHTS:
        zero = FONTS / f"plain-zero-{weight}.woff2"
        _keep(f"atkinson-{weight}", _unhinted(LATIN / f"latin-{weight}.woff2", zero=zero))
        _keep(f"atkinson-ext-{weight}", _unhinted(LATIN / f"latin-ext-{weight}.woff2"))
    with tempfile.TemporaryDirectory() as scratch:
        for code, source in SOURCES.items():
            original = _take(source, Path(scratch))
            made = {code: letters(code) | set(map(chr, source.always))}
            if code not in NAMELESS:
                made[f"{code}-name"] = _beyond_latin(wording.language(code).name)
            for name, kept in made.items():
                _keep(f"noto-{name.lower()}", _only(original, kept))
        for weight in WEIGHTS:
            source = Source("@fontsource/noto-sans@5.3.0", f"files/noto-sans-vietnamese-{weight}-normal.woff2")
            _keep(f"noto-vi-{weight}", _only(_take(source, Path(scratch)), VIETNAMESE))


def _keep(name: str, made: bytes) -> None:
    (FONTS / f"{name}.woff2").write_bytes(made)
    sys.stdout.write(f"{name}: {len(made)} bytes\n")


def _take(source: Source, scratch: Path) -> bytes:
    command = ["npm", "pack", "--silent", source.package]
    packed = subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True)
    with tarfile.open(scratch / packed.stdout.split()[-1]) as archive:
        member = archive.extractfile(f"package/{source.file}")
        assert member is not None
        return member.read()


def _unhinted(path: Path, zero: Path | None = None) -> bytes:
    """Return the font without hints; `zero`: a font whose zero takes the place of its own."""
    font = TTFont(path, recalcTimestamp=False)
    if zero is not None:
        plain, name = TTFont(zero), font.getBestCmap()[ord("0")]
        other = plain.getBestCmap()[ord("0")]
        font["glyf"][name], font["hmtx"][name] = plain["glyf"][other], plain["hmtx"][other]
    return _cut(font, set(map(chr, font.getBestCmap())), layout_features=["*"])


def _only(original: bytes, kept: set[str]) -> bytes:
    # A space beside a letter is set from the same font; without one a PDF can't be searched for what stands around it.
    return _cut(TTFont(BytesIO(original), recalcTimestamp=False), kept | {" "})


def _cut(font: TTFont, kept: set[str], **more: Any) -> bytes:
    options = subset.Options(flavor="woff2", hinting=False, name_IDs=[0, 1, 2, 13, 14], **more)
    cutting = subset.Subsetter(options)
    cutting.populate(text="".join(kept))
    cutting.subset(font)
    made = BytesIO()
    subset.save_font(font, made, options)
    return made.getvalue()


def _beyond_latin(words: str) -> set[str]:
    return {letter for letter in words if ord(letter) >= 0x250 and not 0x2000 <= ord(letter) < 0x2070}


if __name__ == "__main__":
    main()
