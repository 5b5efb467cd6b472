# The platform as an image: one for web, worker, beat and every command of manage.py.
#   docker build --tag edu-platform .
# docs/installation.md has the rest.

# From a mirror: --build-arg PYTHON_IMAGE=mirror.example/library/python:3.13-slim-trixie
ARG PYTHON_IMAGE=python:3.13-slim-trixie

# --- The packages -----------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS packages
# A mirror of PyPI, when it is far away
ARG PIP_INDEX_URL
COPY requirements.txt /build/
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        -r /build/requirements.txt

# --- What runs --------------------------------------------------------------------------
FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin edu \
    && install -d -m 0750 -o edu /data /data/tmp /backups
COPY --from=packages /opt/venv /opt/venv
COPY . /srv/edu-platform
WORKDIR /srv/edu-platform
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    ENV_FILE=/dev/null \
    STATIC_ROOT=/srv/edu-platform/collected \
    MEDIA_ROOT=/data/media \
    BEAT_SCHEDULE=/data/celerybeat-schedule \
    PROMETHEUS_MULTIPROC_DIR=/data/metrics \
    TMPDIR=/data/tmp
# The key is nobody's, and stays in no layer. Code is compiled now, since nothing here can be written later.
RUN SECRET_KEY=for-this-step-alone python manage.py collectstatic --noinput \
    && python -m compileall -q .
USER 10001
VOLUME ["/data", "/backups"]
EXPOSE 8000
# For web alone: compose.yaml switches it off for the others.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["sh", "deploy/run.sh", "web"]
