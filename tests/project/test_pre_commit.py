"""What `git commit` checks is what `make test` checks: no linter more, none less, none from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from common.settings import PROJECT_DIR

CONFIG = PROJECT_DIR / ".pre-commit-config.yaml"


@pytest.fixture(scope="module")
def hooks() -> list[dict[str, Any]]:
    """All hooks, of all repositories that the configuration names."""
    repositories = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    return repositories[0]["hooks"]


def prerequisites(target: str) -> list[str]:
    """What a target of the Makefile needs first."""
    makefile = (PROJECT_DIR / "Makefile").read_text(encoding="utf-8")
    return re.search(rf"^{target}:(.*)$", makefile, re.MULTILINE)[1].split()


def test_pre_commit_reads_the_configuration():
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", str(CONFIG)], check=True)


def test_the_hooks_are_the_linters_of_make_test(hooks):
    assert "lint" in prerequisites("test")
    assert [hook["entry"] for hook in hooks] == [f"make {target}" for target in prerequisites("lint")]
    for hook in hooks:
        assert hook["language"] == "system" and hook["pass_filenames"] is False


@pytest.mark.parametrize(
    ("path", "linters"),
    [
        ("cli/run.py", ["lint-python"]),
        ("models/marts/fct_touches.sql", ["lint-sql"]),
        ("macros/time/to_utc.sql", ["lint-sql"]),
        ("tests/generic/sums_to_one.sql", ["lint-sql"]),
        ("tests/dbt/reference.py", ["lint-python"]),
        ("pyproject.toml", ["lint-python", "lint-sql"]),
        ("docs/decisions.md", []),
    ],
)
def test_a_change_runs_the_linters_that_it_concerns(hooks, path, linters):
    assert [hook["id"] for hook in hooks if re.search(hook["files"], path)] == linters
