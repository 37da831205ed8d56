# SPDX-License-Identifier: Apache-2.0
# The dashboard: npm's packages and the bundle land in the build folder, and the bundle's files in
# the program, as one C++ file.
option(TROUPE_WITHOUT_DASHBOARD "Build without Node.js and npm; a page says that it is missing" OFF)
set(dashboard ${PROJECT_BINARY_DIR}/web)

if(TROUPE_WITHOUT_DASHBOARD)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/no_assets.cpp.in ${dashboard}/assets.cpp COPYONLY)
else()
  find_program(NODE node)
  find_program(NPM npm)
  if(NOT NODE OR NOT NPM)
    message(FATAL_ERROR "Node.js and npm, which build the dashboard, are missing (scripts/setup "
                        "installs them); -DTROUPE_WITHOUT_DASHBOARD=ON builds the rest")
  endif()
  file(GLOB_RECURSE dashboard_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/src/*)
  add_custom_command(
    OUTPUT ${dashboard}/assets.cpp
    COMMAND ${CMAKE_COMMAND} -DNODE=${NODE} -DNPM=${NPM} -DSOURCE=${PROJECT_SOURCE_DIR}/web
            -DOUTPUT=${dashboard} -P ${PROJECT_SOURCE_DIR}/cmake/build_web.cmake
    DEPENDS ${dashboard_sources} ${PROJECT_SOURCE_DIR}/web/package.json
            ${PROJECT_SOURCE_DIR}/web/package-lock.json ${PROJECT_SOURCE_DIR}/web/build.mjs
            ${PROJECT_SOURCE_DIR}/cmake/build_web.cmake
    COMMENT "Building the dashboard"
    VERBATIM)
endif()

target_sources(troupe_gateway PRIVATE ${dashboard}/assets.cpp)
# Its literals are longer than compilers must take.
set_source_files_properties(${dashboard}/assets.cpp PROPERTIES COMPILE_OPTIONS
                                                               -Wno-overlength-strings)
