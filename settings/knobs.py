"""Every knob with its unit and its reason.

Promise: `read` gives a complete, checked `Settings` or raises `Unusable` with every fault it found.
Elsewhere: docs/operations.md tells operators of those that are about operating.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
DEFAULT_ISSUER = "http://localhost:8000"


class Unusable(Exception):
    """The environment cannot be used; `faults` says why, one line each, naming the variable."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process was told at its start."""

    issuer: str = DEFAULT_ISSUER
    """ESTAFET_ISSUER: the service's public URL, without a trailing slash; tokens, metadata and proofs name it."""
    data: Path = Path(".estafet")
    """ESTAFET_DATA: the data folder (pg/ ledger/ keys/ demo/)."""
    database_url: str | None = None
    """ESTAFET_DATABASE_URL: postgresql://estafet_app@host/name. Absent: the embedded server in `data`/pg."""
    database_url_owner: str | None = None
    """ESTAFET_DATABASE_URL_OWNER: as which migrations run. Absent: `database_url` with the user estafet_owner."""
    database_url_auth: str | None = None
    """ESTAFET_DATABASE_URL_AUTH: the authorization server's connection. Absent: user estafet_auth."""
    database_url_worker: str | None = None
    """ESTAFET_DATABASE_URL_WORKER: the publisher's connection. Absent: user estafet_worker."""
    keys_url: str | None = None
    """ESTAFET_KEYS_URL: postgresql://estafet_keys@host/name, the key store: a database of its own, best on a server of
    its own, with backups that are kept for days. Absent: the database `<name>_keys` beside the other one."""
    keys_url_owner: str | None = None
    """ESTAFET_KEYS_URL_OWNER: as which the key store is migrated. Absent: `keys_url` with the user estafet_owner."""
    pool_size: int = 8
    """ESTAFET_POOL_SIZE: connections in each pool of one process (1 to 200)."""
    ledger_store: str | None = None
    """ESTAFET_LEDGER_STORE: s3://bucket/prefix, where published files are kept. Absent: the folder `data`/ledger. Its
    credentials and region stand in the environment under their standard names (AWS_ACCESS_KEY_ID and so on), where
    the store's own client reads them: they are no settings."""
    ledger_store_private: str | None = None
    """ESTAFET_LEDGER_STORE_PRIVATE: another place of the same store for what the public may not read. Absent: both
    lie in ESTAFET_LEDGER_STORE, below public/ and private/."""
    store_endpoint: str | None = None
    """AWS_ENDPOINT_URL: the store's https address; http for this machine alone. Absent: Amazon's."""
    publish_seconds: int = 600
    """ESTAFET_PUBLISH_SECONDS: seconds between checkpoints (1 to 3600). Fixed, so that an appearance of a
    checkpoint tells nothing of when something happened."""
    expire_seconds: int = 60
    """ESTAFET_EXPIRE_SECONDS: seconds between looks for referrals whose window has closed, and for breaches (1 to
    3600)."""
    outage_minutes: int = 15
    """ESTAFET_OUTAGE_MINUTES: minutes of silence of all replicas after which the host notes an outage, in which no
    clock of an obligation ran (15 to 1440). Longer than any restart, so that maintenance does not move dues; far
    shorter than the shortest term of six hours."""
    cost_budget: int = 60_000
    """ESTAFET_COST_BUDGET: cost that a client can spend at once (20000 to 1000000000), so that the dearest document
    passes twice. At some 17 microseconds each the default is a second of one processor."""
    cost_per_second: int = 2_000
    """ESTAFET_COST_PER_SECOND: cost that comes back to a client each second (100 to 100000000): ten provinces, each
    with a party's budget (below) that it spends to the end, take two thirds of one processor by default."""
    cost_party_times: int = 2
    """ESTAFET_COST_PARTY_TIMES: a party's budget, in clients' budgets (2 to 100): with less than two, one client could
    spend what another of its party needs."""
    statement_timeout_ms: int = 15_000
    """ESTAFET_STATEMENT_TIMEOUT_MS: milliseconds after which PostgreSQL ends a statement (100 to 600000)."""
    lock_timeout_ms: int = 5_000
    """ESTAFET_LOCK_TIMEOUT_MS: milliseconds an act waits for the ledger's head (100 to 600000)."""
    notice_seconds: int = 5
    """ESTAFET_NOTICE_SECONDS: seconds for which a process that was told to end goes on serving while /readyz fails (0
    to 60), so that whoever sends requests here has looked in the meantime. None in a demo."""
    metrics: tuple[str, int] | None = None
    """ESTAFET_METRICS: 127.0.0.1:9464, [::1]:9464, or a port alone, on this machine: where /metrics is served, and
    nothing else. Absent: nowhere, but in a demo beside everything else. Figures tell when others act."""
    request_log: bool | None = None
    """ESTAFET_REQUEST_LOG: on or off: one line for each request on standard error. Absent: on, and off in a demo,
    whose terminal is read by somebody who tries things out."""
    witnesses: tuple[str, ...] = ()
    """ESTAFET_WITNESSES: where the log's witnesses are, URLs with spaces between, https or this machine. Each new
    checkpoint is shown to them; whose signature counts says the genesis. Absent: nowhere. A demo has its own."""
    traces: str | None = None
    """OTEL_EXPORTER_OTLP_ENDPOINT: where spans are sent, the https address of a collector; http for this machine alone.
    Absent: there are none. Headers for the collector stand in OTEL_EXPORTER_OTLP_HEADERS, which its client reads."""
    trust_traceparent: bool = False
    """ESTAFET_TRUST_TRACEPARENT: on or off: whether a request goes on with the trace that its `traceparent` names. Only
    where somebody in front of the service sets that header and lets no caller's through. Absent: off."""
    demo: bool = False
    """Set by `serve --demo`, never from the environment: a demo must be asked for by hand."""

    @property
    def keys(self) -> Path:
        """The folder of the host's private keys: log.json host.json oauth.json cursor.key, each mode 0600."""
        return self.data / "keys"

    @property
    def published(self) -> Path:
        """The folder of published ledger files; it mirrors the paths of /ledger/."""
        return self.data / "ledger"


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment; raises `Unusable` naming every variable that cannot be used."""
    faults: list[str] = []
    found: dict[str, object] = {}
    for name, (field, take) in KNOBS.items():
        if (text := environ.get(name, "")) == "":
            continue
        try:
            found[field] = take(text)
        except ValueError as fault:
            faults.append(f"{name}: {fault}")
    if "ledger_store_private" in found and "ledger_store" not in found:
        faults.append("ESTAFET_LEDGER_STORE_PRIVATE: only beside ESTAFET_LEDGER_STORE")
    if faults:
        raise Unusable(faults)
    return dataclasses.replace(Settings(), **found)  # type: ignore[arg-type]  # KNOBS pairs each field with its type


def issuer(text: str) -> str:
    """An origin: scheme, host and perhaps port. Whether plain http will do is `auth.transports`' to say."""
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("expected a URL such as https://estafet.example.go.id")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("expected scheme, host and port only")
    return text.rstrip("/")


