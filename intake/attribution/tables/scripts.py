"""Scripts that this machine's fonts have no letters for: no empty boxes stand in a PDF, but a sentence that says so."""

import re
import subprocess
import unicodedata
from functools import lru_cache

# Stands for a run of letters that can't be printed.
LEFT_OUT = "[…]"
# Everything in the Latin faces that come with the service.
_OWN = 0x250
_LONGEST_WAIT_SECONDS = 20
# What a script is called, by the beginning of its characters' names, and the Debian package that prints it.
_SCRIPTS = (
    ("CJK", "Chinese", "fonts-noto-cjk"),
    ("HIRAGANA", "Japanese", "fonts-noto-cjk"),
    ("KATAKANA", "Japanese", "fonts-noto-cjk"),
    ("HANGUL", "Korean", "fonts-noto-cjk"),
)
_EMOJI, _EMOJI_PACKAGE, _OTHER_PACKAGE = "emoji", "fonts-noto-color-emoji", "fonts-noto-core"
_TEXT = re.compile(r"[^\x00-\u024f]+")


def without_unprintable(html: str) -> tuple[str, str]:
    """Return the page with `[…]` for letters that no font here has, and a sentence on what to install, or nothing."""
    missing: dict[str, str] = {}

    def printable(found: re.Match[str]) -> str:
        made, is_out = [], False
        for letter in found[0]:
            # Joiners, selectors and accents go with the letter that they belong to.
            belongs = unicodedata.category(letter) in ("Cf", "Mn", "Me") or unicodedata.category(letter) == "Sk"
            if has_letter(ord(letter)) and not (belongs and is_out):
                made.append(letter)
                is_out = False
                continue
            if not belongs:
                script, package = _script(letter)
                missing[script] = package
            if not is_out and not belongs:
                made.append(LEFT_OUT)
                is_out = True
        return "".join(made)

    made = _TEXT.sub(printable, html)
    if not missing:
        return made, ""
    *before, last = sorted(missing)
    scripts = f"{', '.join(before)} and {last}" if before else last
    packages = " ".join(sorted(set(missing.values())))
    said = f"This server has no font for {scripts}: what is written so stands as {LEFT_OUT}."
    return made, f"{said} Whoever looks after it: apt-get install {packages}"


def has_letter(code: int) -> bool:
    """Whether a font of ours or of this machine has this character; True where that can't be found out."""
    ranges = _covered()
    return code < _OWN or not ranges or any(first <= code <= last for first, last in ranges)


@lru_cache(maxsize=1)
def _covered() -> tuple[tuple[int, int], ...]:
    """First and last of each stretch of characters that some font has; fontconfig comes with Pango."""
    try:
        listed = subprocess.run(
            ["fc-list", "--format", "%{charset}\n"],
            capture_output=True,
            text=True,
            timeout=_LONGEST_WAIT_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    stretches = set(listed.split())
    ends = sorted((int(each.partition("-")[0], 16), int(each.rpartition("-")[2], 16)) for each in stretches)
    merged: list[tuple[int, int]] = []
    for first, last in ends:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def _script(letter: str) -> tuple[str, str]:
    """(what the script of a character is called, package that prints it)"""
    name = unicodedata.name(letter, "")
    for beginning, called, package in _SCRIPTS:
        if name.startswith(beginning):
            return called, package
    if unicodedata.category(letter) in ("So", "Cn", "Co"):
        return _EMOJI, _EMOJI_PACKAGE
    return name.partition(" ")[0].capitalize() or "some letters", _OTHER_PACKAGE
