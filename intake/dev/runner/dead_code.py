"""Names that the product defines and nobody uses: found by vulture, which is told what templates and tables use.

Run by `./dev check`. Tests don't count as use: what only they call is no part of the product.
"""

import sys
from importlib import import_module

from jinja2 import Environment
from vulture import Vulture

from intake.db import Base
from intake.dev.runner.practices import TOP

PATHS = ("intake", "bench", "wsgi.py")
# Flask, click, pydantic and SQLAlchemy call what stands below these.
DECORATORS = (
    "@bp.*",
    "@of_party",
    "@app.*",
    "@*.command*",
    "@*.group*",
    "@event.listens_for*",
    "@field_validator",
    "@model_validator",
)
# Names that no code of ours reads, by who does.
READ_ELSEWHERE = {
    "WTForms": ("validate_*", "pre_validate", "widget", "option_widget", "Meta"),
    "Flask, Werkzeug, Jinja": (
        "test_client_class",
        "template_folder",
        "trim_blocks",
        "lstrip_blocks",
        "bytecode_cache",
        "sort_keys",
        "max_form_memory_size",
        "log_request",
        "request_class",
        "_get_file_stream",
    ),
    "Flask-Login and Flask-Security": ("_login_user", "_request_callback", "get_last_counter", "set_last_counter"),
    "SQLAlchemy": ("impl", "cache_ok", "process_bind_param", "process_result_value", "type_annotation_map"),
    "HTMLParser": ("handle_starttag", "handle_endtag", "handle_data"),
    "psycopg": ("prepared_max", "autocommit"),
    "pydantic-settings": ("model_config",),
    "python-pptx": ("slide_width", "slide_height", "alignment", "bold", "rgb"),
    "logging and sys": ("handlers", "disabled", "raiseExceptions", "unraisablehook"),
    "carrier_errors.toml, which names them": ("ACCOUNT", "CONTENT"),
    "the carrier's client": ("timeout",),
    "flask.g, read by its name": ("ledger_backlog",),
    "enum, for a value that is none of its own": ("_missing_",),
    # Fields of dataclasses that are gone through as a whole.
    "confidence.likelihood, which weighs every field": (
        "sure_phrase",
        "likely_phrase",
        "long_phrase",
        "own_source",
        "unread_share",
        "words_said",
        "story",
        "others_read",
        "taken_away",
        "unread_beside",
        "denied_nearby",
        "somebody_idle",
        "touching",
        "whole_answer",
        "place_or_sign",
        "steered",
    ),
    "asdict, for the note of an import and the findings of a bench": (
        "deactivation_rows",
        "surveys",
        "refused_or_failed_requests",
        "crossed_with_stop",
        "put_off_to_tomorrow",
        "left_to_a_person",
    ),
    "tests, of the fake carrier that is made for them": ("sent_to",),
    "tests, which prove the whole ledger and its rollups by them": ("compare_ledger", "compare_rollups"),
}


def main() -> int:
    ignored = [name for names in READ_ELSEWHERE.values() for name in names]
    vulture = Vulture(ignore_names=ignored, ignore_decorators=list(DECORATORS))
    vulture.scavenge([str(TOP / path) for path in PATHS])
    for name in _named_in_templates() | _columns():
        vulture.used_names.add(name)
    dead = vulture.get_unused_code(min_confidence=60)
    for item in dead:
        print(f"{item.filename.relative_to(TOP)}:{item.first_lineno}: {item.message}")
    return 1 if dead else 0


def _named_in_templates() -> set[str]:
    lexer = Environment(autoescape=True)
    folders = (TOP / "templates", TOP / "intake" / "dev" / "fake_carrier" / "phone_files")
    texts = (path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.html"))
    return {value for text in texts for _, kind, value in lexer.lex(text) if kind == "name"}


def _columns() -> set[str]:
    """Some are only ever written: people who look into the database read them."""
    # Loads every room, and so every table.
    import_module("intake")
    return {column.key for table in Base.metadata.tables.values() for column in table.columns}


if __name__ == "__main__":
    sys.exit(main())
