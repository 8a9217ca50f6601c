"""Run several `mf` commands in one process: a start of `mf` takes seconds, a query a fraction of one.

Reads [[argument, ...], ...] as JSON from stdin, writes [{"code", "output"}, ...] as JSON into the file that the one
argument names; dbt's libraries write to stdout as they like.
"""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import update_checker

# `mf` asks a registry for its newest version at each start.
update_checker.UpdateChecker.check = lambda *_, **__: None

from dbt_metricflow.cli.cli_configuration import CLIConfiguration  # noqa: E402
from dbt_metricflow.cli.main import cli  # noqa: E402


def run(arguments: list[str], configuration: CLIConfiguration) -> dict[str, int | str]:
    """One command, as typed behind `mf`."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            cli.main(args=arguments, obj=configuration, standalone_mode=False)
            code = 0
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(bool(exit_.code))
    return {"code": code, "output": said.getvalue()}


if __name__ == "__main__":
    shared = CLIConfiguration()
    results = [run(arguments, shared) for arguments in json.load(sys.stdin)]
    Path(sys.argv[1]).write_text(json.dumps(results), encoding="utf-8")
