"""A pooler in transaction mode, as small as one can be: every client shares one connection to the server.

It speaks just enough of PostgreSQL's protocol ("Frontend/Backend Protocol", version 3): after each transaction the
server's connection goes to whichever client asks next, with the statements that others prepared on it.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import make_url

SSL, GSS = 80877103, 80877104


class TransactionPooler:
    """Listens on a port of 127.0.0.1 until closed."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        folder = str(url.query["host"])
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(f"{folder}/.s.PGSQL.{url.query.get('port') or url.port or 5432}")
        words = b"user\0" + str(url.username).encode() + b"\0database\0" + str(url.database).encode() + b"\0\0"
        self._server.sendall(struct.pack("!II", 8 + len(words), 196608) + words)
        greeting = [message for message in self._until_ready() if message[:1] == b"S"]
        made_up = b"K" + struct.pack("!III", 12, 987654321, 1)
        self._welcome = (
            b"R" + struct.pack("!II", 8, 0) + b"".join(greeting) + made_up + b"Z" + struct.pack("!I", 5) + b"I"
        )
        self._turn = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"postgresql://{url.username}@127.0.0.1:{self._listening.getsockname()[1]}/{url.database}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            while True:
                (length,) = struct.unpack("!I", _exactly(client, 4))
                code = struct.unpack("!I", _exactly(client, length - 4)[:4])[0]
                if code not in (SSL, GSS):
                    break
                client.sendall(b"N")
            client.sendall(self._welcome)
            open_transaction = False
            while True:
                try:
                    asked = client.recv(65536)
                except OSError:
                    return
                if not asked or asked[:1] == b"X":
                    return
                if not open_transaction:
                    self._turn.acquire()
                self._server.sendall(asked)
                answer = self._until_ready()
                open_transaction = answer[-1][-1:] != b"I"
                if not open_transaction:
                    self._turn.release()
                client.sendall(b"".join(answer))

    def _until_ready(self) -> list[bytes]:
        messages = []
        while True:
            head = _exactly(self._server, 5)
            message = head + _exactly(self._server, struct.unpack("!I", head[1:])[0] - 4)
            messages.append(message)
            if head[:1] == b"Z":
                return messages


@contextmanager
def transaction_pooler(address: str) -> Iterator[Any]:
    pooler = TransactionPooler(address)
    try:
        yield pooler.address
    finally:
        pooler.close()


def _exactly(connection: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        piece = connection.recv(length - len(got))
        if not piece:
            raise ConnectionError
        got += piece
    return got
