# nnzoo in a container, see docs/devices.md:
#   docker build --tag nnzoo .
#   docker run --rm --volume "$PWD:/work" --user "$(id -u):$(id -g)" nnzoo train model=lenet5 data=digits
ARG PYTHON=3.11
FROM python:${PYTHON}-slim

# A further package index, with builds of PyTorch for the CPU alone for example; by default PyTorch comes with CUDA.
ARG INDEX=""

WORKDIR /opt/nnzoo
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
COPY configs configs
RUN python -m pip install --no-cache-dir --disable-pip-version-check uv \
    && uv pip install --system --no-cache --compile-bytecode --constraints constraints.txt \
        ${INDEX:+--index "$INDEX"} ".[fast]"

# Any user may run it: what matplotlib, numba and torch store for later lies in /tmp, and their user has a name.
ENV HOME=/tmp USER=nnzoo MPLBACKEND=agg MPLCONFIGDIR=/tmp/matplotlib NUMBA_CACHE_DIR=/tmp/numba
RUN useradd --no-create-home nnzoo && install --directory --owner nnzoo --group nnzoo /work
USER nnzoo
WORKDIR /work
ENTRYPOINT ["nnzoo"]
CMD ["--help"]
