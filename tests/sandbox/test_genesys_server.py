"""The sandbox in the foreground, as a shell meets it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
import requests

from common.errors import AttributionError
from sandbox.server import Sandbox

CODE = """
from datetime import date
from sandbox.org import Org
from sandbox.server import serve
serve(Org(1, 1.0, date(2026, 6, 15), {"id": "o", "name": "O"}), port=0)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_settings_for_the_shell_and_stops_when_told(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(7)]
        assert lines[0].startswith("# Sandbox ready on http://127.0.0.1:")
        base_url = lines[0].split()[4]
        script = "".join(lines) + "env"
        shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
        settings = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        assert settings["GENESYSCLOUD_BASE_URL"] == settings["SALESFORCE_INSTANCE_URL"] == base_url
        answer = requests.post(
            f"{base_url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(settings["GENESYSCLOUD_OAUTHCLIENT_ID"], settings["GENESYSCLOUD_OAUTHCLIENT_SECRET"]),
            timeout=5,
        )
        assert answer.status_code == 200
        process.send_signal(number)
        _, errors = process.communicate(timeout=15)
        assert (process.returncode, errors) == (0, "")
    finally:
        process.kill()
        process.wait()


def test_a_port_in_use_is_a_sentence(run_sandbox: Callable[..., Sandbox]) -> None:
    port = int(run_sandbox().base_url.rsplit(":", 1)[1])
    with pytest.raises(AttributionError, match=f"cannot listen on 127.0.0.1:{port}"):
        run_sandbox(port=port)


def test_it_answers_on_loopback_only(sandbox: Sandbox) -> None:
    assert sandbox.base_url.startswith("http://127.0.0.1:")
    with pytest.raises(requests.ConnectionError):
        requests.get(sandbox.base_url.replace("127.0.0.1", "127.0.0.2"), timeout=2)
