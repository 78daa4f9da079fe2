# What `cmake --install` lays down. Public headers include kernels/ and backends/ by relative path (so that a plain
# -I include works, and a vendored copy too), so the three folders stay neighbours, in a folder of their own:
#   <prefix>/share/hone/{include,kernels,backends}
#   <prefix>/lib/libhone.a, <prefix>/lib/cmake/hone/, <prefix>/bin/hone
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(HONE_TREE "${CMAKE_INSTALL_DATADIR}/hone")
set(config "${CMAKE_INSTALL_LIBDIR}/cmake/hone")

install(DIRECTORY include/hone DESTINATION "${HONE_TREE}/include" FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY kernels backends DESTINATION "${HONE_TREE}" FILES_MATCHING PATTERN "*.hpp")
install(FILES LICENSE DESTINATION "${HONE_TREE}")
# Headers that the system does not have (Debian 12, or fetched) go along: an app then still needs one -I only.
foreach(header IN ITEMS HIGHWAY:hwy EXPECTED:tl)
  string(REPLACE ":" ";" header "${header}")
  list(GET header 0 library)
  list(GET header 1 folder)
  cmake_path(IS_PREFIX PROJECT_SOURCE_DIR "${HONE_${library}_INCLUDE}" ours)
  cmake_path(IS_PREFIX PROJECT_BINARY_DIR "${HONE_${library}_INCLUDE}" fetched)
  if(ours OR fetched)
    install(DIRECTORY "${HONE_${library}_INCLUDE}/${folder}" DESTINATION "${HONE_TREE}/include"
            FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
  endif()
endforeach()

install(TARGETS hone_headers hone_compiled EXPORT hone-targets)
install(EXPORT hone-targets NAMESPACE hone:: DESTINATION "${config}")
configure_package_config_file(tools/hone-config.cmake.in hone-config.cmake INSTALL_DESTINATION "${config}"
                              PATH_VARS HONE_TREE)
write_basic_package_version_file(hone-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/hone-config.cmake" "${PROJECT_BINARY_DIR}/hone-config-version.cmake"
              "${PROJECT_SOURCE_DIR}/tools/hone-dependencies.cmake" DESTINATION "${config}")
