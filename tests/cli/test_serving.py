"""estafet serve --demo and what is done beside it: the story, the commands, and how it all ends."""

import json
import re
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.starts import Started, alone, estafet, free_port, postgres_of, started

PROVINCES = {"ID-JK", "ID-JB", "ID-JT", "ID-YO", "ID-JI", "ID-BT", "ID-BA", "ID-NB", "ID-NT", "ID-LA"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with started(tmp_path_factory.mktemp("serve") / "data") as service:
        yield service


def as_client(service: Started, name: str) -> tuple[str, str]:
    return "--as", str(service.data / "demo" / "clients" / f"{name}.json")


def asked(service: Started, name: str, query: str) -> dict[str, object]:
    done = estafet("graphql", *as_client(service, name), query, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    answer = json.loads(done.stdout)["data"]
    assert isinstance(answer, dict)
    return answer


def test_the_demos_files_are_there_and_their_owners_alone(service: Started) -> None:
    demo = service.data / "demo"
    assert {path.stem for path in (demo / "clients").iterdir()} == PROVINCES | {"auditor"}
    for folder in ("keys", "roots"):
        assert {path.stem for path in (demo / folder).iterdir()} == PROVINCES
    secrets = [*demo.glob("*/*.json"), *(service.data / "keys").iterdir(), demo / "anchor"]
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in secrets} == {"0o600"}
    client = json.loads((demo / "clients" / "ID-JK.json").read_text())
    assert set(client) == {"issuer", "client_id", "party", "scopes", "client_jwk", "dpop_jwk"}
    assert client["issuer"] == service.url
    assert re.fullmatch("[0-9a-f]{64}", (demo / "anchor").read_text().strip())
    key = json.loads((demo / "keys" / "ID-JK.json").read_text())
    assert re.fullmatch("ID-JK/k[0-9a-f]{32}", key["name"])


def test_every_state_of_a_case_a_referral_and_a_handover_occurs(service: Started) -> None:
    """Seen through the ten provinces' own clients."""
    cases, referrals, handovers = set(), set(), set()
    query = """{ cases(first: 100) { edges { node { status } } }
        referrals(first: 100) { edges { node { status handovers { status } } } } }"""
    for code in sorted(PROVINCES):
        answer = json.dumps(asked(service, code, query))
        data = json.loads(answer)
        cases |= {edge["node"]["status"] for edge in data["cases"]["edges"]}
        referrals |= {edge["node"]["status"] for edge in data["referrals"]["edges"]}
        handovers |= {h["status"] for edge in data["referrals"]["edges"] for h in edge["node"]["handovers"]}
    assert cases == {"OPENED", "ASSESSED", "CLOSED"}
    assert referrals == {
        "SENT", "ACKNOWLEDGED", "ACCEPTED", "DECLINED", "WITHDRAWN", "EXPIRED", "COMPLETED"
    }  # fmt: skip
    assert handovers == {"RELEASED", "RECEIVED", "REFUSED"}


def test_the_demos_log_is_clean(service: Started, tmp_path: Path) -> None:
    anchor = (service.data / "demo" / "anchor").read_text().strip()
    fetched = estafet("audit", "fetch", service.url, str(tmp_path / "copy"), *as_client(service, "auditor"))
    assert fetched.returncode == 0, fetched.stderr
    verified = estafet("audit", "verify", str(tmp_path / "copy"), "--anchor", anchor)
    assert (verified.returncode, verified.stderr) == (0, "")
    at_once = estafet("audit", "verify", service.url, "--anchor", anchor, *as_client(service, "auditor"))
    assert at_once.returncode == 0


def test_the_demos_past_has_obligations_in_every_state_and_notices_of_what_was_breached(
    service: Started, tmp_path: Path
) -> None:
    anchor = (service.data / "demo" / "anchor").read_text().strip()
    estafet("audit", "fetch", service.url, str(tmp_path / "copy"), *as_client(service, "auditor"))
    told = estafet("audit", "obligations", str(tmp_path / "copy"), "--anchor", anchor, "--json")
    assert (told.returncode, told.stderr) == (0, "")
    rows = json.loads(told.stdout)["rows"]
    assert {row["state"] for row in rows} == {"OPEN", "MET", "MET_LATE", "BREACHED", "WAIVED", "PAUSED"}
    assert all(row["notedBy"] for row in rows if row["state"] in ("BREACHED", "MET_LATE") and row["ending"] is None)
    late = [row for row in rows if row["state"] == "MET_LATE"]
    assert all(row["notedAt"] < row["endedAt"] for row in late)
    assert {(row["enteredLate"], row["contested"]) for row in rows} == {(False, False), (True, False), (False, True)}
    answers = {row["state"] for row in rows if row["endedKind"] == "discrepancy.answered"}
    assert answers == {"MET", "MET_LATE"}
    assert any(row["stops"] for row in rows)  # paused and resumed
    assert any(row["waiverOffer"] and row["state"] != "WAIVED" for row in rows)  # offered, and nobody agreed


def test_the_demos_log_is_watched_by_three_from_its_founding_on(service: Started, tmp_path: Path) -> None:
    copy, anchor = str(tmp_path / "copy"), (service.data / "demo" / "anchor").read_text().strip()
    told: dict[str, object] = {}
    for _ in range(50):  # a newest checkpoint may just have been published
        assert estafet("audit", "fetch", service.url, copy, *as_client(service, "auditor")).returncode == 0
        done = estafet("audit", "verify", copy, "--anchor", anchor, "--json")
        assert done.returncode == 0, done.stdout
        told = json.loads(done.stdout)["witnesses"]
        if told["uncovered"] == 0 and len(list(told["newest"])) == 3:  # type: ignore[call-overload]  # JSON
            break
        time.sleep(0.2)
    assert (told["quorum"], told["colluding"], told["uncovered"]) == (2, 1, 0)
    assert told["named"] == told["newest"] == [f"witness-{number}.demo.estafet.invalid" for number in (1, 2, 3)]
    entries = json.dumps(asked(service, "auditor", "{ ledgerEntries(first: 5) { edges { node { state } } } }"))
    assert set(re.findall("LOGGED|PUBLISHED|WITNESSED", entries)) == {"WITNESSED"}
    keys = [service.data / "witness" / str(number) / "key.json" for number in (1, 2, 3)]
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in keys} == {"0o600"}


