"""The PostgreSQL that a bench measures on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import PostgresMissing, PostgresServer, start_postgres, stop_postgres


@contextmanager
def server_if_there(*, kept: Path | None = None, **options: str) -> Iterator[PostgresServer | None]:
    """One for the length of the block; None, said aloud, where there are no binaries."""
    try:
        server = start_postgres(kept=kept, **options)
    except PostgresMissing as missing:
        print(f"postgresql: not measured: {missing}", flush=True)
        yield None
        return
    try:
        yield server
    finally:
        stop_postgres(server)
