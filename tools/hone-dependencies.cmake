# Finds the headers that Hone's own include. Read by the root CMakeLists.txt and, installed, by hone-config.cmake, so
# that a build and an installed Hone look in the same places.
#
# All of them are used as headers only, so a folder is all there is to find; a package's own CMake target would add
# libraries to link (Highway's: libhwy) that Hone does not need.

# Highway's 8-bit dot products and the targets of Hone's tiers are there from 1.2 on.
function(hone_highway_is_new ok folder)
  file(STRINGS "${folder}/hwy/base.h" version REGEX "^#define HWY_(MAJOR|MINOR) ")
  string(REGEX REPLACE "[^0-9;]" "" version "${version}")
  list(JOIN version "." version)
  if(NOT version VERSION_GREATER_EQUAL 1.2)
    set(${ok} FALSE PARENT_SCOPE)
  endif()
endfunction()

# hone_find_headers([folder...]): sets HONE_<LIBRARY>_INCLUDE for each library, to ...-NOTFOUND where there is none.
# The folders are looked into after the system's.
function(hone_find_headers)
  find_path(HONE_HIGHWAY_INCLUDE hwy/highway.h PATHS ${ARGN} VALIDATOR hone_highway_is_new)
  find_path(HONE_EXPECTED_INCLUDE tl/expected.hpp PATHS ${ARGN})
  find_path(HONE_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h PATHS ${ARGN})
  mark_as_advanced(HONE_HIGHWAY_INCLUDE HONE_EXPECTED_INCLUDE HONE_FLATBUFFERS_INCLUDE)
endfunction()
