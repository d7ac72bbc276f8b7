"""HTML pages as tests look at them: what stands in which table, and what a browser says of them."""

import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "br", "line", "rect", "circle"}


class Page(HTMLParser):
    """A page: its tables by the heading above each, all elements with their attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.headers: dict[str, list[str]] = {}
        self.text = ""
        self.open: list[str] = []
        self._heading = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h2", "h3", "summary"):
            self._heading = ""
        elif tag == "table":
            self.headers[self._heading], self.tables[self._heading] = [], []
        elif tag == "tr":
            self.tables[self._heading].append([])
        elif tag == "td":
            self.tables[self._heading][-1].append("")
        elif tag == "th":
            self.headers[self._heading].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes what is not open"
        if tag == "thead":
            self.tables[self._heading] = []

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"h2", "h3", "summary"} & set(self.open):
            self._heading += data
        elif "td" in self.open:
            self.tables[self._heading][-1][-1] += data
        elif "th" in self.open:
            self.headers[self._heading][-1] += data

    def column(self, heading: str, title: str) -> list[str]:
        """Return the cells below one title of the table below a heading, spaces as one."""
        place = self.headers[heading].index(title)
        return [" ".join(row[place].split()) for row in self.tables[heading]]

    def values(self, name: str) -> Iterator[str]:
        """Yield the values of an attribute, of whatever elements have it."""
        yield from (str(attributes[name]) for _, attributes in self.elements if name in attributes)


def opened(browser: str, page: Path, folder: Path, width: int = 1280) -> tuple[list[str], Path]:
    """Open a page in headless Chromium; return what it says on its console, and a picture of it."""
    picture = folder / "page.png"
    switches = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]
    finished = subprocess.run(
        [
            browser,
            *switches,
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},2000",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return re.findall(r"CONSOLE[^\]]*\] (.*)", finished.stderr), picture
