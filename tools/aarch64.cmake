# Toolchain: 64-bit Arm from another machine, its programs run by qemu-user. QEMU_CPU in the environment chooses the
# CPU (cortex-a53, cortex-a76, neoverse-v1, ...); without it qemu offers all the features it knows.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

get_filename_component(deps "${CMAKE_CURRENT_LIST_DIR}/../.deps" ABSOLUTE)
find_program(HONE_QEMU qemu-aarch64 HINTS "${deps}/qemu/bin")
set(CMAKE_CROSSCOMPILING_EMULATOR "${HONE_QEMU};-L;/usr/aarch64-linux-gnu")
# Header-only libraries are the same on every machine; Catch2 is compiled.
set(Catch2_DIR "${deps}/aarch64/lib/cmake/Catch2")
# GCC 12 otherwise notes, for each std::pair of floats, that GCC 9 passed it differently.
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi)
