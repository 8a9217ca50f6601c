"""Senders of all kinds at a webhook that is killed again and again, and loads that are killed too.

``run`` counts what was sent, acknowledged, refused and killed, and raises AssertionError where an event that was
acknowledged is lost or doubled, or one that was refused is there.
"""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).parent))
from sender import WebhookProcess, environment, event, is_cut, post, signed

from common.settings import PROJECT_DIR

SENDERS = 8
# Kinds of requests, with their shares.
KINDS = {
    "good": 50,
    "again": 8,
    "forged": 6,
    "replayed": 8,
    "stale": 6,
    "oversized": 4,
    "malformed": 6,
    "other content": 6,
    "broken off": 4,
    "slow": 2,
}
EXPECTED = {
    "good": 202,
    "again": 202,
    "forged": 401,
    "replayed": 401,
    "stale": 401,
    "oversized": 413,
    "malformed": 400,
    "other content": 409,
}


class Senders:
    """Threads that send until they are stopped; what was acknowledged is in ``acknowledged``, id → content."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.sent: set[str] = set()
        self.refused: set[str] = set()
        self.wrong: list[str] = []
        self.port = 0
        self.made = 0
        self.stop = threading.Event()

    def send(self, number: int) -> None:
        """The life of one thread."""
        rng = random.Random(f"{self.seed}/{number}")
        while not self.stop.is_set():
            [kind] = rng.choices(list(KINDS), list(KINDS.values()))
            try:
                self.one(kind, rng)
            except (OSError, http.client.HTTPException):  # the server was killed just then
                with self.lock:
                    self.counts["no answer"] += 1
                time.sleep(0.02)

    def one(self, kind: str, rng: random.Random) -> None:
        """One request of this kind, and whether the answer is the one that it ought to get."""
        with self.lock:
            self.made += 1
            made = event(f"{kind.replace(' ', '-')}-{self.made}", lead_id=f"L{rng.randrange(50)}", conversion_value=1.5)
            known = rng.choice(list(self.acknowledged.values())) if self.acknowledged else None
            self.counts[f"sent: {kind}"] += 1
        if kind in ("again", "other content") and known is None:
            kind = "good"
        body = json.dumps(made).encode()
        headers = signed(body)
        if kind == "again":
            body = json.dumps(known).encode()
            headers = signed(body, at=time.time() - 1 - rng.randrange(200) - rng.random())
        elif kind == "other content":
            body = json.dumps({**known, "lead_id": "another"}).encode()
            headers = signed(body)
        elif kind == "forged":
            headers = signed(body, secret="not the secret, however long it may well be")
        elif kind == "stale":
            headers = signed(body, at=time.time() - 301 - rng.randrange(1000))
        elif kind == "oversized":
            body = json.dumps({**made, "campaign_id": "x" * 70_000}).encode()
            headers = signed(body)
        elif kind == "malformed":
            half = [body.replace(b"Z", b""), body.replace(b"lead_id", b"lead")]
            body = rng.choice([b"{", b"[]", b'{"event_id": 5}', b"\xff", *half])
            headers = signed(body)
        elif kind in ("broken off", "slow"):
            self.refused.add(made["event_id"])
            is_cut(self.port, request_bytes(body, headers)[: -rng.randrange(1, len(body))], within=0.05)
            return
        if kind in ("good", "replayed"):
            with self.lock:
                self.sent.add(made["event_id"])
        elif kind in ("forged", "stale", "oversized", "malformed"):
            self.refused.add(made["event_id"])
        answer = post(self.port, body, headers)
        if kind in ("good", "replayed") and answer.status == 202:
            with self.lock:
                self.acknowledged[made["event_id"]] = made
        if kind == "replayed":  # a good request, and now once more as it was
            self.judge("good", answer.status)
            answer = post(self.port, body, headers)
        self.judge(kind, answer.status)

    def judge(self, kind: str, status: int) -> None:
        """Count the answer; 429 is always allowed."""
        with self.lock:
            self.counts[f"answered {status}"] += 1
            # Sent again within a second, an event has the signature that it had before.
            if status not in (EXPECTED[kind], 429) and not (kind == "again" and status == 401):
                self.wrong.append(f"{kind}: {status}")


def request_bytes(body: bytes, headers: dict[str, str]) -> bytes:
    """The request as it goes over the wire."""
    lines = ["POST /conversions HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def load(folder: Path, kill_after: float | None) -> bool:
    """`attribution load webhook`, killed after so many seconds; whether it ended well before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "load", "webhook"],
        cwd=PROJECT_DIR,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _, said = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    assert process.returncode == 0, said
    return True


def run(seconds: float, seed: int) -> dict[str, int]:
    """Send, kill and load for about so many seconds, then load what is left and hold it against what was acknowledged.

    Returns counts by what they count. Raises AssertionError for an event lost, doubled or let in, naming the seed.
    """
    rng = random.Random(seed)
    senders = Senders(seed)
    counts = senders.counts
    threads = [threading.Thread(target=senders.send, args=[number], daemon=True) for number in range(SENDERS)]
    with tempfile.TemporaryDirectory(prefix="webhook_soak_") as text:
        folder = Path(text)
        until = time.monotonic() + seconds
        loading: threading.Thread | None = None
        while time.monotonic() < until or not counts["webhook killed"]:
            webhook = WebhookProcess(folder)
            senders.port = webhook.port
            for thread in threads:
                if not thread.is_alive():
                    thread.start()
            if loading is None or not loading.is_alive():
                loading = threading.Thread(target=_load_and_count, args=(folder, rng.uniform(1.0, 8.0), counts))
                loading.start()
            time.sleep(rng.uniform(0.1, 1.5))
            webhook.kill()
            counts["webhook killed"] += 1
        senders.stop.set()
        for thread in threads:
            thread.join()
        if loading is not None:
            loading.join()
        load(folder, None)
        with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
            rows = connection.execute("select event_id, lead_id from raw_webhook.events").fetchall()
    found = dict(rows)
    lost = [each for each, made in senders.acknowledged.items() if found.get(each) != made["lead_id"]]
    doubled = len(rows) - len(found)
    let_in = [each for each in found if each in senders.refused or each not in senders.sent]
    counts["acknowledged"], counts["in the warehouse"] = len(senders.acknowledged), len(rows)
    counts["acknowledged and lost"], counts["doubled"], counts["let in"] = len(lost), doubled, len(let_in)
    counts["answered wrongly"] = len(senders.wrong)
    problems = [lost[:5], doubled, let_in[:5], senders.wrong[:5]]
    assert not any(problems), f"seed {seed}: lost, doubled, let in, answered wrongly: {problems}"
    return dict(sorted(counts.items()))


def _load_and_count(folder: Path, kill_after: float, counts: Counter[str]) -> None:
    counts["load ended well" if load(folder, kill_after) else "load killed"] += 1


if __name__ == "__main__":
    print(json.dumps(run(float(sys.argv[1]), int(sys.argv[2])), indent=1))
