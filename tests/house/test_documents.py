"""Documents run: what they say of the code is compared with the code."""

import re
import subprocess

import pytest

from tests.house.sources import ROOT, configuration, rooms_on_disk

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
README = (ROOT / "README.md").read_text()


def test_the_architecture_fits_on_one_page() -> None:
    lines = ARCHITECTURE.splitlines()
    assert len(lines) <= 70
    assert max(map(len, lines)) <= 120


def test_the_architecture_names_every_room_in_the_order_of_the_contract() -> None:
    named = re.findall(r"^\| `(\w+)` \|", ARCHITECTURE, re.MULTILINE)
    assert set(named) == rooms_on_disk()
    layers = [layer.split(" | ") for layer in configuration()["tool"]["importlinter"]["contracts"][0]["layers"]]
    place = {room: n for n, layer in enumerate(layers) for room in layer}
    ordered = [place[room] for room in named if room in place]
    assert ordered == sorted(ordered)


def test_the_arrows_on_the_page_are_the_contract_that_is_checked() -> None:
    drawn = next(line for line in ARCHITECTURE.splitlines() if line.startswith("api | cli"))
    layers = configuration()["tool"]["importlinter"]["contracts"][0]["layers"]
    assert re.split(r"\s+->\s+", drawn.strip()) == layers


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_file_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    rooms = "|".join(sorted(rooms_on_disk()))
    named = set(re.findall(rf"`((?:{rooms}|docs|tests)/[\w./-]+)`", text)) | set(re.findall(r"\]\(([^):#]+)\)", text))
    missing = [n for n in sorted(named) if not any((ROOT / f"{n.rstrip('/')}{end}").exists() for end in ("", ".py"))]
    assert missing == []


def test_a_decision_is_half_a_page_and_its_title_is_the_decision() -> None:
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title, *rest = path.read_text().splitlines()
        assert title.startswith("# "), path.name
        assert len(rest) <= 40, path.name
        slug = re.sub(r"[^a-z0-9]+", "-", title.removeprefix("# ").lower().replace("'", "")).strip("-")
        assert re.fullmatch(rf"\d{{4}}-{re.escape(slug)}", path.stem), f"{path.name}: {slug}"


def test_decisions_are_numbered_without_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_readme_fits_on_one_screen() -> None:
    assert len(README.splitlines()) <= 60


def test_every_make_target_that_a_document_names_exists() -> None:
    text = README + ARCHITECTURE + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`?make ([a-z]+)", text))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets | {"and"}


def test_ci_calls_what_a_developer_types() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    done = subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], capture_output=True, check=False)  # noqa: S607  # any bash
    assert done.returncode == 0


def test_lock_files_carry_hashes_and_name_no_index() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = lock.read_text()
        pinned = re.findall(r"^[\w.-]+==\S+ \\$", text, re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) > 0
        assert "index-url" not in text
        assert "://" not in text
