"""How requests reach the service: whole or not at all, whatever the sender does."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from flask import Flask, Response, request
from granian.rsgi import ProtocolClosed

from intake.web.http import rsgi
from intake.web.http.rsgi import BufferedRequests

MOST = 2_000_000


class Protocol:
    """A sender: `pieces` arrive one by one, None never does."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)
        self.answer = None
        self.streamed = b""

    async def _next(self):
        piece = self.pieces.pop(0)
        if piece is None:
            await asyncio.Event().wait()
        return piece

    async def __call__(self):
        whole = b""
        while self.pieces:
            whole += await self._next()
        return whole

    async def __aiter__(self):
        while self.pieces:
            yield await self._next()

    def response_str(self, status, headers, body):
        self.response_bytes(status, headers, body.encode())

    def response_bytes(self, status, headers, body):
        self.answer = (status, dict(headers), body)

    def response_stream(self, status, headers):
        self.answer = (status, dict(headers), None)
        return self

    async def send_bytes(self, piece):
        self.streamed += piece


class Headers(list):
    def items(self):
        return self

    def get(self, name):
        return next((value for key, value in self if key == name), None)


@pytest.fixture
def asked():
    """What the service was asked, request by request."""
    return []


@pytest.fixture
def server(asked):
    app = Flask(__name__)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path):
        asked.append((dict(request.headers), request.get_data()))
        if path == "long":
            return Response(b"0123456789" * 1000 for _ in range(300))
        return path

    return BufferedRequests(app, threads=2, most_bytes=MOST, seconds=0.05)


def send(server, protocol, *headers, method="POST", path="/x"):
    scope = SimpleNamespace(
        proto="http",
        http_version="1.1",
        server="127.0.0.1:8000",
        client="127.0.0.1:4711",
        scheme="http",
        method=method,
        path=path,
        query_string="",
        headers=Headers([("host", "localhost"), *headers]),
    )

    async def serve():
        loop = asyncio.get_running_loop()
        server.__rsgi_init__(loop)
        try:
            await server.__rsgi__(scope, protocol)
        finally:
            server.__rsgi_del__(loop)

    # In a thread of its own: a browser's tests in this process leave a loop running in theirs.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, serve()).result()
    return protocol.answer


def length(number):
    return ("content-length", str(number))


def test_a_request_without_a_body_and_one_with_reach_the_service(server, asked):
    assert send(server, Protocol(), method="GET")[0] == 200
    assert send(server, Protocol(b"ab", b"c"), length(3))[0] == 200
    assert send(server, Protocol(b"ab", b"c"), ("transfer-encoding", "chunked"))[0] == 200
    assert [body for _, body in asked] == [b"", b"abc", b"abc"]


@pytest.mark.parametrize(
    ("pieces", "header"),
    [
        ([b"abc", None], length(10)),
        ([None], length(10)),
        ([b"abc", None], ("transfer-encoding", "chunked")),
        ([b"a" * 1000, None], length(MOST)),
    ],
)
def test_a_body_that_does_not_come_in_time_never_takes_a_thread(server, asked, pieces, header):
    status, headers, sentence = send(server, Protocol(*pieces), header)
    assert (status, headers["connection"]) == (408, "close")
    assert b"Nothing was saved" in sentence
    assert asked == []


@pytest.mark.parametrize("announced", [10, 1_000_000])
def test_a_body_that_ends_early_is_no_request(server, asked, announced):
    assert send(server, Protocol(b"abc"), length(announced))[0] == 400
    assert asked == []


def test_a_sender_who_has_gone_is_not_answered(server, asked):
    class Gone(Protocol):
        async def __call__(self):
            raise ProtocolClosed

    assert send(server, Gone(), length(10)) is None
    assert asked == []


def test_more_than_the_service_takes_is_received_and_forgotten(server, asked):
    assert send(server, Protocol(*[b"x" * 1_000_000] * 5), length(5_000_000))[0] == 200
    # The service judges by the length, and has nothing to keep.
    assert [(headers["Content-Length"], body) for headers, body in asked] == [("5000000", b"")]
    assert send(server, Protocol(*[b"x" * 1_000_000] * 5), ("transfer-encoding", "chunked"))[0] == 400


def test_only_so_many_large_bodies_are_kept_at_once(server, asked, monkeypatch):
    monkeypatch.setattr(rsgi, "LARGE_AT_ONCE", 0)
    status, headers, _ = send(server, Protocol(b"x" * 1_000_000), length(1_000_000))
    assert (status, headers["retry-after"]) == (503, "5")
    assert send(server, Protocol(b"abc"), length(3))[0] == 200


def test_a_long_download_goes_out_in_pieces(server):
    protocol = Protocol()
    send(server, protocol, method="GET", path="/long")
    assert len(protocol.streamed) == 3_000_000


def test_headers_arrive_as_they_were_sent_and_none_passes_for_another(server, asked):
    sent = [("cookie", "a=1"), ("cookie", "b=2"), ("x-forwarded-for", "1"), ("x_forwarded_for", "9"), ("accept", "x")]
    send(server, Protocol(), *sent, method="GET", path="/é")
    headers = asked[0][0]
    assert (headers["Cookie"], headers["X-Forwarded-For"]) == ("a=1; b=2", "1")
