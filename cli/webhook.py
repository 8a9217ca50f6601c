"""`attribution webhook`: takes conversions in as they happen."""

from __future__ import annotations

import typer

from cli import terminal
from common.listening import bound


def webhook(
    port: int = typer.Option(8787, min=0, max=65535, help="Port to listen on; 0 picks a free one."),
    host: str = typer.Option("127.0.0.1", help="Address to listen on; outside of it a proxy speaks HTTPS."),
) -> None:
    """Take conversions in over HTTP, signed, and keep them for `attribution load webhook`.

    Runs until Ctrl-C. A conversion that it acknowledged (202) is on disk. docs/webhook.md says how senders sign.

    **Example**

      attribution webhook --port 8787
    """
    from common import settings
    from ingestion.webhook import server, signature
    from ingestion.webhook.inbox import Inbox

    secrets, path = signature.secrets(), settings.webhook_inbox()
    with Inbox(path):
        pass
    listening = bound("The webhook", host, port)
    terminal.say(f"Webhook on http://{host}:{listening.getsockname()[1]}/conversions, inbox {path} (Ctrl+C stops it)")
    server.server(path, secrets).run(sockets=[listening])
