"""The charts: each function returns a Vega-Lite specification, built with Altair, that names its data.

Colours are the page's CSS variables, so that one drawing serves light, dark and print. Expressions stay
within what Vega's interpreter evaluates, because the page forbids ``eval``. Text from data comes in as
titles, domains and values only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]

STRATEGY_COLOURS = [f"var(--s{i})" for i in range(10)]
CLASS_COLOURS = [f"var(--k{i})" for i in range(8)]
DASHES = ([1, 0], [6, 3], [2, 2])
# With more strategies than this, curves start with the baseline and the recommendation picked out
MANY = 8

CONFIG: Spec = {
    "background": "transparent",
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "mark": {"aria": False},
    "view": {"stroke": "var(--line)"},
    "axis": {
        "labelColor": "var(--muted)", "titleColor": "var(--ink)", "gridColor": "var(--line)",
        "domainColor": "var(--line)", "tickColor": "var(--line)", "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": 500, "labelLimit": 190, "titleLimit": 400, "titlePadding": 8,
    },
    "legend": {
        "labelColor": "var(--ink)", "titleColor": "var(--muted)", "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": 500, "labelLimit": 150, "symbolStrokeWidth": 2.5, "rowPadding": 3,
    },
    "text": {"color": "var(--ink)", "fontSize": 12},
    "rule": {"color": "var(--muted)"},
}  # fmt: skip


def cycle(values: Sequence[Any], length: int, step: int = 1) -> list[Any]:
    """`values` repeated to `length`, each held for `step` places."""
    return [values[i // step % len(values)] for i in range(length)]


def finish(chart: Any, description: str, height: int = 320) -> Spec:
    """The specification of a chart that fills its container and carries its text alternative."""
    made = chart.properties(width="container", height=height, description=description)
    # the tests validate every specification against the schema; here it would double the time of a page
    spec: Spec = made.to_dict(validate=False)
    spec.pop("config", None)
    return spec


def strategy_colour(strategies: Sequence[str], columns: int = 3) -> dict[str, Any]:
    """The encodings that keep strategies apart: ten colours, then the same ones dashed."""
    import altair as alt

    legend = alt.Legend(orient="bottom", columns=columns, symbolType="stroke", title=None, symbolSize=220)
    size = len(strategies)
    colours = alt.Scale(domain=list(strategies), range=cycle(STRATEGY_COLOURS, size))
    dashes = alt.Scale(domain=list(strategies), range=cycle(DASHES, size, len(STRATEGY_COLOURS)))
    dash = alt.StrokeDash("strategy:N", scale=dashes, legend=legend)
    return {"color": alt.Color("strategy:N", scale=colours, legend=legend), "strokeDash": dash}


def picker(name: str, field: str, label: str, options: Sequence[str], start: str) -> tuple[Any, str]:
    """A choice shown above a chart, and the test that keeps the rows of what is chosen."""
    import altair as alt

    bound = alt.binding_select(options=list(options), name=f"{label} ")
    return alt.param(name=name, bind=bound, value=start), f"datum.{field} === {name}"


def comparison(metrics: Sequence[str], start: str, strategies: Sequence[str]) -> Spec:
    """One metric at a time: the test value of each strategy and its cross-validated interval."""
    import altair as alt

    chosen, keep = picker("metric", "metric", "Metric", metrics, start)
    base = alt.Chart(alt.NamedData("comparison")).transform_filter(keep)
    y = alt.Y(
        "strategy:N",
        scale=alt.Scale(domain=list(strategies)),
        title=None,
        axis=alt.Axis(grid=True, ticks=False, domain=False),
    )
    x = alt.Scale(zero=False, nice=True)
    interval = base.mark_rule(strokeWidth=3, color="var(--soft)", strokeCap="round").encode(
        y=y, x=alt.X("low:Q", title=None, scale=x, axis=alt.Axis(tickCount=8)), x2="high:Q"
    )
    mean = base.mark_tick(thickness=2, size=13, color="var(--muted)").encode(y=y, x="mean:Q")
    tips = [alt.Tooltip("strategy:N")] + [
        alt.Tooltip(f"{field}:Q", format=".4g", title=title)
        for field, title in (
            ("test", "test"),
            ("mean", "cross-validated mean"),
            ("low", "low"),
            ("high", "high"),
        )
    ]
    test = base.mark_point(size=75, filled=True, opacity=1, color="var(--accent)").encode(
        y=y, x="test:Q", tooltip=tips
    )
    first = alt.FieldEqualPredicate(field="strategy", equal=strategies[0])
    baseline = base.transform_filter(first).mark_rule(strokeDash=[3, 3]).encode(x="test:Q")
    chart = alt.layer(interval, baseline, mean, test).add_params(chosen)
    about = f"Dot: test value; bar: cross-validated interval, for {len(strategies)} strategies."
    return finish(chart, about, 25 * len(strategies))


def xray(metrics: Sequence[str], lines: Sequence[str]) -> Spec:
    """One metric at a time: what each line of an X-ray reports, and the range of its folds."""
    import altair as alt

    chosen, keep = picker("xray_metric", "metric", "Metric", metrics, metrics[0])
    base = alt.Chart(alt.NamedData("xray")).transform_filter(keep)
    y = alt.Y(
        "line:N",
        scale=alt.Scale(domain=list(lines)),
        title=None,
        axis=alt.Axis(grid=True, ticks=False, domain=False),
    )
    x = alt.X("value:Q", title=None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=8))
    span = base.mark_rule(strokeWidth=3, color="var(--soft)", strokeCap="round").encode(
        y=y, x=alt.X("low:Q", title=None), x2="high:Q"
    )
    first = alt.FieldEqualPredicate(field="line", equal=lines[0])
    honest = base.transform_filter(first).mark_rule(strokeDash=[3, 3]).encode(x=x)
    kinds = ["honest", "leak"]
    tips = [alt.Tooltip("line:N", title="evaluation")]
    tips += [alt.Tooltip(f"{field}:Q", format=".4g") for field in ("value", "low", "high")]
    points = base.mark_point(size=95, filled=True, opacity=1).encode(
        y=y,
        x=x,
        color=alt.Color(
            "kind:N", scale=alt.Scale(domain=kinds, range=["var(--accent)", "var(--bad)"]), legend=None
        ),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["circle", "diamond"]), legend=None),
        tooltip=tips,
    )
    chart = alt.layer(span, honest, points).add_params(chosen)
    about = f"Dot: honest figure; diamond: what a leak reports; bar: range, for {len(lines)} evaluations."
    return finish(chart, about, 32 * len(lines))


def class_picker(classes: Sequence[str], rarest: str | None) -> tuple[list[Any], str]:
    """The class picker of a multi-class chart and its test; for binary data a test that all rows pass."""
    if rarest is None:
        return [], "true"
    param, keep = picker("shown", "label", "Class, against the rest", classes, rarest)
    return [param], keep


def lines(
    data: str, x: Any, y: Any, strategies: Sequence[str], strong: Sequence[str], keep: str
) -> list[Any]:
    """Curves of all strategies, as two layers: the legend picks some out, the pointer one."""
    import altair as alt

    start: dict[str, Any] = (
        {"value": [{"strategy": name} for name in strong]} if len(strategies) > MANY else {}
    )
    picked = alt.selection_point(name="picked", fields=["strategy"], bind="legend", **start)
    near = alt.selection_point(
        name="near", fields=["strategy"], on="pointerover", clear="pointerout", nearest=True, empty=False
    )
    base = alt.Chart(alt.NamedData(data)).transform_filter(keep).encode(x=x, y=y)
    shown = alt.when(picked | near)
    line = (
        base.mark_line(strokeWidth=2)
        .encode(
            **strategy_colour(strategies),
            order="i:Q",
            opacity=shown.then(alt.value(1)).otherwise(alt.value(0.18)),
            strokeWidth=alt.when(near).then(alt.value(3.5)).otherwise(alt.value(1.8)),
        )
        .add_params(picked)
    )
    tips = [
        alt.Tooltip("strategy:N"),
        alt.Tooltip(x.shorthand, format=".4g"),
        alt.Tooltip(y.shorthand, format=".4g"),
    ]
    # fewer targets for the pointer than points: thousands of them make a page slow
    sparse = base.transform_filter("datum.i % 4 === 0") if data != "calibration" else base
    touch = sparse.mark_point(size=40, opacity=0).encode(tooltip=tips, detail="strategy:N").add_params(near)
    return [line, touch]


def pr(strategies: Sequence[str], strong: Sequence[str], classes: Sequence[str], rarest: str | None) -> Spec:
    """Precision by recall, with the level that guessing reaches."""
    import altair as alt

    params, keep = class_picker(classes, rarest)
    unit = alt.Scale(domain=[0, 1], nice=False)
    x, y = alt.X("recall:Q", scale=unit), alt.Y("precision:Q", title="precision")
    level = alt.Y("base:Q", title="precision")
    guess = alt.Chart(alt.NamedData("prevalence")).transform_filter(keep).mark_rule(strokeDash=[4, 4])
    curves = lines("pr", x, y, strategies, strong, keep)
    chart = alt.layer(*curves, guess.encode(y=level)).add_params(*params)
    return finish(chart, "Precision by recall on the test set, one curve for each strategy.")


def roc(strategies: Sequence[str], strong: Sequence[str], classes: Sequence[str], rarest: str | None) -> Spec:
    """True by false positive rate, with the diagonal of guessing."""
    import altair as alt

    params, keep = class_picker(classes, rarest)
    unit = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("fpr:Q", scale=unit, title="false positive rate")
    y = alt.Y("tpr:Q", scale=unit, title="true positive rate (recall)")
    chart = alt.layer(*lines("roc", x, y, strategies, strong, keep), diagonal("fpr", "tpr", 1)).add_params(
        *params
    )
    return finish(
        chart, "True positive rate by false positive rate on the test set, one curve for each strategy."
    )


def diagonal(x: str, y: str, top: float) -> Any:
    """The dashed line on which both axes are equal."""
    import altair as alt

    corners: list[dict[str, float]] = [{x: 0, y: 0}, {x: top, y: top}]
    ends = alt.InlineData(values=corners)
    return (
        alt.Chart(ends)
        .mark_line(strokeDash=[4, 4], color="var(--muted)", strokeWidth=1)
        .encode(x=f"{x}:Q", y=f"{y}:Q")
    )


def calibration(
    strategies: Sequence[str], strong: Sequence[str], classes: Sequence[str], rarest: str | None, top: float
) -> Spec:
    """Observed frequency by predicted probability; square-root axes keep the rare end readable."""
    import altair as alt

    params, keep = class_picker(classes, rarest)
    root = alt.Scale(type="sqrt", domain=[0, top], nice=False)
    x = alt.X("predicted:Q", scale=root, title="predicted probability (square-root scale)")
    y = alt.Y("observed:Q", scale=root, title="observed frequency")
    curves = lines("calibration", x, y, strategies, strong, keep)
    chart = alt.layer(*curves, diagonal("predicted", "observed", top)).add_params(*params)
    return finish(
        chart, "Observed frequency by predicted probability; on the diagonal, probabilities are honest.", 360
    )


def history(strategies: Sequence[str], metric: str) -> Spec:
    """The best value so far by trial, and the value of each trial; the legend picks strategies out."""
    import altair as alt

    picked = alt.selection_point(name="tuned", fields=["strategy"], bind="legend")
    x = alt.X("trial:Q", title="trial", axis=alt.Axis(tickMinStep=1, format="d"))
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(alt.NamedData("tuning"))
    opacity = alt.when(picked).then(alt.value(1)).otherwise(alt.value(0.12))
    colours = strategy_colour(strategies)
    line = (
        base.mark_line(strokeWidth=2, interpolate="step-after")
        .encode(x=x, y=alt.Y("best:Q", title=metric, scale=scale), opacity=opacity, **colours)
        .add_params(picked)
    )
    tips = [alt.Tooltip("strategy:N"), alt.Tooltip("trial:Q")]
    tips += [alt.Tooltip(f"{field}:Q", format=".4g") for field in ("value", "best")]
    dots = base.mark_point(size=26, filled=True).encode(
        x=x,
        y=alt.Y("value:Q", title=metric, scale=scale),
        color=colours["color"],
        opacity=opacity,
        tooltip=tips,
    )
    about = f"Value of each trial and the best so far, for {len(strategies)} strategies."
    return finish(alt.layer(line, dots), about)


def calibrated(
    strategies: Sequence[str], start: str, classes: Sequence[str], rarest: str | None, top: float
) -> Spec:
    """Calibration of one strategy at a time, before (dashed) and after it was mended."""
    import altair as alt

    chosen, keep = picker("calibrated_strategy", "strategy", "Strategy", strategies, start)
    params: list[Any] = [chosen]
    if rarest is not None and classes:
        shown, kept = picker("calibrated_class", "label", "Class, against the rest", classes, rarest)
        params, keep = [chosen, shown], f"{keep} && {kept}"
    root = alt.Scale(type="sqrt", domain=[0, top], nice=False)
    when = ["after", "before"]
    dash = alt.StrokeDash("when:N", scale=alt.Scale(domain=when, range=[[1, 0], [6, 4]]), legend=None)
    hues = alt.Scale(domain=when, range=["var(--accent)", "var(--muted)"])
    tips = [alt.Tooltip("when:N", title="calibration")]
    tips += [alt.Tooltip(f"{field}:Q", format=".4g") for field in ("predicted", "observed", "rows")]
    base = (
        alt.Chart(alt.NamedData("calibrated"))
        .transform_filter(keep)
        .encode(
            x=alt.X("predicted:Q", scale=root, title="predicted probability (square-root scale)"),
            y=alt.Y("observed:Q", scale=root, title="observed frequency"),
            color=alt.Color("when:N", scale=hues, legend=None),
        )
    )
    line = base.mark_line(strokeWidth=2).encode(strokeDash=dash, order="i:Q")
    dots = base.mark_point(size=32, filled=True, opacity=1).encode(tooltip=tips)
    chart = alt.layer(diagonal("predicted", "observed", top), line, dots).add_params(*params)
    return finish(chart, "Observed frequency by predicted probability, before and after calibration.", 360)


MEASURES = ("recall", "precision", "f2", "share of rows alerted")


def sweep(strategies: Sequence[str], start: str, test_rows: int) -> Spec:
    """Recall, precision, F2 and alerts of one strategy by threshold, the operating point marked."""
    import altair as alt

    chosen, keep = picker("strategy_shown", "strategy", "Strategy", strategies, start)
    scale = alt.Scale(type="sqrt", domain=[0, 1], nice=False)
    x = alt.X("threshold:Q", scale=scale, title="threshold (square-root scale)")
    colours = alt.Scale(domain=list(MEASURES), range=[STRATEGY_COLOURS[i] for i in (1, 2, 4, 5)])
    legend = alt.Legend(orient="bottom", symbolType="stroke", title=None, symbolSize=220)
    marked = alt.Scale(domain=list(MEASURES), range=[[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]])
    values = (
        alt.Chart(alt.NamedData("sweep"))
        .transform_filter(keep)
        .transform_calculate(as_=MEASURES[3], calculate=f"datum.alerts / {max(1, test_rows)}")
        .transform_fold(list(MEASURES), as_=["measure", "value"])
        .mark_line(strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("value:Q", title="value", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("measure:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("measure:N", scale=marked, legend=legend),
            tooltip=[
                alt.Tooltip(f"{f}:Q", format=".4g")
                for f in ("threshold", "recall", "precision", "f2", "alerts")
            ],
        )
    )
    point = alt.Chart(alt.NamedData("thresholds")).transform_filter(keep)
    rule = point.mark_rule(strokeWidth=1.5, color="var(--ink)").encode(x="threshold:Q")
    label = point.transform_calculate(words="'operating point ' + format(datum.threshold, '.3g')")
    note = label.mark_text(align="left", dx=6, y=10).encode(x="threshold:Q", text="words:N")
    return finish(
        alt.layer(values, rule, note).add_params(chosen),
        "Recall, precision, F2 and share of rows alerted by threshold, for one strategy at a time.",
    )


def counts(bars: Sequence[str], classes: Sequence[str], colours: Sequence[str]) -> Spec:
    """Train rows of each class: as split, then after each strategy."""
    import altair as alt

    legend = alt.Legend(orient="bottom", title="class", columns=8, symbolType="square")
    scale = alt.Scale(domain=list(classes), range=list(colours))
    chart = (
        alt.Chart(alt.NamedData("counts"))
        .mark_bar(height=14)
        .encode(
            y=alt.Y(
                "bar:N",
                scale=alt.Scale(domain=list(bars)),
                title=None,
                axis=alt.Axis(ticks=False, domain=False),
            ),
            x=alt.X("rows:Q", title="train rows", stack="zero", axis=alt.Axis(format=",d", tickCount=6)),
            color=alt.Color("label:N", scale=scale, legend=legend),
            order="i:Q",
            tooltip=[
                alt.Tooltip("bar:N", title="train rows"),
                alt.Tooltip("label:N", title="class"),
                alt.Tooltip("rows:Q", format=",d"),
            ],
        )
    )
    return finish(chart, "Train rows of each class, as split and after each strategy.", 24 * len(bars))


def scatter(
    data: str, kinds: dict[str, str], titles: tuple[str, str], extents: tuple[Any, Any], about: str
) -> Spec:
    """One panel of train rows: filled circles are original rows, hollow triangles synthetic ones.

    `kinds` gives each kind of mark its colour; the kinds of synthetic rows start with ``s``.
    """
    import altair as alt

    ticks = alt.Axis(grid=False, tickCount=4)
    scales = [alt.Scale(domain=e, nice=False) if e else alt.Scale() for e in extents]
    colours = alt.Scale(domain=list(kinds), range=list(kinds.values()))
    base = alt.Chart(alt.NamedData(data)).encode(
        x=alt.X("x:Q", scale=scales[0], title=titles[0], axis=ticks),
        y=alt.Y("y:Q", scale=scales[1], title=titles[1], axis=ticks),
        color=alt.Color("kind:N", scale=colours, legend=None),
    )
    original = base.transform_filter("datum.kind[0] !== 's'").mark_point(size=13, filled=True, opacity=0.65)
    synthetic = base.transform_filter("datum.kind[0] === 's'")
    triangles = synthetic.mark_point(
        size=24, shape="triangle-up", filled=False, opacity=0.85, strokeWidth=1.2
    )
    return finish(alt.layer(original, triangles), about, 230)