def database(text: str) -> str:
    """A PostgreSQL URL; its password is better kept in PGPASSFILE."""
    if urlsplit(text).scheme not in ("postgresql", "postgres"):
        raise ValueError("expected postgresql://user@host/name")
    return text


def store(text: str) -> str:
    """A place of an object store. Credentials in it would be printed with it."""
    parts = urlsplit(text)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("expected s3://bucket/prefix")
    return text


def endpoint(text: str) -> str:
    """The address of an object store or a collector."""
    parts = urlsplit(text)
    if "@" in parts.netloc or not parts.hostname:
        raise ValueError("expected a URL such as https://store.example.go.id")
    if parts.scheme != "https" and (parts.scheme, parts.hostname) not in [("http", each) for each in LOOPBACK]:
        raise ValueError("expected https; http is for this machine alone")
    return text.rstrip("/")


def listener(text: str) -> tuple[str, int]:
    """An address and a port."""
    whole = f"127.0.0.1:{text}" if text.isdigit() else text
    parts = urlsplit(f"//{whole}")
    if parts.netloc != whole or "@" in whole or not parts.hostname or not parts.port:
        raise ValueError("expected an address and a port, such as 127.0.0.1:9464")
    return parts.hostname, parts.port


def addresses(text: str) -> tuple[str, ...]:
    """URLs with spaces between."""
    found = tuple(each.rstrip("/") for each in text.split())
    for each in found:
        parts = urlsplit(each)
        plain = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not (plain or parts.scheme == "https") or not parts.hostname or "@" in each or "?" in each or "#" in each:
            raise ValueError("expected URLs such as https://witness.example.go.id, with spaces between")
    return found


def switch(text: str) -> bool:
    """On or off."""
    if text not in ("on", "off"):
        raise ValueError("expected on or off")
    return text == "on"


def whole(least: int, most: int, unit: str) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def take(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number of {unit} from {least} to {most}")
        return int(text)

    return take


KNOBS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "ESTAFET_ISSUER": ("issuer", issuer),
    "ESTAFET_DATA": ("data", Path),
    "ESTAFET_DATABASE_URL": ("database_url", database),
    "ESTAFET_DATABASE_URL_OWNER": ("database_url_owner", database),
    "ESTAFET_DATABASE_URL_AUTH": ("database_url_auth", database),
    "ESTAFET_DATABASE_URL_WORKER": ("database_url_worker", database),
    "ESTAFET_KEYS_URL": ("keys_url", database),
    "ESTAFET_KEYS_URL_OWNER": ("keys_url_owner", database),
    "ESTAFET_POOL_SIZE": ("pool_size", whole(1, 200, "connections")),
    "ESTAFET_LEDGER_STORE": ("ledger_store", store),
    "ESTAFET_LEDGER_STORE_PRIVATE": ("ledger_store_private", store),
    "AWS_ENDPOINT_URL": ("store_endpoint", endpoint),
    "ESTAFET_PUBLISH_SECONDS": ("publish_seconds", whole(1, 3600, "seconds")),
    "ESTAFET_EXPIRE_SECONDS": ("expire_seconds", whole(1, 3600, "seconds")),
    "ESTAFET_OUTAGE_MINUTES": ("outage_minutes", whole(15, 1440, "minutes")),
    "ESTAFET_COST_BUDGET": ("cost_budget", whole(20_000, 1_000_000_000, "cost")),
    "ESTAFET_COST_PER_SECOND": ("cost_per_second", whole(100, 100_000_000, "cost per second")),
    "ESTAFET_COST_PARTY_TIMES": ("cost_party_times", whole(2, 100, "clients' budgets")),
    "ESTAFET_STATEMENT_TIMEOUT_MS": ("statement_timeout_ms", whole(100, 600_000, "milliseconds")),
    "ESTAFET_NOTICE_SECONDS": ("notice_seconds", whole(0, 60, "seconds")),
    "ESTAFET_WITNESSES": ("witnesses", addresses),
    "ESTAFET_METRICS": ("metrics", listener),
    "ESTAFET_REQUEST_LOG": ("request_log", switch),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("traces", endpoint),
    "ESTAFET_TRUST_TRACEPARENT": ("trust_traceparent", switch),
    "ESTAFET_LOCK_TIMEOUT_MS": ("lock_timeout_ms", whole(100, 600_000, "milliseconds")),
}
