# SPDX-License-Identifier: Apache-2.0
# cmake -DNODE=... -DNPM=... -DSOURCE=web -DOUTPUT=... -P build_web.cmake: makes OUTPUT/assets.cpp.
#
# A program without its dashboard must not look like one that is whole: what npm cannot do ends the
# build.
file(MAKE_DIRECTORY ${OUTPUT})
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json ${SOURCE}/.npmrc DESTINATION ${OUTPUT})

file(SHA256 ${SOURCE}/package-lock.json wanted)
set(installed "")
if(EXISTS ${OUTPUT}/node_modules/.lock-hash)
  file(READ ${OUTPUT}/node_modules/.lock-hash installed)
endif()
if(NOT installed STREQUAL wanted)
  execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund
                  WORKING_DIRECTORY ${OUTPUT} RESULT_VARIABLE failed OUTPUT_VARIABLE text
                  ERROR_VARIABLE text)
  if(failed)
    message(FATAL_ERROR "The dashboard is not built: npm cannot install its packages. "
                        "cmake -DTROUPE_WITHOUT_DASHBOARD=ON builds the rest.\n${text}")
  endif()
  file(WRITE ${OUTPUT}/node_modules/.lock-hash ${wanted})
endif()

execute_process(COMMAND ${NODE} ${SOURCE}/build.mjs ${OUTPUT} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "The dashboard's sources cannot be bundled; see above")
endif()
