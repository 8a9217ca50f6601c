"""The page: one HTML file that holds its data, its charts' library, its code and its looks, and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import vl_convert

from dashboard.charts import specifications, vega_lite_version

SCRIPTS = ("cubes.js", "format.js", "figures.js", "tables.js", "charts.js", "page.js")


def page(content: dict[str, Any]) -> str:
    """The HTML of what ``dashboard.query.read`` gave."""
    # Each in a scope of its own: the library's bundle has hundreds of short names.
    scripts = {"vega": scoped(library()), "code": scoped("\n".join(template(name) for name in SCRIPTS))}
    parts = {
        "policy": policy(scripts.values()),
        "style": template("page.css"),
        "data": for_script(content),
        "charts": for_script(specifications()),
        **scripts,
    }
    # In one pass: what is put in is never searched for places itself.
    return re.sub(r"\{\{ (\w+) \}\}", lambda place: parts[place[1]], template("page.html"))


def policy(scripts: Any) -> str:
    """The Content-Security-Policy: these scripts by their hashes, inline styles, and nothing from anywhere.

    No 'unsafe-eval': the charts run in Vega's interpreter of expressions, which Vega-Embed brings along.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def for_script(content: Any) -> str:
    """JSON that can't end the script element it stands in, whatever the names in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def scoped(script: str) -> str:
    """A script whose names nobody else sees."""
    return "(() => {\n" + script + "\n})();"


@cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    bundle = vl_convert.javascript_bundle(vl_version=vega_lite_version())
    # A script element ends at the first of these, wherever it stands.
    return bundle.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def template(name: str) -> str:
    """The text of a file in templates/."""
    return (files("dashboard") / "templates" / name).read_text(encoding="utf-8")
