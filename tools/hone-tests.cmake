# tests/*_test.cpp is one Catch2 program that links hone::hone; tests/vocabularies/*_test.cpp are programs that
# compile the kernels themselves. tests/*_test.sh are run by bash at the checkout's root with HONE set to the command.
include(Catch)

function(hone_catch name library)
  if(NOT ARGN)
    return()
  endif()
  hone_program(${name} ${library} ${ARGN})
  target_link_libraries(${name} PRIVATE Catch2::Catch2WithMain)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/tests")
  target_include_directories(${name} SYSTEM PRIVATE ${HONE_XSIMD_INCLUDE})
  target_compile_definitions(${name} PRIVATE "HONE_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
  set(environment)
  if(CMAKE_CROSSCOMPILING)  # the emulated test can not start the command: the kernel knows no emulator
    set(environment ENVIRONMENT "HONE_EMULATED=1")
  endif()
  # PRE_TEST: a cross build can be made where its programs can not be run.
  catch_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST
                       WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" PROPERTIES TIMEOUT 600 ${environment})
endfunction()
hone_glob(sources "tests/*_test.cpp")
hone_catch(hone_tests hone::hone ${sources})
# Each of these compiles every kernel over another vocabulary than Highway's, and so is a program of its own.
hone_glob(sources "tests/vocabularies/*_test.cpp")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  hone_catch(hone_${name} hone::headers ${source})
endforeach()

if(TARGET hone AND NOT CMAKE_CROSSCOMPILING)
  hone_glob(scripts "tests/*_test.sh" "tests/vocabularies/*.sh")
  foreach(script IN LISTS scripts)
    cmake_path(GET script STEM name)
    add_test(NAME ${name} COMMAND bash "${script}" WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "HONE=$<TARGET_FILE:hone>" TIMEOUT 600)
  endforeach()
endif()
