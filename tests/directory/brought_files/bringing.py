"""Files brought in as a person does it: choose, look at the preview, enter."""

import io
from typing import Any

from tests.clients import Client
from tests.pages import text_of


def send(client: Client, what: str, content: str | bytes) -> Any:
    """Choose a file; returns the page that says what it would do, or where it was chosen and why it can't be read."""
    data = content.encode("utf-8-sig") if isinstance(content, str) else content
    file = (io.BytesIO(data), "export.csv")
    answer = client.post("/files", data={"what": what, "file": file}, content_type="multipart/form-data")
    assert answer.status_code == 303
    page = client.get(answer.location)
    page.address = answer.location
    return page


def bring_in(client: Client, what: str, content: str | bytes) -> str:
    """Enter a file; returns what the preview said."""
    page = send(client, what, content)
    client.post(page.address)
    return text_of(page)


def take_back(client: Client, address: str) -> str:
    """Take the file back whose page is at `address`; returns the page afterwards."""
    return text_of(client.get(client.post(f"{address}/take-back").location))
