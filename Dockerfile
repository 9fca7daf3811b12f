# `lasttouch run`, `lasttouch serve` and every other command. Debian, not Alpine: Bytewax has no wheels for musl.
# 3.12 is the newest Python that Bytewax has wheels for; its patch releases are wanted.

FROM python:3.12-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/lasttouch
# By themselves and first: a change of the code leaves this layer as it was.
COPY requirements.lock ./
RUN /opt/lasttouch/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY api/ api/
COPY cli/ cli/
COPY config/ config/
COPY connectors/ connectors/
COPY dataflows/ dataflows/
COPY generator/ generator/
COPY kernels/ kernels/
COPY reports/ reports/
COPY state/ state/
COPY web/ web/
# What installs has no business in the image that runs.
RUN /opt/lasttouch/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/lasttouch/bin/pip uninstall --yes setuptools pip
# Into the package's own folder, which whoever runs it may only read.
RUN cd / && /opt/lasttouch/bin/python -m kernels

FROM python:3.12-slim-bookworm
RUN groupadd --system --gid 10001 lasttouch \
 && useradd --system --uid 10001 --gid lasttouch --no-create-home --home-dir /var/lib/lasttouch lasttouch \
 && install --directory --owner=lasttouch --group=lasttouch --mode=0700 /var/lib/lasttouch
COPY --from=build /opt/lasttouch /opt/lasttouch
ENV PATH=/opt/lasttouch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LASTTOUCH_RECOVERY_DIR=/var/lib/lasttouch/recovery
# By number: Kubernetes cannot tell from a name that it is not root.
USER 10001:10001
WORKDIR /var/lib/lasttouch
# The recovery store is the truth, Redis only a view of it: it must outlive the container.
VOLUME ["/var/lib/lasttouch"]
STOPSIGNAL SIGTERM
# Every epoch writes to the recovery store, even with no events. One that has not closed for three minutes is stuck: on a
# Redis or a Kafka that is away, or in the code. Of a run: `lasttouch serve` is asked for /healthz (docker-compose.yml).
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=2 \
    CMD find "$LASTTOUCH_RECOVERY_DIR" -name '*.sqlite3*' -mmin -3 | grep -q .
ENTRYPOINT ["lasttouch"]
CMD ["run"]