def test_a_province_may_not_fetch_the_whole_log(service: Started, tmp_path: Path) -> None:
    done = estafet("audit", "fetch", service.url, str(tmp_path / "copy"), *as_client(service, "ID-JK"))
    assert done.returncode == 2
    assert "ledger:read" in done.stderr
    assert not (tmp_path / "copy" / "checkpoint").exists()


def test_the_story_is_told_in_time_names_the_spoiled_entry_and_tells_twice_what_is_owed(service: Started) -> None:
    """The target is 5 seconds; the bound is wide because the machines that test are busy."""
    began = time.monotonic()
    done = estafet("demo", "--data", str(service.data))
    assert done.returncode == 0, done.stderr + done.stdout
    assert time.monotonic() - began < 20
    told = done.stdout
    assert [line[:3].strip() for line in told.splitlines() if re.match("[ 1][0-9]  [A-Z]", line)] == [
        str(number) for number in range(1, 15)
    ]
    named = re.search(r"Found, and named: entry (\d+)", told)
    assert named is not None
    assert f"it covers entry {named[1]}" in told
    assert "✓ clean" in told
    receipts = re.search(r"All (\d+) receipts of the story", told)
    assert receipts is not None
    assert f"{receipts[1]} shown, {receipts[1]} kept" in told
    assert "obligations, the same in every number" in told
    assert all(secret not in told for secret in secrets_of(service))


