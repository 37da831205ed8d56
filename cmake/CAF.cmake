# SPDX-License-Identifier: Apache-2.0
# Debian's libcaf-dev ships no CMake configuration.
find_library(CAF_CORE caf_core REQUIRED)
find_library(CAF_IO caf_io REQUIRED)
find_path(CAF_INCLUDE caf/all.hpp REQUIRED)
find_package(Threads REQUIRED)

file(STRINGS ${CAF_INCLUDE}/caf/config.hpp caf_version REGEX "define CAF_VERSION")
string(REGEX MATCH "[0-9]+$" caf_version "${caf_version}")
if(NOT caf_version EQUAL 1706)
  message(FATAL_ERROR "Troupe needs CAF 0.17.6 (Debian: libcaf-dev), found ${caf_version}")
endif()

add_library(caf INTERFACE)
target_include_directories(caf SYSTEM INTERFACE ${CAF_INCLUDE})
target_link_libraries(caf INTERFACE ${CAF_IO} ${CAF_CORE} Threads::Threads)
