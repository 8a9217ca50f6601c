"""The figures are those of SQL on the marts: credit within 1e-9, money to the cent, whatever is chosen."""

from __future__ import annotations

import re

import pytest
from marts import COSTS, MODELS, Marts
from shown import Selection, choose, figure, near, one, table

SELECTIONS = [
    Selection("channel_weighted_time_decay"),
    Selection("first_touch", first="2026-02-01", last="2026-02-28"),
    Selection("time_decay", campaign="c1"),
    Selection("single_win", campaign="c0", type="lead"),
    Selection("position_based", first="2026-01-20", last="2026-03-05", campaign="c2", type="opportunity"),
    Selection("last_touch", type="lead"),
    Selection("w_shaped", first="2026-03-17", last="2026-03-17"),
    Selection("w_shaped", first="2026-03-15", last="2026-03-15"),
    Selection("linear", first="2026-01-01", last="2026-01-31", campaign="c1"),
]


@pytest.fixture(params=SELECTIONS, ids=str)
def chosen(page, request) -> Selection:
    choose(page, request.param)
    return request.param


def test_headline(page, marts: Marts, chosen: Selection):
    credit, value, helped = one(
        marts,
        f"""select sum(cast(credit as decimal(38, 18))), coalesce(sum(value), 0) * 100,
                   count(distinct case when credit > 0 then conversion_id end) from {chosen.credits}""",
    )
    count, worth, bare, bare_worth = one(
        marts,
        f"""select count(*), coalesce(sum(conversion_value_reporting), 0) * 100, coalesce(count_if(touch_count = 0), 0),
                   coalesce(sum(case when touch_count = 0 then conversion_value_reporting end), 0) * 100
            from {chosen.conversions}""",
    )
    assert near(figure(page, "credit"), credit)
    assert figure(page, "cents") == value
    assert figure(page, "conversions") == (helped if chosen.campaign else count)
    assert figure(page, "unattributed") == bare
    assert page.js("Number(document.getElementById('figure-unattributed').dataset.cents)") == bare_worth
    if not chosen.campaign:
        assert page.js("Number(document.getElementById('figure-conversions').dataset.cents)") == worth


def test_cost_and_return(page, marts: Marts, chosen: Selection):
    campaign_is = f"and campaign_id = '{chosen.campaign}'" if chosen.campaign else ""
    between = f"between '{chosen.first}' and '{chosen.last}' {campaign_is}"
    (cost,) = one(
        marts,
        f"""select sum(cost) from (
                select cost_reporting as cost from {COSTS} where cost_date {between}
                union all select cost from marts.fct_touches where {chosen.day("touched_at")} {between}) as costs""",
    )
    (value,) = one(marts, f"select coalesce(sum(value), 0) from {chosen.credits}")
    assert figure(page, "cost") == cost * 10_000
    assert figure(page, "roi") == pytest.approx(float((value - cost) / cost), rel=1e-12)


def test_each_table_by_name(page, marts: Marts, chosen: Selection):
    (touches,) = one(marts, f"select count(*) from {chosen.credits} as credits")
    for shown, share, bridge, name in (
        ("agents", "share", "bridge_touch_agents", "coalesce(agent_name, agent_id)"),
        ("nodes", "share", "bridge_touch_ivr_nodes", "ivr_node_id"),
        ("dispositions", "1", "fct_touches", "coalesce(disposition_name, disposition_code, '(none)')"),
    ):
        dimension = {
            "agents": "left join marts.dim_agents using (agent_id)",
            "nodes": "",
            "dispositions": "left join marts.dim_dispositions using (disposition_code)",
        }[shown]
        wanted = marts.query(
            f"""select {name} as name, sum(cast(credit * {share} as decimal(38, 18))) as credit,
                       round(sum(cast(value as double) * {share}) * 100, 3) as cents
                from {chosen.credits} as credits join marts.{bridge} using (touch_id) {dimension} group by 1"""
        )
        rows = table(page, shown)
        total = rows.pop("all") if wanted else None
        assert set(rows) == ({row[0] for row in wanted} or {"none"})
        for name_of, credit, cents in wanted:
            assert near(rows[name_of][0], credit)
            # Each touch is shared out in whole cents, so a share may be half a cent off; their sum, below, is not.
            assert rows[name_of][1] == pytest.approx(cents or 0, abs=0 if share == "1" else touches / 2)
        if total:
            assert near(total[0], figure(page, "credit"))
            assert total[1] == figure(page, "cents")


