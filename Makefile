# Every target brings what it needs: in a fresh clone `make demo` alone works, and so does `make test`.
# All of this is tools/setup.sh and CMake; see CMakePresets.json for other compilers, sanitizers and Arm.

jobs := $(shell nproc 2>/dev/null || echo 2)
# Where CI builds, a warning is an error; a newer compiler than ours should not stop a stranger.
werror := $(if $(CI),ON,OFF)
images := /usr/share/datasets/fashion-mnist

.PHONY: help setup configure build demo test bench compile-times format clean
help:
	@echo 'make setup   bring the compiler and libraries that are missing (Debian 12, 13; uses apt)'
	@echo 'make build   the command: build/hone'
	@echo 'make demo    run small trained networks on images, int8 and pruned beside f32; writes build/demo.html'
	@echo 'make test    build everything and run all tests'
	@echo 'make bench   what this machine can do, kernel by kernel'
	@echo 'make compile-times, make format, make clean'

setup:
	@tools/setup.sh

# -G only the first time: a build folder keeps its generator.
configure: setup
	@mkdir -p build
	@cmake -S . -B build $(if $(wildcard build/CMakeCache.txt),,$(if $(shell command -v ninja 2>&1),-G Ninja)) \
	  -DHONE_WERROR=$(werror) >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }

build: configure
	cmake --build build --parallel $(jobs) --target hone

demo: configure
	cmake --build build --parallel $(jobs) --target fashion_demo
	@if [ -r $(images)/t10k-images-idx3-ubyte.gz ]; then \
	  mkdir -p build/fashion-mnist; \
	  for file in t10k-images-idx3-ubyte t10k-labels-idx1-ubyte; do \
	    [ -e build/fashion-mnist/$$file ] || { gzip -dc $(images)/$$file.gz >build/part && \
	      mv build/part build/fashion-mnist/$$file; } || exit 1; \
	  done; \
	  build/fashion_demo --data build/fashion-mnist; \
	else build/fashion_demo; fi

test: configure
	cmake --build build --parallel $(jobs)
	ctest --test-dir build --parallel $(jobs) --output-on-failure --no-tests=error

bench: build
	build/hone bench

# Seconds that the smallest program takes to compile, header-only and compiled.
compile-times: setup
	@bash tests/packaging/compile_times.sh

format:
	git ls-files -z '*.hpp' '*.cpp' | xargs -0 clang-format -i

clean:
	rm -rf build
