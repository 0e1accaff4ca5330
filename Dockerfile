# syntax=docker/dockerfile:1
# One image for all roles: each is a subcommand of the one package, and a node that runs two of them pulls, and an auditor
# scans, the same layers once. What is built:
#
#   docker build --tag tonewatch:0.1.0 .                                        for CPUs
#   docker build --build-arg VARIANT=cuda --tag tonewatch:0.1.0-cuda .          for NVIDIA GPUs; CUDA's libraries come as packages
#   docker build --target weights --tag tonewatch-weights:0.1.0 .               the weights alone, for a rollout of a new model
ARG PYTHON=3.11.14-slim-bookworm
ARG NODE=22.21.1-bookworm-slim
ARG BUSYBOX=1.37.0

# --- the board's page ---------------------------------------------------------------------------------------------
FROM node:${NODE} AS page
WORKDIR /src/dashboard/web
COPY dashboard/web/package.json dashboard/web/package-lock.json ./
RUN npm ci --no-progress --loglevel=error
COPY dashboard/web ./
RUN npm run --silent build

# --- the environment ----------------------------------------------------------------------------------------------
FROM python:${PYTHON} AS environment
ARG VARIANT=cpu
SHELL ["/bin/bash", "-eu", "-o", "pipefail", "-c"]
WORKDIR /src
RUN python -m venv /opt/tonewatch
ENV PATH=/opt/tonewatch/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The lock before the source: a change of ours installs no package again.
COPY requirements/image-${VARIANT}.txt requirements/lock.txt
RUN pip install --require-hashes --requirement requirements/lock.txt
COPY pyproject.toml setup.py README.md LICENSE ./
COPY stream stream
COPY workers workers
COPY models models
COPY dashboard dashboard
COPY --from=page /src/dashboard/static dashboard/static
# Bytecode is written now: at run time the file system is read only. What installs has no place in what runs.
RUN pip install --no-deps --no-build-isolation . \
    && tonewatch --version \
    && pip uninstall --yes pip setuptools wheel

# --- the weights alone --------------------------------------------------------------------------------------------
FROM busybox:${BUSYBOX} AS weights
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="tonewatch-weights" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY models/weights /weights
USER 10001:10001
CMD ["ls", "-l", "/weights"]

# --- what runs ----------------------------------------------------------------------------------------------------
FROM python:${PYTHON} AS tonewatch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="tonewatch" \
      org.opencontainers.image.description="Where in a live call the caller's tone degrades, and why" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 tonewatch \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin tonewatch \
    && install --directory --owner 10001 --group 10001 /var/lib/tonewatch/audio /var/lib/tonewatch/board
COPY --from=environment /opt/tonewatch /opt/tonewatch
ENV PATH=/opt/tonewatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/cache \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["tonewatch"]
CMD ["--help"]
