# Veda's web process and its commands. Nothing of it runs as root; DEBUG is off unless a container is told otherwise.
# check=error=true

FROM node:22.21.1-bookworm-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build --silent

FROM python:3.12.12-slim-bookworm AS packages
COPY requirements.txt /build/
RUN python -m venv /opt/veda \
    && /opt/veda/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /build/requirements.txt
COPY --from=frontend /build/frontend/dist /build/dist
RUN /opt/veda/bin/python -m whitenoise.compress --quiet /build/dist

FROM python:3.12.12-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin veda \
    && install -d -o veda -g veda -m 0700 /data
ENV PATH=/opt/veda/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    LOG_DIR="" \
    DEBUG=false
WORKDIR /app
COPY --from=packages /opt/veda /opt/veda
COPY manage.py ./
COPY veda veda
COPY accounts accounts
COPY chat chat
COPY moderation moderation
COPY pipeline pipeline
COPY templates templates
COPY --from=packages /build/dist frontend/dist
USER 10001:10001
VOLUME /data
EXPOSE 8000
# One process, one core: more of them are more containers.
CMD ["uvicorn", "veda.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-proxy-headers", \
     "--no-access-log", "--timeout-graceful-shutdown", "25"]
