"""The Makefile's set-up on a machine that has no Python that fits."""

from __future__ import annotations

import shutil
import subprocess

from common.settings import PROJECT_DIR


def test_a_python_that_does_not_fit_is_refused_before_anything_is_made(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(PROJECT_DIR / name, tmp_path / name)
    answer = subprocess.run(["make", "setup", "PYTHON=false"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert answer.returncode != 0
    assert "3.11, 3.12 or 3.13" in answer.stderr
    assert not (tmp_path / ".venv").exists()
