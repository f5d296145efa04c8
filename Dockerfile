# syntax=docker/dockerfile:1
# Skipscope in a container: docker compose up --build, which also drops all rights and sets limits; or
#                           docker build -t skipscope .
#                           docker run --rm -p 127.0.0.1:8484:8484 -v skipscope:/data skipscope

# the version that the tests run on
ARG PYTHON=3.11

# ---- stage 1: an environment with everything in it; its tools stay behind ----
FROM python:${PYTHON}-slim AS build

# PyTorch's builds for the CPU, from PyTorch itself. Another of its indices brings CUDA; a mirror does as well.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# where all other packages come from, if not from where they always do
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL

# strip, for remove_unused.py
RUN apt-get update && apt-get install --yes --no-install-recommends binutils

RUN python -m venv /opt/skipscope
ENV PATH=/opt/skipscope/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

WORKDIR /src
# PyTorch first and alone: it is the large layer, and a change of the program does not touch it. Where the index does not
# give it the build ends here: an image ten times too large should be nobody's accident.
COPY constraints.txt install_torch.py ./
RUN python install_torch.py && pip show --quiet torch
COPY . .
RUN pip install --constraint constraints.txt . \
 && pip uninstall --yes pip \
 && python remove_unused.py

# ---- stage 2: Python, the environment, an ordinary user ----
FROM python:${PYTHON}-slim

RUN useradd --uid 10001 --no-create-home --home-dir /data skipscope \
 && install --directory --owner=skipscope --group=skipscope /data
COPY --from=build /opt/skipscope /opt/skipscope

# Beyond loopback the server asks for a token: it makes one for the lecturer and one for the students, keeps them in /data
# and prints both links; SKIPSCOPE_TOKEN and SKIPSCOPE_STUDENT_TOKEN set your own.
# SKIPSCOPE_PUBLIC_URL is the address that is printed for others: no container knows that of its machine.
ENV PATH=/opt/skipscope/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SKIPSCOPE_HOST=0.0.0.0 \
    SKIPSCOPE_PORT=8484 \
    SKIPSCOPE_DATA_DIR=/data

USER skipscope
WORKDIR /data
VOLUME /data
EXPOSE 8484

# no curl in the image, and none needed
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"SKIPSCOPE_PORT\"]}/health', timeout=2)"]

# exec form: the server is process 1 itself and hears SIGTERM
STOPSIGNAL SIGTERM
ENTRYPOINT ["skipscope"]
CMD ["serve", "--no-browser"]
