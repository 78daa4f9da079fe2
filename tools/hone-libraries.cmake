# The libraries that Hone's build uses: the system's, else those that tools/setup.sh unpacked into .deps/, else
# fetched at a pinned tag. Here too is what a warning is.
include(FetchContent)
include(tools/hone-dependencies.cmake)
find_package(Threads REQUIRED)

if(NOT CMAKE_CROSSCOMPILING)
  list(APPEND CMAKE_PREFIX_PATH "${PROJECT_SOURCE_DIR}/.deps")
endif()
hone_find_headers("${PROJECT_SOURCE_DIR}/.deps/include")
find_path(HONE_XSIMD_INCLUDE xsimd/xsimd.hpp PATHS "${PROJECT_SOURCE_DIR}/.deps/include")
find_path(HONE_CLI11_INCLUDE CLI/CLI.hpp)
find_path(HONE_JSON_INCLUDE nlohmann/json.hpp)
mark_as_advanced(HONE_XSIMD_INCLUDE HONE_CLI11_INCLUDE HONE_JSON_INCLUDE)

# Only the headers are wanted: SOURCE_SUBDIR names a folder without a CMakeLists.txt, so nothing of it is built.
function(hone_fetch_headers library repository tag folder)
  if(NOT HONE_${library}_INCLUDE)
    string(TOLOWER "hone_${library}" name)
    FetchContent_Declare(${name} GIT_REPOSITORY "https://github.com/${repository}" GIT_TAG ${tag} GIT_SHALLOW TRUE
                         SOURCE_SUBDIR not-built)
    FetchContent_MakeAvailable(${name})
    set(HONE_${library}_INCLUDE "${${name}_SOURCE_DIR}${folder}" CACHE PATH "" FORCE)
  endif()
endfunction()
hone_fetch_headers(HIGHWAY google/highway 1.2.0 "")
hone_fetch_headers(EXPECTED TartanLlama/expected v1.1.0 "/include")
hone_fetch_headers(FLATBUFFERS google/flatbuffers v23.5.26 "/include")
if(HONE_BUILD_TESTS)
  hone_fetch_headers(XSIMD xtensor-stack/xsimd 13.2.0 "/include")
endif()
if(HONE_BUILD_TOOLS)
  hone_fetch_headers(CLI11 CLIUtils/CLI11 v2.4.2 "/include")
endif()
if(HONE_BUILD_TOOLS OR HONE_BUILD_EXAMPLES)
  hone_fetch_headers(JSON nlohmann/json v3.11.3 "/include")
endif()

function(hone_fetch library repository tag)
  FetchContent_Declare(${library} GIT_REPOSITORY "https://github.com/${repository}" GIT_TAG ${tag} GIT_SHALLOW TRUE
                       SYSTEM)
  FetchContent_MakeAvailable(${library})
endfunction()
if(HONE_BUILD_TESTS)
  find_package(Catch2 3 QUIET)
  if(NOT Catch2_FOUND)
    hone_fetch(Catch2 catchorg/Catch2 v3.7.1)
    list(APPEND CMAKE_MODULE_PATH "${catch2_SOURCE_DIR}/extras")
  endif()
endif()
# In a cross build the command is not run by hand on this machine, so it does without.
if(HONE_BUILD_TOOLS AND NOT CMAKE_CROSSCOMPILING)
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    set(BENCHMARK_ENABLE_TESTING OFF)
    set(BENCHMARK_ENABLE_INSTALL OFF)
    hone_fetch(benchmark google/benchmark v1.9.0)
  endif()
endif()

# Not -Wconversion: integer kernels narrow on purpose in every line, and a cast on each would hide the formula. g++'s
# plain -Wshadow objects to an alias in a function named as a type outside it, which is how a kernel picks its types.
add_library(hone_warnings INTERFACE)
target_compile_options(hone_warnings INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wcast-qual -Wvla
  "$<IF:$<CXX_COMPILER_ID:GNU>,-Wshadow=local,-Wshadow>" "$<$<BOOL:${HONE_WERROR}>:-Werror>")
