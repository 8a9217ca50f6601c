"""The documentation says what the code does: settings, findings, commands, links, and a description for everything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from cli.main import app
from common.dbt_vars import dbt_vars
from common.settings import PROJECT_DIR
from ingestion import dynamics
from ingestion.files import columns
from ingestion.genesys import settings
from ingestion.salesforce import objects

README = PROJECT_DIR / "README.md"
FINDINGS = PROJECT_DIR / "docs" / "data_quality.md"
SOURCES = ["genesys", "salesforce", "dynamics", "files", "webhook"]
# Files that a reader of the repository reads; tests and fixtures have readers of their own.
PAGES = [
    README,
    *sorted((PROJECT_DIR / "docs").glob("*.md")),
    *sorted((PROJECT_DIR / "ingestion").rglob("README.md")),
]
MODEL_LINK = re.compile(r"#!/model/model\.outbound_attribution\.(\w+)")


def table_rows(page: Path) -> list[list[str]]:
    """The cells of every row of every Markdown table of a page."""
    return [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]


def finding_names() -> set[str]:
    """Every finding that a model can make."""
    names: set[str] = set()
    for model in (PROJECT_DIR / "models").rglob("*.sql"):
        names |= set(re.findall(r"'(\w+)' as finding\b", model.read_text(encoding="utf-8")))
    return names


def commands() -> dict[str, Any]:
    """Every command of the CLI by name, but hidden ones."""
    group = typer.main.get_command(app)
    return {name: command for name, command in group.commands.items() if not command.hidden}


def slugs(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", without_code(page.read_text(encoding="utf-8")), re.MULTILINE):
        text = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(text.replace(" ", "-"))
    return found


def without_code(text: str) -> str:
    """The text without fenced blocks, in which neither a heading nor a link is meant."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def broken_links(page: Path) -> list[str]:
    """Links of a page to a file or an anchor that is not there."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and anchor not in slugs(file)):
            broken.append(target)
    return broken


def test_every_var_is_in_the_settings_table_with_its_default():
    documented = {row[0].strip("`"): row[1].strip("`") for row in table_rows(README) if len(row) == 3}
    for name, default in dbt_vars().items():
        assert name in documented, f"README.md has no row for the var {name}"
        assert yaml.safe_load(documented[name]) == default, f"README.md says {documented[name]} of the var {name}"


def test_the_settings_table_has_no_var_that_is_gone():
    section = README.read_text(encoding="utf-8").split("| Var | Default | Meaning |")[1].split("\n\n")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert named == set(dbt_vars())


def test_every_finding_is_explained_and_none_that_is_gone():
    explained = {row[0].strip("`") for row in table_rows(FINDINGS) if len(row) == 5 and row[0].startswith("`")}
    assert finding_names() == explained


def test_every_finding_is_explained_with_the_severity_that_it_has():
    explained = {row[0].strip("`"): row[1] for row in table_rows(FINDINGS) if len(row) == 5}
    severities: dict[str, set[str]] = {}
    for model in (PROJECT_DIR / "models").rglob("*.sql"):
        text = model.read_text(encoding="utf-8")
        for name, severity in re.findall(r"'(\w+)' as finding\b.*?'(\w+)' as severity", text, re.DOTALL):
            severities.setdefault(name, set()).add(severity)
    assert {name: {explained[name]} for name in severities} == severities


def test_every_command_and_each_of_its_options_is_in_the_readme():
    text = README.read_text(encoding="utf-8")
    assert commands(), "the CLI has no command"
    for name, command in commands().items():
        assert f"attribution {name}" in text, f"README.md does not name `attribution {name}`"
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and not parameter.hidden:
                    assert option in text, f"README.md does not name {option} of `attribution {name}`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT_DIR)))
def test_every_link_leads_somewhere(page):
    assert broken_links(page) == []


def test_a_broken_link_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A heading\n[](#a-heading) [](#nowhere) [](gone.md) [](page.md#a-heading)\n", encoding="utf-8")
    assert broken_links(page) == ["#nowhere", "gone.md"]


def test_every_rule_that_code_and_models_point_to_is_in_the_decisions():
    anchors = slugs(PROJECT_DIR / "docs" / "decisions.md")
    files = [
        file
        for folder in ("cli", "common", "ingestion", "macros", "models", "sandbox", "seeds", "write_back")
        for file in (PROJECT_DIR / folder).rglob("*")
        if file.suffix in (".py", ".sql", ".yml", ".md")
    ]
    pointed = {
        (str(file.relative_to(PROJECT_DIR)), anchor)
        for file in [*files, PROJECT_DIR / "profiles.yml"]
        for anchor in re.findall(r"decisions\.md#([\w-]+)", file.read_text(encoding="utf-8"))
    }
    assert pointed, "profiles.yml at least points to one"
    assert [where for where in sorted(pointed) if where[1] not in anchors] == []


@pytest.fixture(scope="module")
def manifest(manifest_json) -> dict[str, Any]:
    """dbt's own picture of the project, with every source on."""
    return manifest_json(SOURCES)