@pytest.mark.parametrize("measure", ["credit", "value"])
def test_heat_map_models_time_and_hours(page, marts: Marts, chosen: Selection, measure: str):
    page.choose(**{f"by_{measure}": True})
    unit = "cast({} as decimal(38, 18))" if measure == "credit" else "{} * 100"
    amount = f"sum({unit.format(measure)})"
    heat = marts.query(
        f"""select m.campaign_name, coalesce(case when touch_sequence > 10 then 'over 10' end,
                   cast(touch_sequence as varchar), '(none)') as sequence, {amount}
            from {chosen.credits} as credits join marts.dim_campaigns m using (campaign_id) group by 1, 2"""
    )
    columns = page.js("[...document.querySelectorAll('#heat-table thead th')].slice(1).map(e => e.textContent)")
    rows = table(page, "heat")
    for name, sequence, wanted in heat:
        assert near(rows[name][columns.index(f"touch {sequence}")], wanted)

    if heat:
        assert near(rows["all"][-1], sum(row[2] or 0 for row in heat))

    by_model = table(page, "models")
    for model_at, (model, _) in enumerate(MODELS):
        column = f"{model}_{'credit' if measure == 'credit' else 'value'}"
        campaign_is = f"where a.campaign_id = '{chosen.campaign}'" if chosen.campaign else ""
        for name, wanted in marts.query(
            f"""select campaign_name, sum({unit.format("a." + column)})
                from marts.fct_attribution a join {chosen.conversions} c using (conversion_id)
                join (select campaign_id as of_campaign, campaign_name from marts.dim_campaigns) m
                    on a.campaign_id = of_campaign
                {campaign_is} group by 1"""
        ):
            assert near(by_model[name][model_at], wanted)

    time = table(page, "time")
    hours = table(page, "hours")
    for rows in (time, hours):
        if "all" in rows:
            assert near(rows["all"][0], figure(page, "credit") if measure == "credit" else figure(page, "cents"))
    (under,) = one(marts, f"select {amount} from {chosen.credits} as credits where hours_to_conversion < 1")
    assert near(hours["under 1 h"][0], under)
    page.choose(by_value=True)


def test_credit_by_day_where_few_days_are_chosen(page, marts: Marts):
    chosen = Selection("linear", first="2026-02-10", last="2026-03-20")
    choose(page, chosen)
    page.choose(by_credit=True)
    shown = table(page, "time")
    wanted = marts.query(
        f"""select cast({chosen.day("converted_at")} as varchar), sum(cast(credit as decimal(38, 18)))
            from {chosen.credits} as credits group by 1"""
    )
    assert len(wanted) > 20
    for day, credit in wanted:
        assert near(shown[day][0], credit)
    page.choose(by_value=True)


def test_paths_count_conversions_and_their_whole_value(page, marts: Marts, chosen: Selection):
    touched = f"select conversion_id from marts.fct_attribution where campaign_id = '{chosen.campaign}'"
    campaign_is = f"where conversion_id in ({touched})" if chosen.campaign else ""
    wanted = marts.query(
        f"""select path, count(*), coalesce(sum(conversion_value_reporting), 0) * 100
            from {chosen.conversions} as c
            join (select conversion_id, string_agg(channel, ' > ' order by position) as path
                  from marts.fct_attribution group by 1) as paths using (conversion_id) {campaign_is}
            group by 1"""
    )
    rows = table(page, "paths")
    if not wanted:
        assert set(rows) == {"none"}
        return
    total = rows.pop("all")
    if more := max(0, len(wanted) - 25):
        rest = rows.pop(f"{more} more path{'' if more == 1 else 's'}")
        assert rest == [total[place] - sum(row[place] for row in rows.values()) for place in (0, 1)]
    assert len(rows) == len(wanted) - more
    assert total == [sum(row[1] for row in wanted), None, sum(row[2] for row in wanted)][::2]
    by_path = {path: [count, value] for path, count, value in wanted}
    for path, figures in rows.items():
        assert figures == by_path[path]


