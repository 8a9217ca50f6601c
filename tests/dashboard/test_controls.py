"""Every control changes the figures at once; the page is quiet, asks for nothing, and can be used without seeing it."""

from __future__ import annotations

import itertools

import pytest
from browser import Browser
from marts import MODELS
from shown import Selection, choose, figure, table

HEADLINE = "conversions", "credit", "cents", "unattributed", "cost", "roi"
TABLES = "heat", "roi", "models", "time", "hours", "paths", "agents", "nodes", "dispositions"


@pytest.fixture(autouse=True)
def all_chosen(page: Browser):
    choose(page, Selection("channel_weighted_time_decay"))
    page.choose(by_value=True)


def everything(page: Browser) -> dict[str, object]:
    """All that a control may change."""
    figures = {name: figure(page, name) for name in HEADLINE}
    return figures | {name: table(page, name) for name in TABLES}


@pytest.mark.parametrize(
    ("control", "changes"),
    [
        ({"campaign": 1}, {*HEADLINE, *TABLES} - {"unattributed"}),
        ({"type": 0}, {*HEADLINE, *TABLES} - {"cost"}),
        ({"from": "2026-03-01"}, {*HEADLINE, *TABLES}),
        ({"to": "2026-03-01"}, {*HEADLINE, *TABLES}),
        ({"model": 0}, {"heat", "roi", "hours", "agents", "nodes", "dispositions"}),
        ({"by_credit": True}, {"heat", "models", "time", "hours"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_control_changes_what_it_is_for(page: Browser, control, changes):
    before = everything(page)
    page.choose(**control)
    after = everything(page)
    assert {name for name in before if before[name] != after[name]} >= changes


def test_charts_follow_the_controls(page: Browser):
    def charts() -> list[str]:
        return [
            page.js(f"document.getElementById('{name}-chart').innerHTML")
            for name in ("heat", "roi", "models", "time", "hours")
        ]

    before = charts()
    page.choose(campaign=1, model=0)
    assert all(one != other for one, other in zip(before, charts(), strict=True))


def test_show_all_puts_everything_back(page: Browser):
    before = everything(page)
    page.choose(campaign=1, type=0, model=0, **{"from": "2026-03-01"})
    page.js("document.getElementById('reset').click()")
    page.wait("document.getElementById('campaign').value === ''")
    page.wait(f"document.getElementById('figure-credit').value == {before['credit']}")
    assert everything(page) == before


def test_days_the_wrong_way_round_are_said_and_change_nothing(page: Browser):
    before = everything(page)
    page.choose(**{"from": "2026-03-02", "to": "2026-03-01"})
    assert page.js("!document.getElementById('wrong-dates').hidden")
    assert page.js("document.getElementById('from').getAttribute('aria-invalid')") == "true"
    page.choose(**{"from": "", "to": ""})
    assert page.js("document.getElementById('wrong-dates').hidden")
    assert everything(page) == before


def test_the_exported_model_is_chosen_first(page: Browser):
    page.js("document.getElementById('reset').click()")
    label = "document.getElementById('model').selectedOptions[0].textContent"
    page.wait(f"{label} === 'Channel-weighted time decay'")
    assert page.js("document.getElementById('model').options.length") == len(MODELS)


def test_the_page_says_nothing_and_asks_for_nothing(page: Browser):
    assert page.said == []
    # A data: address is an icon of the browser's own date field.
    assert [url for url in page.requested if not url.startswith("data:")] == [page.js("location.href")]


def test_what_the_policy_forbids_is_refused(page: Browser):
    # The check above would see it: a request and an eval are tried here, and both are stopped and told.
    assert page.js("fetch('https://example.com/').then(() => 'came', () => 'refused')") == "refused"
    page.js("""(() => { const injected = document.createElement("script");
        injected.textContent = "window.injected = true"; document.body.append(injected); })()""")
    assert page.js("window.injected === undefined")
    assert any("Content Security Policy" in text or "ContentSecurityPolicy" in text for text in page.said)
    page.said.clear()


def test_controls_have_labels_and_charts_say_what_they_show(page: Browser):
    unlabelled = page.js(
        """[...document.querySelectorAll("input, select")].filter(each => !each.labels.length).map(each => each.id)"""
    )
    assert unlabelled == []
    assert page.js("document.querySelectorAll('main, header, footer, form[aria-label]').length") == 4
    for name in ("heat", "roi", "models", "time", "hours"):
        chart = f"document.getElementById('{name}-chart')"
        assert page.js(f"{chart}.getAttribute('role')") == "img"
        assert len(page.js(f"{chart}.getAttribute('aria-label')")) > 30
        assert page.js(f"{chart}.parentElement.querySelector('details > summary') !== null")
    headings = page.js("[...document.querySelectorAll('h1, h2, h3')].map(each => Number(each.tagName[1]))")
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))
    assert page.js("document.getElementById('selection').getAttribute('aria-live')") == "polite"
    choose(page, Selection("linear", campaign="c1"))
    assert "Win-back Calls" in page.js("document.getElementById('selection').textContent")


def test_the_keyboard_reaches_every_control_and_every_wide_table(page: Browser):
    reached = page.js(
        """[...document.querySelectorAll("a[href], button, input, select, summary, .scroll")]
            .filter(each => each.tabIndex < 0).map(each => each.outerHTML)"""
    )
    assert reached == []
    page.js("document.querySelector('.skip').focus()")
    assert page.js("document.querySelector('.skip').getBoundingClientRect().left >= 0")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_keep_the_contrast_of_wcag_aa(page: Browser, dark: bool):
    page.size(1400, dark)
    colours = page.js(
        """(() => { const style = getComputedStyle(document.documentElement);
            return Object.fromEntries(["page", "panel", "ink", "muted", "accent", "warm", "bad", "heat"]
                .map(name => [name, style.getPropertyValue("--" + name).trim()])); })()"""
    )
    page.size(1400)
    for text, ground in [
        *itertools.product(("ink", "muted", "accent", "warm", "bad"), ("page",)),
        *itertools.product(("ink", "muted"), ("panel",)),
        # The heat map shades from the page's colour to this one, with ink on all of it.
        ("ink", "heat"),
    ]:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground, colours)
    # Bars beside their ground, and the line of the cost across a bar's own edge of the page's colour.
    for mark in ("accent", "warm"):
        assert contrast(colours[mark], colours["page"]) >= 3


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2 between two colours (#rrggbb)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_button_turns_light_into_dark(page: Browser):
    """And is named for what it turns to."""
    ground = "getComputedStyle(document.body).backgroundColor"
    said = "document.getElementById('theme').textContent"
    light = page.js(ground)
    assert page.js(said) == "Dark"
    page.js("document.getElementById('theme').click()")
    assert page.js(ground) != light
    assert page.js(said) == "Light"
    page.js("document.getElementById('theme').click()")
    assert (page.js(ground), page.js(said)) == (light, "Dark")


def test_it_prints_with_its_tables_open(page: Browser, tmp_path):
    page.js(
        """window.opened = null; addEventListener("beforeprint", () => {
            window.opened = document.querySelectorAll("details[open]").length; }, { once: true })"""
    )
    assert page.pdf(tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    assert page.js("window.opened") == page.js("document.querySelectorAll('details').length")
    assert page.js("document.querySelectorAll('details[open]').length") == 0


def test_on_paper_no_table_is_cut_and_the_colours_are_the_light_ones(page: Browser):
    page.size(794, dark=True)
    page.send("Emulation.setEmulatedMedia", media="print")
    page.js("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.js("document.documentElement.scrollWidth") <= 794
    assert page.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.send("Emulation.setEmulatedMedia", media="")
    page.js("document.querySelectorAll('details').forEach(each => { each.open = false; })")
    page.size(1400)