def says_nothing(name: str, description: str | None) -> bool:
    """Whether a description is empty or only the name in other letters."""
    words = re.sub(r"[\W_]+", " ", (description or "").lower()).split()
    return not words or words in (name.lower().split("_"), ["the", *name.lower().split("_")])


def described(manifest: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(where, name, description) of all that the project makes: models, seeds, sources, macros, their columns."""
    found = []
    own = [
        item
        for kind in ("nodes", "sources", "exposures", "macros")
        for item in manifest[kind].values()
        if item["package_name"] == "outbound_attribution"
        and item["resource_type"] not in ("test", "analysis", "operation")
    ]
    for item in own:
        name = item["name"]
        # A macro of one warehouse is described by the one that picks it; a test's macro by the test's own comment.
        if item["resource_type"] == "macro" and re.match(r"(default|duckdb|snowflake|test)_", name):
            continue
        found.append((item["unique_id"], name, item["description"]))
        for column in item.get("columns", {}).values():
            found.append((f"{item['unique_id']}.{column['name']}", column["name"], column["description"]))
        for argument in item.get("arguments", []):
            found.append((f"{item['unique_id']}({argument['name']})", argument["name"], argument["description"]))
    return found


def test_everything_in_dbt_has_a_description(manifest):
    items = described(manifest)
    kinds = {where.split(".")[0] for where, _, _ in items}
    assert kinds == {"model", "seed", "source", "macro", "exposure"}
    assert [where for where, name, description in items if says_nothing(name, description)] == []


def test_every_column_that_a_contract_holds_is_described(manifest):
    undescribed = [
        f"{node['name']}.{column['name']}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
        for column in node["columns"].values()
        if says_nothing(column["name"], column["description"])
    ]
    assert undescribed == []


def test_every_column_that_a_load_brings_is_described(manifest):
    brought: dict[str, set[str]] = {}
    for name, raw in objects.RAW_TABLES.items():
        brought[f"raw_salesforce.{name}"] = set(raw.columns)
    for name, table in columns.TABLES.items():
        brought[f"raw_files.{name}"] = set(table.schema.names)
    for name, table in dynamics.RAW_TABLES.items():
        brought[f"raw_dynamics.{name}"] = set(table.raw_columns)
    brought["raw_genesys.conversations"] = set(settings.conversation_columns())
    assert len(brought) == 10 + 3 + 9 + 1
    described_columns = {
        f"{source['source_name']}.{source['name']}": set(source["columns"]) - {"_dlt_load_id", "_dlt_id"}
        for source in manifest["sources"].values()
    }
    assert {table: described_columns[table] for table in brought} == brought


def test_the_start_page_of_the_dbt_docs_links_to_models_that_are_there(manifest):
    page = manifest["docs"]["doc.outbound_attribution.__overview__"]["block_contents"]
    models = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    linked = set(MODEL_LINK.findall(page))
    assert linked
    assert linked <= models


def test_a_description_that_only_repeats_the_name_says_nothing():
    assert says_nothing("agent_id", "Agent ID.")
    assert says_nothing("agent_id", "The agent id")
    assert says_nothing("agent_id", "")
    assert not says_nothing("agent_id", "The agent, or '(none)'")
