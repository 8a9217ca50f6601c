"""What the site needs beyond MkDocs: pages that stand outside docs/, links to source files, dbt's own docs.

The README is the start page and CONTRIBUTING.md a page, so that neither has a copy. On GitHub a page may link to any
file of the project; the site turns such a link into one of its own pages, or a model's page in the dbt docs, or, where
it has neither, into plain text. A link to a file that is not there stops the build.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Link, Navigation
from mkdocs.structure.pages import Page

PROJECT = Path(__file__).resolve().parent.parent
# Where a file of the project stands in the site; pages of docs/ keep their names.
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "ingestion/files/README.md": "files.md",
}
DBT_DOCS = "dbt/index.html"
LINK = re.compile(r"\[(?P<text>[^\]\[]*)\]\((?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")
FENCE = re.compile(r"^\s*(```|~~~)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    # Its links are absolute, which nothing but a server at the root of a domain can follow.
    config.theme.static_templates.discard("404.html")
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages from outside docs/ and the file that `dbt docs generate --static` wrote.

    A page that the menu does not list goes to the end of *Use*, so that none is left out.
    """
    dbt_docs = PROJECT / os.environ.get("DBT_DOCS", "target/docs/static_index.html")
    if not dbt_docs.is_file():
        raise PluginError(f"There are no dbt docs at {dbt_docs}. `make docs` makes them before it builds the site.")
    files.append(File.generated(config, DBT_DOCS, abs_src_path=str(dbt_docs)))
    for path, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(PROJECT / path)))
    listed = set(pages_of(config.nav))
    how_to = next(entry["Use"] for entry in config.nav if "Use" in entry)
    how_to += [page.src_uri for page in files.documentation_pages() if page.src_uri not in listed]
    return files


def pages_of(menu: list[Any] | dict[str, Any] | str) -> Iterator[str]:
    """Every page that the menu of mkdocs.yml, or a part of it, lists."""
    if isinstance(menu, str):
        yield menu
    else:
        for part in menu.values() if isinstance(menu, dict) else menu:
            yield from pages_of(part)


def on_nav(nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
    nav.items.append(Link("Models, columns, macros (dbt docs)", DBT_DOCS))
    return nav


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    own_path = {page: path for path, page in PAGES.items()}.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    in_fence = False
    lines = []
    for line in markdown.splitlines():
        if FENCE.match(line):
            in_fence = not in_fence
        lines.append(line if in_fence else LINK.sub(lambda link: site_link(link, own_path), line))
    return "\n".join(lines)


def on_post_build(*, config: MkDocsConfig) -> None:
    """The search index as a script too: a page that was opened from the disk may not read JSON."""
    folder = Path(config.site_dir) / "search"
    index = (folder / "search_index.json").read_text(encoding="utf-8")
    (folder / "search_index.js").write_text(f"window.searchIndex = {index};\n", encoding="utf-8")


def site_link(link: re.Match[str], own_path: str) -> str:
    """A Markdown link of the file ``own_path`` as the site has it; both are relative to the project."""
    target = link["target"]
    if not target or re.match(r"[a-z]+:", target):
        return link[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(own_path), target))
    if path.startswith("..") or not (PROJECT / path).exists():
        raise PluginError(f"{own_path} links to {target}, which is no file of this project.")
    anchor = link["anchor"] or ""
    if path in PAGES:
        return f"[{link['text']}]({PAGES[path]}{anchor})"
    if path.startswith("docs/"):
        return f"[{link['text']}]({path.removeprefix('docs/')}{anchor})"
    if path.startswith("models/") and path.endswith(".sql"):
        model = posixpath.basename(path).removesuffix(".sql")
        return f"[{link['text']}]({DBT_DOCS}#!/model/model.outbound_attribution.{model})"
    return link["text"]
