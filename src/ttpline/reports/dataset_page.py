"""A ``Description`` as one offline HTML page: the chapters whole, with pictures."""

from collections.abc import Iterator

from ttpline.datasets.description import Description
from ttpline.reports.dataset_chapters import Chapter, chapters, facts
from ttpline.reports.page import Block, Page, Paragraph, Picture, Section, Table, render_page
from ttpline.reports.plots import chart, counts_against_rows, label_bars, label_pairs, leakage_bars, length_bars


def description_page(found: Description) -> str:
    """The page; the same description gives the same bytes. ``MissingExtraError`` without what draws the pictures."""
    summary = (Table(("", ""), facts(found)),)
    return render_page(Page(f"Data: {found.name}", [_section(each, found) for each in chapters(found)], summary))


def _section(chapter: Chapter, found: Description) -> Section:
    blocks: list[Block] = [Paragraph(sentence) for sentence in chapter.sentences]
    return Section(chapter.heading, [*blocks, *_pictures(chapter.name, found), *chapter.tables])


def _pictures(chapter: str, found: Description) -> Iterator[Picture]:
    match chapter:
        case "techniques":
            alt = "Bars of rows and times seen for each label"
            yield Picture(
                chart.svg(label_bars.draw(found.grouping.before, "Before grouping")), f"{alt} before grouping"
            )
            yield Picture(chart.svg(label_bars.draw(found.grouping.after, "After grouping")), f"{alt} after grouping")
        case "counts":
            drawn = counts_against_rows.draw(found.grouping.before)
            caption = "On the line, every row was seen once; far above it, a few rows are seen all the time."
            yield Picture(chart.svg(drawn), "Times seen against rows of each label", caption)
        case "shared" if found.shared.pairs:
            drawn = label_pairs.draw(found.shared.pairs)
            yield Picture(chart.svg(drawn), "How many commands pairs of labels share")
        case "lengths":
            for lengths in found.lengths:
                yield Picture(chart.svg(length_bars.draw(lengths)), f"Rows by length in {lengths.unit}")
        case "leakage" if found.leakage:
            yield Picture(chart.svg(leakage_bars.draw(found.leakage)), "Share of leaked test rows by split")
