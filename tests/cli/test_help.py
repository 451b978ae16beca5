"""What --help says is what is written down; and asking for it costs nothing."""

import subprocess
import sys

import pytest

from cli.main import WORDS, main
from tests.cli import helps
from tests.cli.starts import ROOT


def test_every_help_is_as_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails and the change is wanted: python -m tests.cli.helps"""
    for name, value in {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    for name in ("DATA", "PORT", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert helps.helps() == helps.KEPT.read_text()


def test_every_word_says_of_itself_what_the_list_says_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    for word, (_, line) in WORDS.items():
        assert main([word, "--help"]) == 0
        assert line.split("(")[0].split()[0] in capsys.readouterr().out


def test_the_list_of_words_loads_none_of_them() -> None:
    script = (
        "import sys; from cli.main import main; main(['--help'])\n"
        "rooms = {'api', 'auth', 'database', 'operations', 'schema', 'reading', 'ledger', 'casework'}\n"
        "assert not rooms & {name.partition('.')[0] for name in sys.modules}"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_word_that_is_none_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adit"]) == 2
    assert "Did you mean 'audit'" in capsys.readouterr().err


def test_no_word_at_all_shows_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    shown = capsys.readouterr()
    assert all(word in shown.out + shown.err for word in WORDS)
