"""OpenTelemetry: one span for each request, with spans in it for what was done, sent to the operator's own collector.

Promise: without OTEL_EXPORTER_OTLP_ENDPOINT nothing of it is imported. A span holds what a line of the request log may
hold and less: method, route template, kind, status, and the names of steps; no path, query, header, document or fault.
Rules: faults are never recorded, since their texts quote values. A caller's `traceparent` is a word of a stranger and
begins nothing, unless the operator says that whoever stands in front sets it (ESTAFET_TRUST_TRACEPARENT).
Elsewhere: the steps, `database.spans`; the trace's number in the log, `api.request_logs`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.types import Scope

from database import spans
from database.safety import Unsafe

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

    from api.visits import Visit

MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, and what sends spans is not installed: install estafet[telemetry], or unset it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Where spans are made."""

    tracer: "Tracer"
    trusting: bool

    @contextmanager
    def visiting(self, scope: Scope, visit: "Visit") -> Iterator[None]:
        """The span of one request, in a trace of its own."""
        from opentelemetry import trace

        span = self.tracer.start_span("request", self._before(scope), trace.SpanKind.SERVER)
        visit.trace = trace.format_trace_id(span.get_span_context().trace_id)
        try:
            with trace.use_span(span, record_exception=False, set_status_on_exception=False):
                yield
        finally:
            span.update_name(f"{visit.method} {visit.route}")
            span.set_attribute("http.request.method", visit.method)
            span.set_attribute("http.route", visit.route)
            span.set_attribute("estafet.kind", visit.kind)
            if visit.status is not None:
                span.set_attribute("http.response.status_code", visit.status)
                if visit.status >= 500:
                    span.set_status(trace.StatusCode.ERROR)
            span.end()

    def step(self, name: spans.Step) -> AbstractContextManager[object]:
        """The span of one step, in that of the request, or alone."""
        return self.tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)

    def _before(self, scope: Scope) -> "Context":
        from opentelemetry.context import Context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        sent = [value for name, value in scope["headers"] if name == b"traceparent"]
        if not self.trusting or len(sent) != 1:
            return Context()
        return TraceContextTextMapPropagator().extract({"traceparent": sent[0].decode("latin-1")}, Context())


@asynccontextmanager
async def sending(endpoint: str | None, *, trusting: bool) -> AsyncIterator[Traces | None]:
    """Spans sent to `endpoint` while the block lasts, the last ones when it is left; None: there are none."""
    if endpoint is None:
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise Unsafe((MISSING,)) from None
    provider = TracerProvider(resource=Resource({"service.name": "estafet"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    traces = Traces(tracer=provider.get_tracer("estafet"), trusting=trusting)
    spans.time_by(traces.step)
    try:
        yield traces
    finally:
        spans.time_by(None)
        await asyncio.to_thread(provider.shutdown)
