# SPDX-License-Identifier: Apache-2.0
# The dashboard: npm's packages and the bundle land in the build folder, and the bundle's files in
# the program, as one C++ file. Without Node.js and npm everything else is built; the program then
# shows a page that says so.
find_program(NODE node)
find_program(NPM npm)
set(dashboard ${PROJECT_BINARY_DIR}/web)

if(NODE AND NPM)
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
else()
  message(STATUS "Node.js or npm is missing: the dashboard is not built (scripts/setup installs them)")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/no_assets.cpp.in ${dashboard}/assets.cpp COPYONLY)
endif()

target_sources(troupe_gateway PRIVATE ${dashboard}/assets.cpp)
# Its literals are longer than compilers must take.
set_source_files_properties(${dashboard}/assets.cpp PROPERTIES COMPILE_OPTIONS
                                                               -Wno-overlength-strings)
