"""Every training of a reproduction by accuracy and weighted F1, and the published pairs where they are a measure."""

from typing import TYPE_CHECKING, Any

from ttpline.evaluation.reproduction import AS_PUBLISHED, PUBLISHED, Reproduction, percent
from ttpline.reports.plots.chart import SEQUENCE, load_altair

if TYPE_CHECKING:
    import altair

_OURS, _VARIANT, _PUBLISHED = AS_PUBLISHED, "one thing changed", "published figures"
_MARGIN_POINTS = 2.0


def reproduction_chart(found: Reproduction) -> "altair.TopLevelMixin":
    """Per row, in percent; colour is the model, shape says whether it is ours, a variant or a published pair."""
    alt: Any = load_altair()
    values = [
        {
            "model": each.model,
            "kind": _OURS if each.variant == AS_PUBLISHED else _VARIANT,
            "accuracy": percent(each, "accuracy"),
            "f1": percent(each, "weighted_f1_all"),
        }
        for each in found.outcomes
    ]
    kinds = [_OURS, _VARIANT]
    if found.is_study:
        kinds.append(_PUBLISHED)
        values += [
            {"model": model, "kind": _PUBLISHED, "accuracy": pair.accuracy, "f1": pair.weighted_f1}
            for model, pair in PUBLISHED.items()
        ]
    shapes = {_OURS: "circle", _VARIANT: "triangle-up", _PUBLISHED: "cross"}
    models = list(PUBLISHED)
    axes = {name: _domain([float(str(value[name])) for value in values]) for name in ("accuracy", "f1")}
    drawn: altair.TopLevelMixin = (
        alt.Chart(alt.Data(values=values))
        .mark_point(size=90, opacity=0.8)
        .encode(
            x=alt.X("accuracy:Q", title="accuracy per row, %", scale=alt.Scale(domain=axes["accuracy"], nice=False)),
            y=alt.Y("f1:Q", title="weighted F1 per row, %", scale=alt.Scale(domain=axes["f1"], nice=False)),
            color=alt.Color(
                "model:N", title=None, sort=models, scale=alt.Scale(domain=models, range=list(SEQUENCE[: len(models)]))
            ),
            shape=alt.Shape(
                "kind:N", title=None, sort=kinds, scale=alt.Scale(domain=kinds, range=[shapes[kind] for kind in kinds])
            ),
        )
        .properties(width=460, height=320)
    )
    return drawn


def _domain(values: list[float]) -> tuple[float, float]:
    return max(0.0, min(values) - _MARGIN_POINTS), min(100.0, max(values) + _MARGIN_POINTS)
