"""`attribution`: the one entry point. Errors become a sentence here, and exit codes are given here alone.

Exit codes: 0 all went well, 1 something that can be mended went wrong, 2 the command was typed wrongly. `run` has more,
by step (cli.run).
"""

from __future__ import annotations

import signal
import sys
from importlib.metadata import version

import typer

from cli import (
    compare,
    contacts,
    dashboard,
    demo,
    doctor,
    explain,
    forget,
    load,
    publish,
    run,
    sandbox,
    terminal,
    webhook,
    write_back,
)
from common.errors import AttributionError

app = typer.Typer(
    name="attribution",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        terminal.say(f"attribution {version('outbound-attribution')}")
        raise typer.Exit()


@app.callback(
    epilog="Start with `make demo`, or with `attribution doctor` for your own org. "
    "`dbt build` works by itself between load and write-back."
)
def attribution(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    show_version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Which outbound touch earned the conversion: load, build, write the credit back to Genesys Cloud."""
    terminal.set_up_logging()


app.command("load")(load.load)
app.command("run")(run.run)
app.command("write-back")(write_back.write_back)
app.command("explain")(explain.explain)
app.command("dashboard")(dashboard.dashboard)
app.command("publish")(publish.publish)
app.command("compare")(compare.compare)
app.command("doctor")(doctor.doctor)
app.command("forget")(forget.forget)
app.command("webhook")(webhook.webhook)
app.add_typer(contacts.contacts, name="contacts")
app.command("sandbox")(sandbox.sandbox)
app.command("demo")(demo.demo)


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    # Read here, not in the callback: an error while the arguments are read has to know it too.
    debug = "--debug" in sys.argv
    # A stop from outside unwinds as Ctrl-C does, so that what a command started is stopped with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app(prog_name="attribution")
    except AttributionError as error:
        if debug:
            raise
        terminal.fail(error.message, error.remedy)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        terminal.fail("Stopped.", "")
        sys.exit(130)
    except Exception as error:
        if debug:
            raise
        said = " ".join(str(error).split())[:400]
        terminal.fail(
            f"{type(error).__name__}: {said or 'no more is known'}",
            "Nobody foresaw this one. Run again with --debug (`attribution --debug ...`) to see where it comes from.",
        )
        sys.exit(getattr(error, "exit_code", 1))


if __name__ == "__main__":
    main()
