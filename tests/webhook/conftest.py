"""A webhook that runs within the tests' process, with shorter patience than a real one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sender import OLD_SECRET, SECRET

from common.listening import bound
from ingestion.webhook import app, server


@pytest.fixture(scope="module")
def inbox_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module's webhook keeps its events."""
    return tmp_path_factory.mktemp("webhook") / "w.inbox.sqlite"


@pytest.fixture(scope="module")
def port(inbox_file: Path) -> Iterator[int]:
    """The port of a webhook that cuts after 0.6 s and takes 20 requests at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "REQUEST_SECONDS", 0.6)
        patch.setattr(app, "MOST_UNDER_WAY", 20)
        listening = bound("The webhook", "127.0.0.1", 0)
        running = server.server(inbox_file, [SECRET.encode(), OLD_SECRET.encode()])
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        while not running.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield listening.getsockname()[1]
        running.should_exit = True
        thread.join()
