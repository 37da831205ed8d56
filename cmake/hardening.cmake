# SPDX-License-Identifier: Apache-2.0
# What an optimised build does about mistakes that nobody has found yet. The other presets look for
# them, with the asserts of the libraries whose headers we compile; here those are off, because what
# comes from outside must not end a process: what must hold is checked by our own code.
include_guard()

set(optimised $<CONFIG:RelWithDebInfo>)
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize" AND NOT CMAKE_CXX_FLAGS_RELWITHDEBINFO MATCHES "-fsanitize")
  # Containers look at every index: an end with a line in the log instead of somebody else's bytes.
  # An actor that is spawned without an argument besides itself trips over it, because CAF 0.17
  # dereferences its empty tuple: ours have one, tests and benchmarks do without these looks.
  add_compile_definitions($<${optimised}:NDEBUG> $<${optimised}:_GLIBCXX_ASSERTIONS>)
  # Debian's g++ defines none; a distribution's own level must not clash with this one.
  add_compile_options("$<${optimised}:SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>")
endif()
add_compile_options($<${optimised}:-fstack-protector-strong> $<${optimised}:-fstack-clash-protection>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options($<${optimised}:-fcf-protection>)
endif()
# All of the table of functions is filled at the start and then read-only.
add_link_options($<${optimised}:LINKER:-z,relro> $<${optimised}:LINKER:-z,now>
                 $<${optimised}:LINKER:-z,noexecstack>)
