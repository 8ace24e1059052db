"""Compression of pages, also where no proxy stands in front."""

import secrets
import struct
import zlib

from flask import Flask, Response, request

SMALLEST = 600
TYPES = ("text/html", "text/csv", "text/plain", "application/json", "image/svg+xml")
GZIP_HEAD = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff"
LONGEST_PADDING = 64


def init_app(app: Flask) -> None:
    app.after_request(compress)


def compress(response: Response) -> Response:
    """Compress a finished text response when the browser takes gzip; leave streams and small ones alone."""
    if (
        response.is_streamed
        or response.direct_passthrough
        or response.status_code in (204, 304)
        or "Content-Encoding" in response.headers
        or not (response.content_type or "").startswith(TYPES)
    ):
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) < SMALLEST or not request.accept_encodings["gzip"]:
        return response
    response.set_data(_gzip(body))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _gzip(body: bytes) -> bytes:
    # A page may hold both a secret (the form token) and what somebody typed, and its compressed length would then
    # tell a listener whether the two look alike. A comment of random length in the gzip head blurs that.
    padding = b"." * secrets.randbelow(LONGEST_PADDING) + b"\x00"
    deflater = zlib.compressobj(7, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflater.compress(body) + deflater.flush()
    return GZIP_HEAD + padding + packed + struct.pack("<LL", zlib.crc32(body), len(body) & 0xFFFFFFFF)