def test_an_example_of_a_path_took_it(page, marts: Marts):
    choose(page, Selection("linear"))
    examples = page.js(
        """[...document.querySelectorAll("#paths-table tbody tr:has(.path)")].map(row =>
            [row.querySelector(".path").title, row.querySelector("code").textContent])"""
    )
    assert examples
    for path, command in examples:
        conversion = command.removeprefix("attribution explain ")
        assert one(
            marts,
            f"""select string_agg(channel, ' > ' order by position) from marts.fct_attribution
                where conversion_id = '{conversion}'""",
        ) == (path,)


def test_campaigns_and_what_each_cost(page, marts: Marts):
    choose(page, Selection("linear"))
    rows = table(page, "roi")
    wanted = marts.query(
        """select m.campaign_name, count(*),
                  (select sum(linear_credit) from marts.fct_attribution a where a.campaign_id = t.campaign_id)
           from marts.fct_touches t join marts.dim_campaigns m using (campaign_id)
           group by m.campaign_name, t.campaign_id"""
    )
    assert len(wanted) == 3
    for name, touches, credit in wanted:
        assert rows[name][0] == touches
        assert near(rows[name][2], credit)
    assert rows["all"][4] == figure(page, "cost")


def test_axes_of_amounts_begin_at_a_plain_zero(page):
    for chart in ("roi", "models", "time", "hours"):
        texts = f"document.querySelectorAll('#{chart}-chart .role-axis-label text')"
        labels = page.js(f"[...{texts}].map(label => label.textContent)")
        amounts = [label for label in labels if re.fullmatch(r"[\d.]+[a-zA-Z]?", label)]
        assert "0" in amounts and len(amounts) > 2, chart
        assert all(re.fullmatch(r"0|[\d.]*[1-9][\d.]*[KMB]?", label) for label in amounts), amounts


@pytest.mark.parametrize("last", ["2026-02-10", "2026-02-11", "2026-02-12", "2026-02-14", "2026-03-12"])
def test_the_time_axis_has_no_tick_between_two_days(page, last: str):
    choose(page, Selection("linear", first="2026-02-10", last=last))
    labels = page.js(
        "[...document.querySelectorAll('#time-chart .role-axis-label text')].map(label => label.textContent)"
    )
    assert len(labels) > 2
    assert not [label for label in labels if re.search("[AP]M|:", label)]


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_labels_of_an_axis_do_not_touch(page, width: int):
    """Those that are level: slanted ones have boxes that overlap where they themselves do not."""
    page.size(width)
    page.open(page.path)
    for last in ("2026-02-20", "9999-12-31"):
        choose(page, Selection("linear", first="2026-02-10", last=last))
        touching = page.js(
            r"""[...document.querySelectorAll(".chart .role-axis-label")].flatMap(axis => {
                const boxes = [...axis.querySelectorAll("text")]
                    .filter(label => getComputedStyle(label).opacity > 0 && !/rotate\([^0]/.test(label.outerHTML))
                    .map(label => ({ text: label.textContent, box: label.getBoundingClientRect() }));
                return boxes.flatMap(({ text, box }, at) => boxes.slice(at + 1)
                    .filter(({ box: other }) => box.left - 2 < other.right && other.left < box.right + 2
                        && box.top < other.bottom && other.top < box.bottom)
                    .map((other) => `${text} ${other.text}`));
            })"""
        )
        assert touching == []
    page.size(1400)
    page.open(page.path)
