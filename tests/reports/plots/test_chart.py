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


def test_a_chart_with_a_gradient_is_the_same_however_many_were_drawn_before() -> None:
    alt = load_altair()
    data = pl.DataFrame({"x": ["a", "b"], "n": [1, 2]})
    heat = alt.Chart(data).mark_rect().encode(x="x:N", color=alt.Color("n:Q"))
    first = svg(heat)
    assert "url(#gradient_0)" in first
    assert svg(heat) == first
