"""What an operator may set, and what is refused before anything starts."""

import pytest

import settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert settings.read({}) == settings.Settings()


def test_a_variable_set_to_nothing_counts_as_absent() -> None:
    assert settings.read({"ESTAFET_POOL_SIZE": ""}) == settings.Settings()


def test_what_is_set_is_read_with_its_type() -> None:
    read = settings.read({"ESTAFET_ISSUER": "https://estafet.example.go.id/", "ESTAFET_POOL_SIZE": "20"})
    assert (read.issuer, read.pool_size) == ("https://estafet.example.go.id", 20)


def test_every_fault_is_told_at_once_and_by_name() -> None:
    with pytest.raises(settings.Unusable) as told:
        settings.read({"ESTAFET_POOL_SIZE": "many", "ESTAFET_ISSUER": "ftp://x", "ESTAFET_DATABASE_URL": "mysql://x"})
    assert [fault.split(":")[0] for fault in told.value.faults] == [
        "ESTAFET_ISSUER",
        "ESTAFET_DATABASE_URL",
        "ESTAFET_POOL_SIZE",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ESTAFET_ISSUER", "https://estafet.example.go.id/path"),
        ("ESTAFET_ISSUER", "https://user@estafet.example.go.id"),
        ("ESTAFET_ISSUER", "estafet"),
        ("ESTAFET_POOL_SIZE", "0"),
        ("ESTAFET_POOL_SIZE", "201"),
        ("ESTAFET_POOL_SIZE", "١٢"),
        ("ESTAFET_PUBLISH_SECONDS", "-1"),
        ("ESTAFET_STATEMENT_TIMEOUT_MS", "1.5"),
        ("ESTAFET_COST_BUDGET", "19999"),
        ("ESTAFET_COST_PER_SECOND", "0"),
        ("ESTAFET_COST_PARTY_TIMES", "1"),
        ("ESTAFET_WITNESSES", "witness.example.go.id"),
        ("ESTAFET_WITNESSES", "http://witness.example.go.id"),
        ("ESTAFET_WITNESSES", "https://"),
        ("ESTAFET_WITNESSES", "https://w.example https://user@x.example"),
        ("ESTAFET_WITNESSES", "https://w.example/?a"),
        ("ESTAFET_METRICS", "127.0.0.1"),
        ("ESTAFET_LEDGER_STORE", "https://store.example.go.id/bucket"),
        ("ESTAFET_LEDGER_STORE", "s3://key:secret@bucket/prefix"),
        ("ESTAFET_LEDGER_STORE", "s3://"),
        ("ESTAFET_LEDGER_STORE_PRIVATE", "s3://other/without-a-public-place"),
        ("AWS_ENDPOINT_URL", "http://store.example.go.id"),
        ("AWS_ENDPOINT_URL", "https://key:secret@store.example.go.id"),
        ("ESTAFET_METRICS", "127.0.0.1:65536"),
        ("ESTAFET_METRICS", ":9464"),
        ("ESTAFET_METRICS", "0"),
        ("ESTAFET_METRICS", "http://127.0.0.1:9464"),
        ("ESTAFET_METRICS", "127.0.0.1:9464/metrics"),
        ("ESTAFET_NOTICE_SECONDS", "61"),
        ("ESTAFET_REQUEST_LOG", "yes"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example.go.id:4318"),
        ("ESTAFET_TRUST_TRACEPARENT", "yes"),
    ],
)
def test_an_unusable_value_is_refused(name: str, text: str) -> None:
    with pytest.raises(settings.Unusable, match=name):
        settings.read({name: text})


@pytest.mark.parametrize(
    ("text", "listener"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("10.0.0.7:9464", ("10.0.0.7", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("localhost:1", ("localhost", 1)),
    ],
)
def test_figures_are_told_on_this_machine_unless_another_address_is_named(text: str, listener: tuple[str, int]) -> None:
    assert settings.read({"ESTAFET_METRICS": text}).metrics == listener


def test_witnesses_are_addresses_with_spaces_between() -> None:
    assert settings.read({}).witnesses == ()
    told = settings.read({"ESTAFET_WITNESSES": " https://w.example/log/  http://127.0.0.1:8070\n"})
    assert told.witnesses == ("https://w.example/log", "http://127.0.0.1:8070")


def test_budgets_of_cost_are_read_as_whole_numbers() -> None:
    told = {"ESTAFET_COST_BUDGET": "20000", "ESTAFET_COST_PER_SECOND": "100", "ESTAFET_COST_PARTY_TIMES": "10"}
    read = settings.read(told)
    assert (read.cost_budget, read.cost_per_second, read.cost_party_times) == (20_000, 100, 10)


def test_demo_cannot_be_switched_on_from_the_environment() -> None:
    assert settings.read({"ESTAFET_DEMO": "1"}).demo is False


def test_no_secret_is_a_setting() -> None:
    assert not [f for f in settings.Settings.__slots__ if "secret" in f or "password" in f or "token" in f]
