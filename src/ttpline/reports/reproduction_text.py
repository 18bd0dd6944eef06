"""The same page as Markdown: what a terminal shows and a file keeps."""

from collections.abc import Iterator
from typing import assert_never

from ttpline.reports.evaluation_table import escape, table
from ttpline.reports.page import Block, Page, Paragraph, Picture, Table


def page_markdown(page: Page) -> str:
    """Everything but the pictures, which are named by what they show."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield f"# {escape(page.title)}"
    for block in page.summary:
        yield from _block(block)
    for section in page.sections:
        yield ""
        yield f"## {escape(section.heading)}"
        for block in section.blocks:
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    yield ""
    match block:
        case Paragraph(text):
            yield escape(text)
        case Table(header, rows, caption):
            if caption:
                yield f"{escape(caption)}:"
                yield ""
            yield from table([escape(cell) for cell in header], rows)
        case Picture(_, alt):
            yield f"({escape(alt)}: in the HTML page)"
        case _:
            assert_never(block)
