"""The charts, as Altair describes them, compiled to Vega. Their rows come from the page, by the name `rows`.

Colours are the page's CSS variables, so that light, dark and print need no second specification: a chart is SVG, and a
presentation attribute may name a variable. A scale can't blend variables, so the heat map shades by opacity.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import altair as alt
import vl_convert

ROW_HEIGHT = 24
# With ticks at least so far apart, in milliseconds, Vega never puts one between two days.
TWO_DAYS = 2 * 86_400_000


@cache
def specifications() -> dict[str, dict[str, Any]]:
    """Each chart by the id of its place in the page."""
    charts = {
        "heat": _heat(),
        "roi": _roi(),
        "models": _bars("name", "amount"),
        "time": _time(),
        "hours": _columns(),
    }
    shape = {"width": "container", "background": "transparent"}
    return {
        name: vl_convert.vegalite_to_vega(
            chart.properties(**shape).to_dict(), vl_version=vega_lite_version(), config=configuration()
        )
        for name, chart in charts.items()
    }


def vega_lite_version() -> str:
    """The version that Altair's specifications are of, as vl-convert names it."""
    return ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def configuration() -> dict[str, Any]:
    """What all charts share: fonts, colours, lines."""
    ink, muted, line = "var(--ink)", "var(--muted)", "var(--line)"
    return {
        "font": "system-ui, sans-serif",
        "aria": False,
        "view": {"stroke": None},
        "axis": {
            "labelColor": ink, "titleColor": muted, "domainColor": line, "tickColor": line, "gridColor": line,
            "labelFontSize": 12, "labelLimit": 200, "title": None,
        },
        "legend": {"labelColor": ink, "titleColor": muted, "labelFontSize": 12, "title": None, "orient": "top"},
        "text": {"color": ink, "fontSize": 12},
        "bar": {"color": "var(--accent)"},
    }  # fmt: skip


def _rows() -> alt.NamedData:
    return alt.NamedData(name="rows")


def _name(field: str = "name") -> alt.Y:
    """Rows from the top in the order of the data."""
    return alt.Y(f"{field}:N").sort(field="place", op="min").axis(ticks=False, domain=False, labelPadding=6)


def _amounts() -> alt.Axis:
    """An axis of money or credit: 0, 0.5, 20K, 1.5M, 2B, as the labels of the bars have it.

    Given a format, Vega puts one prefix on all labels of an axis, zero too (0k, 500k, 1000k), and on parts of one
    conversion thousandths (500m).
    """
    label = "replace(replace(format(datum.value, abs(datum.value) < 1 ? '~g' : '~s'), 'k', 'K'), 'G', 'B')"
    return alt.Axis(labelExpr=label, tickCount=5, labelOverlap="greedy", labelSeparation=6)


def _heat() -> alt.LayerChart:
    base = alt.Chart(_rows()).encode(
        x=alt.X("column:N")
        .sort(field="column_place", op="min")
        .axis(orient="top", labelAngle=0, domain=False, labelOverlap="greedy", labelSeparation=4),
        y=_name(),
    )
    cells = base.mark_rect(color="var(--heat)", stroke="var(--page)", strokeWidth=2).encode(
        opacity=alt.Opacity("share:Q").scale(domain=[0, 1], range=[0.06, 1]).legend(None),
        tooltip=[alt.Tooltip("tip:N", title="")],
    )
    figures = base.mark_text().encode(
        text="label:N",
        tooltip=[alt.Tooltip("tip:N", title="")],
    )
    return (cells + figures).properties(height=alt.Step(ROW_HEIGHT))


def _roi() -> alt.LayerChart:
    base = alt.Chart(_rows()).encode(y=_name(), tooltip=[alt.Tooltip("tip:N", title="")])
    money = _amounts()
    value = base.mark_bar(height={"band": 0.62}).encode(x=alt.X("value:Q", axis=money))
    cost = base.mark_tick(
        color="var(--warm)", opacity=1, stroke="var(--page)", strokeWidth=1, thickness=5, size=20
    ).encode(x=alt.X("cost:Q", axis=money))
    label = base.mark_text(align="left", dx=8).encode(x=alt.X("edge:Q", axis=money), text="label:N")
    # Room for the label of the longest bar.
    room = alt.Chart(_rows()).mark_point(opacity=0).encode(x=alt.X("room:Q", axis=money), y=_name())
    return (value + cost + label + room).properties(height=alt.Step(ROW_HEIGHT))


def _bars(name: str, amount: str) -> alt.LayerChart:
    base = alt.Chart(_rows()).encode(y=_name(name), tooltip=[alt.Tooltip("tip:N", title="")])
    axis = _amounts()
    bars = base.mark_bar(height={"band": 0.62}).encode(
        x=alt.X(f"{amount}:Q", axis=axis), opacity=alt.condition("datum.chosen", alt.value(1), alt.value(0.6))
    )
    label = base.mark_text(align="left", dx=6).encode(x=alt.X("edge:Q", axis=axis), text="label:N")
    room = alt.Chart(_rows()).mark_point(opacity=0).encode(x=alt.X("room:Q", axis=axis), y=_name(name))
    return (bars + label + room).properties(height=alt.Step(ROW_HEIGHT))


def _time() -> alt.Chart:
    # A bar reaches from the first to the last instant of its day, week or month, whatever the reader's time zone.
    return (
        alt.Chart(_rows())
        .mark_rect(stroke="var(--page)", strokeWidth=0.5)
        .encode(
            x=alt.X("begins:T")
            .scale(type="utc")
            .axis(grid=False, tickCount=6, tickMinStep=TWO_DAYS, labelOverlap=True, labelSeparation=4),
            x2="ends:T",
            y=alt.Y("low:Q").axis(_amounts()),
            y2="high:Q",
            color=alt.Color("series:N").scale(
                domain=["Credited", "Unattributed"], range=["var(--accent)", "var(--warm)"]
            ),
            tooltip=[alt.Tooltip("tip:N", title="")],
        )
        .properties(height=220)
    )


def _columns() -> alt.Chart:
    return (
        alt.Chart(_rows())
        .mark_bar()
        .encode(
            x=alt.X("name:N").sort(field="place", op="min").axis(labelAngle=-40, labelOverlap=False),
            y=alt.Y("amount:Q").axis(_amounts()),
            tooltip=[alt.Tooltip("tip:N", title="")],
        )
        .properties(height=220)
    )
