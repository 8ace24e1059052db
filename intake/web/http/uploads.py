"""What is uploaded stays in memory: spooled to the folder for passing files, a schedule would lie there in clear."""

import io
from typing import IO, Any

from flask import Request


class RequestInMemory(Request):
    """Files of a form as bytes in memory. How many may be there at once is bounded where requests are received."""

    def _get_file_stream(self, *_about: Any, **_more: Any) -> IO[bytes]:
        return io.BytesIO()
