"""Coverage-guided fuzzing of every reader in the table, in the long run alone (`make soak`).

atheris is there on Linux, up to the Python that it was built for; elsewhere there is nothing to run it with.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import parsers
from tests.house.sources import ROOT

RUNS = 20_000
RUNS_OF_FILES = 3_000  # each of which is written first
THERE = sys.platform == "linux" and sys.version_info < (3, 14) and importlib.util.find_spec("atheris") is not None


@pytest.mark.soak
@pytest.mark.skipif(not THERE, reason="no atheris for this system or this Python")
@pytest.mark.parametrize("address", sorted(each.address for each in parsers.table()))
def test_nothing_but_the_rooms_own_errors_comes_out_of_what_its_code_leads_to(address: str, tmp_path: Path) -> None:
    runs = RUNS_OF_FILES if "cli." in address or "keys" in address else RUNS
    command = [sys.executable, "-m", "tests.house.fuzzing", address, str(runs), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1_800)
    found = [each.read_bytes()[:2_000] for each in tmp_path.glob("*-*") if each.is_file()]
    assert done.returncode == 0, (done.stdout[-2_000:], done.stderr[-4_000:], found)
    assert not found
    assert f"stat::number_of_executed_units: {runs}" in done.stderr
