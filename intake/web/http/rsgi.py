"""The service behind granian: a request is read whole before a thread is taken, so that a slow sender holds nothing.

Under WSGI granian hands a request to a thread with its first bytes, and two dozen forms that never end stop everybody.
Here the event loop collects the body, with a deadline and a limit, and only then one of a few threads runs the app.
"""

import asyncio
import io
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from granian.rsgi import ProtocolClosed

from intake import log

# What granian is told beside address and workers, wherever it is started. HTTP/1 alone, since the time-out for heads
# doesn't hold for a connection that says nothing while either version may come. Milliseconds; it closes idle ones too.
_HTTP = ("--interface", "rsgi", "--http", "1", "--no-ws", "--http1-header-read-timeout", "10000")
# Its own few lines as JSON too; the file is found from the folder that the server is started in.
OPTIONS = (*_HTTP, "--log-config", "intake/web/http/granian_log.json")

# A form has this long to arrive; whoever sends more earns a second with each so many bytes (half a megabit a second).
BODY_SECONDS = 10.0
BYTES_A_SECOND = 64_000
# Whatever isn't larger is a form; of larger bodies only so many are kept in memory at once, by each process.
FORM_BYTES = 512 * 1024
LARGE_AT_ONCE = 4
# A download larger than this is passed on piece by piece.
PIECE_BYTES = 1024 * 1024
SEND_SECONDS = 30.0


class BodyTooSlow(Exception):
    """The body did not arrive in time."""


class BodyBroken(Exception):
    """The sender went away, or sent something else than it had announced."""


class TooManyLargeBodies(Exception):
    """So many large bodies are being received that one more might exhaust the memory."""


REFUSALS = {
    BodyTooSlow: (408, "What you sent took too long to arrive. Nothing was saved. Go back and send it again."),
    BodyBroken: (400, "What you sent arrived in part only. Nothing was saved. Go back and send it again."),
    TooManyLargeBodies: (503, "Too many files are being sent at this moment. Go back and send yours again."),
}


class BufferedRequests:
    """An RSGI application around a WSGI one; `threads` requests run at once, others wait in the order they came."""

    def __init__(self, app: Any, *, threads: int, most_bytes: int, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._threads = threads
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._large = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="request")

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        self._pool.shutdown(wait=True)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        try:
            body = await self._body(scope.headers, protocol)
        except tuple(REFUSALS) as refused:
            log.logger().warning("request_not_received", reason=type(refused).__name__)
            status, sentence = REFUSALS[type(refused)]
            headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
            protocol.response_str(status, [*headers, ("connection", "close"), ("retry-after", "5")], sentence)
            return
        except ProtocolClosed:
            # The sender went away before the end; there is nobody to answer.
            return
        await self._loop.run_in_executor(self._pool, self._run, environ_of(scope, body), protocol)

    async def _body(self, headers: Any, protocol: Any) -> bytes:
        """The whole body. One longer than the service takes is received and forgotten, so that the refusal is read."""
        announced = headers.get("content-length")
        if announced is None and headers.get("transfer-encoding") is None:
            return b""
        length = int(announced) if announced and announced.isascii() and announced.isdigit() else None
        if length is not None and length <= FORM_BYTES:
            try:
                body: bytes = await asyncio.wait_for(protocol(), self._seconds)
            except TimeoutError:
                raise BodyTooSlow from None
            if len(body) != length:
                raise BodyBroken
            return body
        return await self._in_pieces(length, protocol)

    async def _in_pieces(self, length: int | None, protocol: Any) -> bytes:
        began, received, kept, large = self._loop.time(), 0, bytearray(), False
        pieces = aiter(protocol)
        try:
            while True:
                left = began + self._seconds + received / BYTES_A_SECOND - self._loop.time()
                try:
                    piece = await asyncio.wait_for(anext(pieces), left)
                except StopAsyncIteration:
                    break
                except TimeoutError:
                    raise BodyTooSlow from None
                received += len(piece)
                if received > FORM_BYTES and not large:
                    if self._large >= LARGE_AT_ONCE:
                        raise TooManyLargeBodies
                    large = True
                    self._large += 1
                if received <= self._most_bytes:
                    kept += piece
                elif length is None:
                    raise BodyBroken
        finally:
            self._large -= large
        if length is not None and received != length:
            raise BodyBroken
        return bytes(kept) if received <= self._most_bytes else b""

    def _run(self, environ: dict[str, Any], protocol: Any) -> None:
        answer: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _problem: Any = None) -> None:
            answer[:] = [int(status[:3]), headers]

        pieces = self._app(environ, start_response)
        try:
            self._send(protocol, answer, pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def _send(self, protocol: Any, answer: list[Any], pieces: Iterable[bytes]) -> None:
        held = bytearray()
        rest = iter(pieces)
        for piece in rest:
            held += piece
            if len(held) > PIECE_BYTES:
                break
        else:
            protocol.response_bytes(*answer, bytes(held))
            return
        stream = protocol.response_stream(*answer)
        self._pass_on(stream, held)
        for piece in rest:
            self._pass_on(stream, piece)

    def _pass_on(self, stream: Any, piece: bytes | bytearray) -> None:
        async def send() -> None:
            await stream.send_bytes(bytes(piece))

        asyncio.run_coroutine_threadsafe(send(), self._loop).result(SEND_SECONDS)


def buffered(app: Flask) -> BufferedRequests:
    """The service as granian loads it."""
    settings = app.config["SETTINGS"]
    return BufferedRequests(app, threads=settings.web_threads, most_bytes=app.config["MAX_CONTENT_LENGTH"])


def environ_of(scope: Any, body: bytes) -> dict[str, Any]:
    """The request as PEP 3333 wants it. Headers with an underscore are left out: they could pass for others."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        between = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{between}{value}" if key in environ else value
    return environ
