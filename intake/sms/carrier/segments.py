"""Segments of a text, which are what it costs.

3GPP TS 23.038: the GSM 7-bit default alphabet, 160 characters in one segment or 153 in each of several, those of the
extension table counting twice; any other character makes the whole text UCS-2, 70 or 67 in UTF-16 code units.
"""

from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class Segments:
    """`encoding` 'GSM-7' or 'UCS-2'; `units` used of the `room` in `count` segments; `odd`: what forced UCS-2."""

    encoding: str
    count: int
    units: int
    room: int
    odd: tuple[str, ...] = ()


def segments_of(text: str) -> Segments:
    """Count the segments of `text` exactly as the carrier does; an empty text takes one."""
    odd = tuple(dict.fromkeys(letter for letter in text if letter not in GSM_BASIC and letter not in GSM_EXTENDED))
    if not odd:
        widths = [2 if letter in GSM_EXTENDED else 1 for letter in text]
        encoding, single, each = "GSM-7", 160, 153
    else:
        widths = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
        encoding, single, each = "UCS-2", 70, 67
    units = sum(widths)
    if units <= single:
        return Segments(encoding, 1, units, single, odd)
    # A character of two units is never cut in half, so a segment may end one short.
    count, used = 1, 0
    for width in widths:
        if used + width > each:
            count, used = count + 1, 0
        used += width
    return Segments(encoding, count, units, count * each, odd)


def in_gsm(text: str) -> str:
    """Return `text` with characters that GSM-7 lacks replaced, where all of it then fits: it takes half the segments.

    Typographic marks become typewriter ones, and the accents of Spanish, French, Portuguese and Polish go that most
    people leave out when they text; é, ñ, ü and ¿ are in the alphabet and stay. A text in Arabic or Vietnamese, which
    would be UCS-2 anyway, keeps every letter.
    """
    typed = text.translate(_TYPED)
    folded = typed.translate(_FOLDED)
    return folded if all(letter in GSM_BASIC or letter in GSM_EXTENDED for letter in folded) else typed


_TYPED = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_FOLDED = str.maketrans("áíóúâêîôûãõëïçąćęłńóśźżÁÍÓÚÂÊÎÔÛÃÕËÏĄĆĘŁŃŚŹŻ", "aiouaeiouaoeicacelnoszzAIOUAEIOUAOEIACELNSZZ")
