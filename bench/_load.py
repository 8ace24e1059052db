"""Clients that post over kept-alive connections, as many at once as asked, from one thread.

Made to cost the machine little, because it shares the cores with the server it measures.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

RECEIVE_BYTES = 65_536
# Without a single answer more. Kills and restarts take seconds, so this is a server that hangs.
GIVE_UP_SECONDS = 120.0
SILENT_SECONDS = 5.0


@dataclass
class Outcomes:
    """`seconds` is the wait of each acknowledged request, `refused` counts other statuses, `retried` lost replies."""

    seconds: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)
    retried: int = 0
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.elapsed

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def mean(self) -> float:
        return sum(self.seconds) / len(self.seconds)


@dataclass(frozen=True)
class Post:
    """One request, ready to send. `name` identifies it among the acknowledged ones."""

    name: str
    wire: bytes


def post(url: str, path: str, form: str, *, cookies: str = "", name: str = "") -> Post:
    """A form post as a browser sends it; `form` is already encoded."""
    body = form.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nOrigin: {url}\r\nReferer: {url}{path}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nAccept-Encoding: identity\r\n"
        f"Cookie: {cookies}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Post(name or path, head.encode() + body)


class _Client:
    """One kept-alive connection and the request it waits on."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.socket: socket.socket | None = None
        self.request: Post | None = None
        self.sent_at = 0.0
        self.first_sent_at = 0.0
        self.received = b""

    def send(self) -> None:
        assert self.request is not None
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=5)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.request.wire)
        self.socket.setblocking(False)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def run(
    url: str,
    posts: Iterable[Post],
    *,
    clients: int,
    retry: bool = False,
    tick: Callable[[float, int], None] | None = None,
) -> Outcomes:
    """Send every post once, `clients` at a time; a 2xx or 3xx acknowledges it.

    With `retry` a lost reply, a refused connection or a 5xx is sent again, unchanged, until it is answered: what a
    careful tablet does. `tick` is called about every 50 ms with the seconds so far and how many were acknowledged.
    """
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    return _Run(deque(posts), [_Client(address) for _ in range(clients)], retry=retry).until_done(tick)


class _Run:
    def __init__(self, waiting: deque[Post], clients: list[_Client], *, retry: bool) -> None:
        self.waiting = waiting
        self.idle = clients
        self.paused: list[tuple[float, _Client]] = []
        self.busy = 0
        self.retry = retry
        self.outcomes = Outcomes()
        self.selector = selectors.DefaultSelector()

    def until_done(self, tick: Callable[[float, int], None] | None) -> Outcomes:
        started = answered_at = time.perf_counter()
        answered = 0
        while self.waiting or self.busy or self.paused:
            now = time.perf_counter()
            if len(self.outcomes.acknowledged) > answered:
                answered, answered_at = len(self.outcomes.acknowledged), now
            if now - answered_at > GIVE_UP_SECONDS:
                raise TimeoutError("the load did not end")
            if tick is not None:
                tick(now - started, len(self.outcomes.acknowledged))
            self.start_what_is_due(now)
            if self.retry:
                self.give_up_on_silent(now)
            for key, _ in self.selector.select(timeout=0.05):
                self.receive(key.data)
        self.outcomes.elapsed = time.perf_counter() - started
        for client in self.idle:
            client.close()
        return self.outcomes

    def start_what_is_due(self, now: float) -> None:
        for entry in [entry for entry in self.paused if entry[0] <= now]:
            self.paused.remove(entry)
            self.begin(entry[1])
        while self.idle and self.waiting:
            client = self.idle.pop()
            client.request = self.waiting.popleft()
            client.first_sent_at = time.perf_counter()
            self.begin(client)

    def give_up_on_silent(self, now: float) -> None:
        """A request that was waiting for a killed process is never answered nor refused."""
        for key in list(self.selector.get_map().values()):
            if now - key.data.sent_at > SILENT_SECONDS:
                self.selector.unregister(key.fileobj)
                self.fail(key.data)

    def begin(self, client: _Client) -> None:
        self.busy += 1
        try:
            client.send()
        except OSError:
            self.fail(client)
            return
        assert client.socket is not None
        self.selector.register(client.socket, selectors.EVENT_READ, client)

    def receive(self, client: _Client) -> None:
        assert client.socket is not None
        try:
            piece = client.socket.recv(RECEIVE_BYTES)
        except OSError:
            piece = b""
        client.received += piece
        status = _finished(client.received) if piece else None
        if piece and status is None:
            return
        self.selector.unregister(client.socket)
        if status is None or (self.retry and status >= 500):
            self.fail(client)
        else:
            self.acknowledge(client, status)

    def acknowledge(self, client: _Client, status: int) -> None:
        assert client.socket is not None
        assert client.request is not None
        client.socket.setblocking(True)
        if b"connection: close" in client.received.lower():
            client.close()
        self.busy -= 1
        self.idle.append(client)
        if 200 <= status < 400:
            self.outcomes.seconds.append(time.perf_counter() - client.first_sent_at)
            self.outcomes.acknowledged.append(client.request.name)
        else:
            self.outcomes.refused[status] = self.outcomes.refused.get(status, 0) + 1

    def fail(self, client: _Client) -> None:
        client.close()
        if not self.retry:
            raise ConnectionError("the server dropped a request")
        self.outcomes.retried += 1
        self.busy -= 1
        self.paused.append((time.perf_counter() + 0.05, client))


def _finished(received: bytes) -> int | None:
    """The status once the whole reply is here."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[:end].lower()
    marker = head.find(b"content-length:")
    length = int(head[marker + 15 :].split(b"\r\n", 1)[0]) if marker >= 0 else 0
    if len(received) < end + 4 + length:
        return None
    return int(received[9:12])
