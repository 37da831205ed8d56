# SPDX-License-Identifier: Apache-2.0
# cmake -DPROGRAM=... -DSOURCE=tests/openapi -DOUTPUT=... -P lint.cmake: the OpenAPI document that
# PROGRAM prints must please the linter. Its packages are kept in OUTPUT.
find_program(NODE node)
find_program(NPM npm)
if(NOT NODE OR NOT NPM)
  message(FATAL_ERROR "Node.js and npm are needed to lint the OpenAPI document; "
                      "scripts/setup installs them")
endif()

file(MAKE_DIRECTORY ${OUTPUT})
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json ${SOURCE}/.npmrc
          ${SOURCE}/redocly.yaml DESTINATION ${OUTPUT})
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
    message(FATAL_ERROR "npm cannot install the linter:\n${text}")
  endif()
  file(WRITE ${OUTPUT}/node_modules/.lock-hash ${wanted})
endif()

execute_process(COMMAND ${PROGRAM} OUTPUT_FILE ${OUTPUT}/openapi.json RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${PROGRAM} does not print the document")
endif()

set(ENV{REDOCLY_TELEMETRY} off)
set(ENV{REDOCLY_SUPPRESS_UPDATE_NOTICE} true)
execute_process(COMMAND ${NODE} node_modules/@redocly/cli/bin/cli.js lint openapi.json
                WORKING_DIRECTORY ${OUTPUT} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "The linter is not content with ${OUTPUT}/openapi.json; see above")
endif()
