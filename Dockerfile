# fervid for CPUs: docker build -t fervid .
# docs/docker.md says how to run it. No Docker was at hand to build it with; what was tried stands there too.
ARG DEBIAN=trixie
ARG PYTHON=3.13

FROM python:${PYTHON}-slim-${DEBIAN} AS build
RUN python -m venv /opt/fervid
ENV PATH=/opt/fervid/bin:$PATH \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY constraints.txt ./
# The build of torch for CPUs; the package index would give gigabytes of CUDA.
RUN pip install -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu
COPY pyproject.toml README.md LICENSE ./
COPY engines engines
COPY fervid fervid
# OpenVINO alone: the extra `openvino` would add what quantises to int8. Then the face detector's models, so that the
# container needs no network.
RUN pip install -c constraints.txt . openvino \
    && FERVID_CACHE=/opt/models python -c \
    "from fervid.detect import assets; print([str(assets.find(name)) for name in assets.MODELS])"

FROM python:${PYTHON}-slim-${DEBIAN}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libegl1 libgl1 libgles2 libglib2.0-0 libxcb1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 fervid \
    && install -d -m 1777 /cache /data
COPY --from=build /opt/models/detectors /opt/models
COPY --from=build /opt/fervid /opt/fervid
ENV PATH=/opt/fervid/bin:$PATH \
    FERVID_ASSETS=/opt/models \
    FERVID_CACHE=/cache
USER 1000
WORKDIR /data
VOLUME ["/cache"]
EXPOSE 8765
# Any response will do: without the token of the run, the page answers 401.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8765, timeout=4); c.request('GET', '/'); c.getresponse()"]
ENTRYPOINT ["fervid"]
CMD ["live", "--serve", "0.0.0.0:8765"]
