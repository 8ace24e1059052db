"""Tables of web pages: what many systems save as .xls is one."""

from html.parser import HTMLParser

from intake.directory.schedule.file.import_errors import UnreadableFile
from intake.directory.schedule.file.table import MOST_COLUMNS, MOST_ROWS, Cell, SheetRows, filled_down

_MOST_SPANNED = 1_000


class _TableReader(HTMLParser):
    """Collects the rows of all tables of a page, in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.hidden: set[int] = set()
        self.merged: list[tuple[int, int, int, int]] = []
        self.taken: set[tuple[int, int]] = set()
        self.text: list[str] | None = None
        self.across = 1
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self.unread += 1
        elif tag == "tr":
            self.close_cell()
            if len(self.rows) >= MOST_ROWS:
                raise UnreadableFile(f"more than {MOST_ROWS:,} rows", "a schedule cut into smaller files")
            self.rows.append([])
            if "hidden" in given or "display:none" in given.get("style", "").replace(" ", "").casefold():
                self.hidden.add(len(self.rows))
        elif tag in ("td", "th") and self.rows:
            self.close_cell()
            row, at = self.rows[-1], len(self.rows) - 1
            # A cell that reaches down from a row above takes this place.
            while (at, len(row)) in self.taken:
                row.append("")
            across, down = (_span(given.get(name)) for name in ("colspan", "rowspan"))
            if down > 1:
                self.merged.append((at, len(row), at + down - 1, len(row)))
                self.taken |= {(at + lower, len(row) + right) for lower in range(1, down) for right in range(across)}
                if len(self.taken) > MOST_ROWS * MOST_COLUMNS // 4:
                    raise UnreadableFile(
                        "a web page with cells that span far more than a schedule", "an ordinary table"
                    )
            self.text = []
            self.across = across
        elif tag == "br" and self.text is not None:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.unread = max(0, self.unread - 1)
        elif tag in ("td", "th", "tr", "table"):
            self.close_cell()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.unread:
            self.text.append(data)

    def close_cell(self) -> None:
        if self.text is None:
            return
        row = self.rows[-1]
        row.extend([" ".join("".join(self.text).split()), *[""] * (self.across - 1)])
        self.text = None
        if len(row) > MOST_COLUMNS:
            raise UnreadableFile(f"{len(row):,} columns", f"at most {MOST_COLUMNS}", row=len(self.rows))


def _span(said: str | None) -> int:
    return min(int(said), _MOST_SPANNED) if said and said.strip().isascii() and said.strip().isdigit() else 1


def read_web_tables(text: str, encoding: str) -> SheetRows:
    """Rows of the tables of a page; raises UnreadableFile."""
    reader = _TableReader()
    reader.feed(text)
    reader.close()
    reader.close_cell()
    rows: list[list[Cell]] = [list(row) for row in reader.rows]
    filled_down(rows, reader.merged)
    return SheetRows(rows, f"a web page in {encoding} with a table", hidden=frozenset(reader.hidden))
