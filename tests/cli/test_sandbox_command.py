"""`attribution sandbox` as a user runs it: prints its settings when it is ready, stops when it is told."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import requests

from common.settings import PROJECT_DIR


def test_it_prints_its_settings_when_it_is_ready_and_stops_on_sigterm(environment):
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "sandbox", "--port", "0", "--scale", "0.02", "--as-of", "2026-06-15"],
        cwd=PROJECT_DIR,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        exported = {}
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                exported[name] = value
            if len(exported) == 11:
                break
        assert set(exported) == {
            "GENESYSCLOUD_BASE_URL",
            "GENESYSCLOUD_OAUTHCLIENT_ID",
            "GENESYSCLOUD_OAUTHCLIENT_SECRET",
            "SALESFORCE_INSTANCE_URL",
            "SALESFORCE_CLIENT_ID",
            "SALESFORCE_CLIENT_SECRET",
            "DYNAMICS_URL",
            "DYNAMICS_LOGIN_URL",
            "DYNAMICS_TENANT_ID",
            "DYNAMICS_CLIENT_ID",
            "DYNAMICS_CLIENT_SECRET",
        }
        truth = requests.get(exported["GENESYSCLOUD_BASE_URL"] + "/_sandbox/truth", timeout=10).json()
        assert truth["conversion_without_touch"]["finding"] == "conversion_without_touch"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def test_a_port_in_use_is_said(attribution, is_sentence):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = attribution("sandbox", "--port", str(taken.getsockname()[1]), "--scale", "0.02")
    assert is_sentence(answer)
    assert "--port" in answer.stderr
