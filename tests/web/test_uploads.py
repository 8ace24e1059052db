"""What is uploaded never lies in clear on the disk."""

import io
import tempfile

import pytest
from flask import Flask, request


@pytest.mark.on("sqlite")
def test_a_large_upload_touches_no_folder_for_passing_files(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise AssertionError("a file was made")

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    content = b"Quillon,5185550177\n" * 200_000
    with app.test_request_context("/schedule", method="POST", data={"file": (io.BytesIO(content), "today.csv")}):
        stream = request.files["file"].stream
        assert isinstance(stream, io.BytesIO)
        assert stream.read() == content
