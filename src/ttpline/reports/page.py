"""One HTML page that holds everything: no script, no link to fetch, every text escaped.

A page is data (``Page``, sections of blocks) until ``render_page``; what builds one never writes markup. Pictures are
SVG inside ``<img>``, where no script in them could run and no id of one meets another's. The content security policy in
the page's head forbids everything else, so text from a hostile log stays text.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import assert_never

from ttpline.domain.printable import printable

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1b2733; --soft: #5a6875; --line: #d8dfe6; --paper: #fff; --band: #f4f7fa; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf0; --soft: #9aa8b5; --line: #364350; --paper: #12181f; --band: #1a222b; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 1rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
nav a { margin-right: 1rem; } a { color: inherit; }
p { max-width: 48rem; } .wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: 0 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } .number { text-align: right; } td.number { white-space: nowrap; }
tbody tr:hover { background: var(--band); }
td { overflow-wrap: anywhere; min-width: 4rem; } td code { white-space: pre-wrap; }
figure { margin: 1rem 0; } figure img { max-width: 100%; height: auto; background: #fff; }
figcaption { color: var(--soft); max-width: 48rem; }
@media print { nav { display: none; } }
"""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or a few."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text; columns of numbers stand to the right, their names too. Names that are all empty make no head."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    code_columns: frozenset[int] = frozenset()
    """Columns (from 0) that hold commands: in a fixed-width face, blanks kept."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG document; ``alt`` says what it shows to who cannot see it."""

    svg: str
    alt: str
    caption: str = ""


Block = Paragraph | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    sections: Sequence[Section]
    summary: Sequence[Block] = ()
    """What stands above the first section."""


def render_page(page: Page) -> str:
    """The page as one HTML document; the same page gives the same bytes."""
    return "\n".join(_document(page)) + "\n"


def _document(page: Page) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(page.title)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{_text(page.title)}</h1>"
    for block in page.summary:
        yield from _block(block)
    if len(page.sections) > 1:
        links = (f'<a href="#s{number}">{_text(part.heading)}</a>' for number, part in enumerate(page.sections))
        yield f"<nav>{' '.join(links)}</nav>"
    for number, section in enumerate(page.sections):
        yield f'<section id="s{number}"><h2>{_text(section.heading)}</h2>'
        for block in section.blocks:
            yield from _block(block)
        yield "</section>"
    yield "</body></html>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield f"<p>{_text(text)}</p>"
        case Table():
            yield from _table(block)
        case Picture(svg, alt, caption):
            image = base64.b64encode(svg.encode()).decode()
            yield f'<figure><img alt="{_text(alt)}" src="data:image/svg+xml;base64,{image}">'
            yield f"<figcaption>{_text(caption)}</figcaption></figure>" if caption else "</figure>"
        case _:
            assert_never(block)


def _table(table: Table) -> Iterator[str]:
    numbers = {
        place
        for place in range(len(table.header))
        if table.rows and place not in table.code_columns and all(_is_number(row[place]) for row in table.rows)
    }
    yield '<div class="wide"><table>'
    if table.caption:
        yield f"<caption>{_text(table.caption)}</caption>"
    if any(table.header):
        cells = (_cell(place, cell, frozenset(), numbers, "th") for place, cell in enumerate(table.header))
        yield f"<thead><tr>{''.join(cells)}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        cells = (_cell(place, cell, table.code_columns, numbers, "td") for place, cell in enumerate(row))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _cell(place: int, cell: str, code_columns: frozenset[int], numbers: set[int], tag: str) -> str:
    if place in code_columns:
        return f"<{tag}><code>{_text(cell)}</code></{tag}>"
    return f'<{tag} class="number">{_text(cell)}</{tag}>' if place in numbers else f"<{tag}>{_text(cell)}</{tag}>"


def _is_number(cell: str) -> bool:
    return cell.lstrip("<+-− ")[:1].isdigit() or cell in ("", "–")


def _text(text: str) -> str:
    """Escaped for HTML, with control and bidirectional characters shown as escapes."""
    return escape(printable(text), quote=True)
