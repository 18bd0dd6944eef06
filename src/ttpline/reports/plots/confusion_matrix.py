"""The confusion matrix as a picture: each row is a true label, and says what its rows were answered."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ttpline.evaluation.confusion import ConfusionCell, labels_to_show, row_totals
from ttpline.reports.plots.chart import INK, load_altair

MOST_LABELS: Final = 50
"""As many rows as a screen shows with labels that can be read; above that, those with most mistakes are drawn."""
OTHERS: Final = "all others"
_LEAST_WRITTEN = 0.05  # a share that rounds to less than 5 % is colour enough
_SMALL, _LARGE, _FEW_LABELS = 20, 44, 12


def confusion_chart(
    cells: Iterable[ConfusionCell], names: Mapping[str, str], *, title: str = "Confusion matrix"
) -> Any:
    """Row-normalised. ``names`` are the labels in words."""
    alt = load_altair()
    cells = list(cells)
    shown, is_all = labels_to_show(cells, MOST_LABELS)
    totals = row_totals(cells)
    values = _values(cells, shown, totals)
    rows = [label for label in shown if label in totals]
    columns = [*shown, *([OTHERS] if not is_all else [])]
    size = _LARGE if len(shown) <= _FEW_LABELS else _SMALL
    written = {label: f"{label} {names[label]}" if names.get(label, label) != label else label for label in rows}
    for value in values:
        value["row"] = f"{written[value['truth']]} · {totals[value['truth']]:,}"
    font = 11 if size == _LARGE else 9
    lines = {"grid": True, "tickBand": "extent", "ticks": False, "labelPadding": 5, "gridColor": "#eef2f6"}
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "answer:N",
            sort=None,
            scale=alt.Scale(domain=columns),
            axis=alt.Axis(title=None, labelAngle=-90, labelLimit=0, labelFontSize=font, orient="top", **lines),
        ),
        y=alt.Y(
            "row:N",
            sort=None,
            scale=alt.Scale(domain=[f"{written[label]} · {totals[label]:,}" for label in rows]),
            axis=alt.Axis(title=None, labelLimit=0, labelFontSize=font, **lines),
        ),
    )
    squares = base.mark_rect(stroke="#ffffff", strokeWidth=0.5).encode(
        color=alt.Color(
            "share:Q",
            scale=alt.Scale(scheme="blues", domain=[0, 1]),
            legend=alt.Legend(title="share of the row", format="%", orient="bottom", gradientLength=240),
        )
    )
    text = (
        base.transform_filter(f"datum.share >= {_LEAST_WRITTEN}")
        .mark_text(fontSize=font - 1)
        .encode(
            text=alt.Text("percent:N"),
            color=alt.condition("datum.share > 0.45", alt.value("#ffffff"), alt.value(INK)),
        )
    )
    return (squares + text).properties(
        width=size * len(columns),
        height=size * len(rows),
        title=alt.TitleParams(title, subtitle=_subtitle(is_all, len(shown), cells)),
    )


def _values(cells: list[ConfusionCell], shown: list[str], totals: Mapping[str, int]) -> list[dict[str, Any]]:
    kept = set(shown)
    rows: dict[tuple[str, str], int] = {}
    for cell in cells:
        if cell.truth in kept:
            place = (cell.truth, cell.answer if cell.answer in kept else OTHERS)
            rows[place] = rows.get(place, 0) + cell.rows
    return [
        {
            "truth": truth,
            "answer": answer,
            "share": many / totals[truth],
            "percent": f"{100 * many / totals[truth]:.0f}",
        }
        for (truth, answer), many in sorted(rows.items())
    ]


def _subtitle(is_all: bool, shown: int, cells: list[ConfusionCell]) -> list[str]:
    every = len({label for cell in cells for label in (cell.truth, cell.answer)})
    what = "all labels" if is_all else f"the {shown} of {every} labels with most mistakes"
    return [
        f"{what}; down: true label and its rows; across: what was answered",
        f"numbers are percent of the true label's rows, from {_LEAST_WRITTEN:.0%}",
    ]
