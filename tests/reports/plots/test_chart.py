"""Charts are drawn offline, the same each time, and text in them stays text."""

import polars as pl

from ttpline.reports.plots.chart import load_altair, png, svg


def _chart(label: str) -> object:
    alt = load_altair()
    return alt.Chart(pl.DataFrame({"x": [label], "n": [1]})).mark_bar().encode(x="n:Q", y="x:N")


def test_the_same_chart_gives_the_same_svg() -> None:
    assert svg(_chart("a")) == svg(_chart("a"))  # type: ignore[arg-type]  # altair is Any here


def test_text_of_a_label_is_escaped() -> None:
    drawn = svg(_chart("<script>x</script>"))  # type: ignore[arg-type]
    assert "<script" not in drawn
    assert "&lt;script&gt;x" in drawn


def test_png_is_a_png() -> None:
    assert png(_chart("a")).startswith(b"\x89PNG")  # type: ignore[arg-type]