def secrets_of(service: Started) -> list[str]:
    """Every private value in the demo's files."""
    documents = [json.loads(path.read_text()) for path in (service.data / "demo").glob("*/*.json")]
    jwks = [document for document in documents if "d" in document]
    jwks += [document[name] for document in documents for name in ("client_jwk", "dpop_jwk") if name in document]
    return [jwk["d"] for jwk in jwks]


def test_an_error_in_a_question_is_told_and_is_exit_code_1(service: Started) -> None:
    done = estafet("graphql", *as_client(service, "ID-JK"), "{ ledgerEntries(first: 1) { totalCount } }")
    assert done.returncode == 1
    assert "INSUFFICIENT_SCOPE" in done.stdout


def test_a_key_is_made_delegated_and_revoked(service: Started, tmp_path: Path) -> None:
    roots, key = service.data / "demo" / "roots", tmp_path / "key.json"
    data = ("--data", str(service.data))
    assert estafet("keys", "new", str(key), "--party", "ID-JB").returncode == 0
    private = json.loads(key.read_text())
    shown = estafet("keys", "show", str(key), "--json")
    assert json.loads(shown.stdout)["name"] == private["name"]
    assert private["d"] not in shown.stdout
    own, other = (("--root", str(roots / f"{code}.json")) for code in ("ID-JB", "ID-JI"))
    assert estafet("keys", "delegate", *other, "--key", str(key), *data).returncode == 1
    assert estafet("keys", "delegate", *own, "--key", str(key), *data).returncode == 0
    again = estafet("keys", "delegate", *own, "--key", str(key), *data)
    assert again.returncode == 1
    assert estafet("keys", "revoke", private["name"], *own, *data).returncode == 0
    assert estafet("keys", "new", str(key), "--party", "ID-JB").returncode == 2
    assert json.loads(key.read_text()) == private


def test_a_delegation_signed_elsewhere_is_entered(service: Started, tmp_path: Path) -> None:
    key, envelope = tmp_path / "key.json", tmp_path / "envelope.json"
    root = ("--root", str(service.data / "demo" / "roots" / "ID-YO.json"))
    estafet("keys", "new", str(key), "--party", "ID-YO")
    checkpoint = estafet(
        "graphql", *as_client(service, "auditor"), "{ agreement { sha256 } checkpoint { note } }", "--json"
    )
    answer = json.loads(checkpoint.stdout)["data"]
    ground = ("--log", answer["checkpoint"]["note"].splitlines()[0], "--agreement", answer["agreement"]["sha256"])
    assert estafet("keys", "delegate", *root, "--key", str(key), "--out", str(envelope)).returncode == 2
    done = estafet("keys", "delegate", *root, "--key", str(key), "--out", str(envelope), *ground)
    assert done.returncode == 0, done.stderr
    entered = estafet("keys", "enter", str(envelope), "--data", str(service.data))
    assert entered.returncode == 0, entered.stderr
    assert estafet("keys", "enter", str(envelope), "--data", str(service.data)).returncode == 1


def test_a_client_is_added_rotated_and_disabled(service: Started, tmp_path: Path) -> None:
    data, file = ("--data", str(service.data)), tmp_path / "client.json"
    add = ("clients", "add", "panti-1", "--party", "ID-JB", "--out", str(file), *data)
    assert estafet(*add, "--scope", "everything").returncode == 1
    assert not file.exists()
    assert estafet(*add, "--scope", "cases:read").returncode == 0
    assert estafet("graphql", "--as", str(file), "{ me { client } }").returncode == 0
    before = file.read_bytes()
    assert estafet("clients", "rotate", "panti-1", "--file", str(file), "--retire", *data).returncode == 0
    (tmp_path / "old.json").write_bytes(before)
    assert estafet("graphql", "--as", str(file), "{ me { client } }").returncode == 0
    assert estafet("graphql", "--as", str(tmp_path / "old.json"), "{ me { client } }").returncode == 2
    assert estafet("clients", "disable", "panti-1", *data).returncode == 0
    refused = estafet("graphql", "--as", str(file), "{ me { client } }")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert estafet("clients", "disable", "nobody", *data).returncode == 1


