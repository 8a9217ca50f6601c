"""Help, and what a wrongly typed command gets: exit code 2 and what would have been right."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from cli.main import app

COMMANDS = ("load", "run", "write-back", "explain", "doctor", "sandbox")


def invoke(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_help_lists_every_command():
    answer = invoke("--help")
    assert answer.exit_code == 0
    assert all(f" {command} " in answer.output for command in [*COMMANDS, "demo"])


@pytest.mark.parametrize("command", [*COMMANDS, "demo"])
def test_each_command_explains_itself(command):
    answer = invoke(command, "--help")
    assert answer.exit_code == 0
    assert f"Usage: attribution {command}" in answer.output


def test_version_is_printed():
    answer = invoke("--version")
    assert (answer.exit_code, answer.output.split()[0]) == (0, "attribution")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["load", "hubspot"], "genesys, salesforce, dynamics, webhook, files"),
        (["load", "genesys", "--since", "yesterday"], "neither a date"),
        (["load", "genesys", "--since", "2026-13-01"], "neither a date"),
        (["load", "genesys", "--since", "2026-02-01", "--until", "2026-01-01"], "before --until"),
        (["load", "files"], "at least one"),
        (["load", "files", "--touches", "t.csv", "--since", "2026-01-01"], "loaded whole"),
        (["load", "--touches", "t.csv"], "attribution load files"),
        (["sandbox", "--port", "70000"], "65535"),
        (["sandbox", "--as-of", "soon"], "neither a date"),
        (["load", "salesfroce"], "Did you mean salesforce?"),
        (["demo", "--crm", "dynamcs"], "salesforce, dynamics. Did you mean dynamics?"),
        (["explain"], "CONVERSION_ID"),
        (["explain", "x", "--touch", "y"], "--touch"),
        (["explain", "x", "--json", "--html"], "choose one"),
        (["explain", "x", "--out", "f.html"], "--html"),
        (["explain", "x", "--pdf"], "--pdf"),
        (["teach"], "teach"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_right(arguments, said):
    answer = invoke(*arguments)
    assert answer.exit_code == 2
    assert said in " ".join(answer.output.replace("│", " ").split())
