# The program as a container: one image for every process, told by PROCESS_ROLE and its command which one it is.
# The library that talks to an HSM is in it; the HSM maker's own module is not, and is mounted (docker-compose.yml).
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
RUN python -m venv /opt/venv
COPY requirements.lock .
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FIRM_HOME=/var/lib/vigencia
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin vigencia \
 && install -d -o vigencia -g vigencia -m 0700 /var/lib/vigencia /var/lib/vigencia/files
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/vigencia
COPY manage.py ./
COPY firm firm
COPY renewals renewals
COPY templates templates
COPY locale locale
# Collected once, in the image and read-only: the pages need no volume to find them. Not a production process yet.
RUN FIRM_HOME=/tmp/build STATIC_ROOT=/srv/vigencia/static python manage.py collectstatic --no-input --verbosity 0 \
 && chmod -R a+rX /srv/vigencia/static \
 && rm -rf /tmp/build
ENV STATIC_ROOT=/srv/vigencia/static DEPLOYMENT=production
USER vigencia
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-m", "firm.health"]
CMD ["gunicorn", "firm.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "3", \
     "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--timeout", "60"]