def test_the_safety_check_and_the_migration_run_beside_the_service(service: Started) -> None:
    assert estafet("check", "--data", str(service.data)).returncode == 0
    assert json.loads(estafet("check", "--json", "--data", str(service.data)).stdout) == {"safe": True, "faults": []}
    assert estafet("migrate", "--data", str(service.data)).returncode == 0
    (service.data / "keys" / "host.json").chmod(0o644)
    try:
        done = estafet("check", "--data", str(service.data))
        assert done.returncode == 1
        assert "host.json" in done.stdout.replace("\n", "")
    finally:
        (service.data / "keys" / "host.json").chmod(0o600)


def test_a_second_service_on_the_port_or_the_folder_is_refused(service: Started, tmp_path: Path) -> None:
    done = alone("serve", "--demo", "--port", str(service.port), "--data", str(tmp_path / "other"))
    assert done.returncode == 2
    assert not (tmp_path / "other").exists()
    done = alone("serve", "--demo", "--port", str(free_port()), "--data", str(service.data))
    assert done.returncode == 2
    assert "another service" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])  # noqa: S104  # what is refused
def test_a_demo_is_not_shown_to_other_machines(host: str, tmp_path: Path) -> None:
    done = alone("serve", "--demo", "--host", host, "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert not (tmp_path / "data").exists()


def test_a_demo_touches_no_folder_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("not ours")
    done = alone("serve", "--demo", "--port", str(free_port()), "--data", str(tmp_path))
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_service_is_no_demo_by_accident(service: Started) -> None:
    done = alone("serve", "--port", str(free_port()), "--data", str(service.data))
    assert done.returncode == 2
    assert "--demo" in done.stderr


def test_a_service_without_a_log_does_not_serve_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = alone("serve", "--port", str(free_port()), "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "not begun" in done.stderr
    assert postgres_of(tmp_path / "data") is None


def test_its_life(tmp_path: Path) -> None:
    """Made, ended by SIGTERM, started elsewhere with the same data, ended by Ctrl-C; unfinished, it is made anew.

    A second start has a target of 5 seconds; the bound is wide because the machines that test are busy.
    """
    data = tmp_path / "data"
    with started(data) as service:
        anchor = (data / "demo" / "anchor").read_text()
        assert postgres_of(data) is not None
        code, out, err = service.stop(signal.SIGTERM)
    assert (code, err) == (143, "")
    assert f"estafet demo --data {data}" in out
    assert postgres_of(data) is None

    began = time.monotonic()
    with started(data) as service:
        assert time.monotonic() - began < 20
        assert (data / "demo" / "anchor").read_text() == anchor
        assert json.loads((data / "demo" / "clients" / "ID-BA.json").read_text())["issuer"] == service.url
        assert asked(service, "ID-BA", "{ me { partyCode } }") == {"me": {"partyCode": "ID-BA"}}
        code, _, err = service.stop(signal.SIGINT)
    assert (code, err) == (130, "")
    assert postgres_of(data) is None

    (data / "demo" / "anchor").unlink()  # as a crash while it was being made leaves it
    with started(data) as service:
        assert (data / "demo" / "anchor").read_text() != anchor
        assert asked(service, "ID-BA", "{ me { partyCode } }") == {"me": {"partyCode": "ID-BA"}}


def test_settings_that_cannot_be_used_are_all_named(tmp_path: Path) -> None:
    wrong = {"ESTAFET_POOL_SIZE": "many", "ESTAFET_PUBLISH_SECONDS": "0"}
    done = alone("serve", "--data", str(tmp_path / "data"), **wrong)
    assert done.returncode == 2
    assert all(name in done.stderr for name in wrong)
    assert not (tmp_path / "data").exists()
