"""Clients that post over kept-alive connections, as many at once as asked, from one thread."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# Without a single answer more. Kills and restarts take seconds, so this is a server that hangs.
GIVE_UP_SECONDS = 120.0
# A request that was waiting for a killed process is never answered nor refused.
SILENT_SECONDS = 5.0


@dataclass
class Outcomes:
    """`seconds` is the wait of each acknowledged request, `refused` counts other statuses, `retried` lost replies."""

    seconds: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    retried: int = 0
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.elapsed


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


def run(
    url: str,
    posts: Iterable[Post],
    *,
    clients: int,
    retry: bool = False,
    tick: Callable[[float, int], None] = lambda elapsed, acknowledged: None,
) -> Outcomes:
    """Send every post once, `clients` at a time; a 2xx or 3xx acknowledges it.

    With `retry` a lost reply, a refused connection or a 5xx is sent again, unchanged, until it is answered: what a
    careful tablet does. `tick` is called about every 50 ms with the seconds so far and how many were acknowledged.
    """
    return asyncio.run(_run(url, posts, clients, retry, tick))


async def _run(
    url: str, posts: Iterable[Post], clients: int, retry: bool, tick: Callable[[float, int], None]
) -> Outcomes:
    outcomes, waiting, started = Outcomes(), iter(posts), time.perf_counter()

    async def watch() -> None:
        answered, answered_at = 0, started
        while (now := time.perf_counter()) - answered_at <= GIVE_UP_SECONDS:
            tick(now - started, len(outcomes.acknowledged))
            if len(outcomes.acknowledged) > answered:
                answered, answered_at = len(outcomes.acknowledged), now
            await asyncio.sleep(0.05)
        raise TimeoutError("the load did not end")

    work = asyncio.gather(*(_send(url, waiting, outcomes, retry=retry) for _ in range(clients)))
    ended, _ = await asyncio.wait({asyncio.ensure_future(watch()), work}, return_when=asyncio.FIRST_COMPLETED)
    for each in ended:
        each.result()
    outcomes.elapsed = time.perf_counter() - started
    return outcomes


async def _send(url: str, waiting: Iterable[Post], outcomes: Outcomes, *, retry: bool) -> None:
    """One client, with one connection at a time."""
    address = urlsplit(url)
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for request in waiting:
        began, status = time.perf_counter(), 0
        while not status:
            closes = True
            try:
                async with asyncio.timeout(SILENT_SECONDS if retry else None):
                    connection = connection or await asyncio.open_connection(address.hostname, address.port or 80)
                    status, closes = await _answer(*connection, request.wire)
            except (OSError, EOFError):
                if not retry:
                    raise ConnectionError("the server dropped a request") from None
            if connection is not None and (closes or (retry and status >= 500)):
                connection[1].close()
                connection = None
            if retry and (not status or status >= 500):
                status, outcomes.retried = 0, outcomes.retried + 1
                await asyncio.sleep(0.05)
        if status < 400:
            outcomes.seconds.append(time.perf_counter() - began)
            outcomes.acknowledged.append(request.name)
        else:
            outcomes.refused[status] += 1


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: bytes) -> tuple[int, bool]:
    """The status, once the whole reply is here, and whether the server closes the connection."""
    writer.write(wire)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0))
    return int(head[9:12]), b"connection: close" in head
