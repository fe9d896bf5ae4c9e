# How everything is compiled: warnings are errors, release builds are hardened, sanitizers on request.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(redshank_flags INTERFACE)
target_include_directories(redshank_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(redshank_flags INTERFACE -pthread -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor
                                                -Wold-style-cast -Wcast-qual -Wimplicit-fallthrough
                                                -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside its own standard library at -O2 (bugs 105329, 105651, 107852).
  target_compile_options(redshank_flags INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized
                                                  -Wno-array-bounds)
endif()

if(REDSHANK_FUZZ)
  target_compile_options(redshank_flags INTERFACE -Wno-error -fsanitize=fuzzer-no-link,address,undefined
                                                  -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  target_link_options(redshank_flags INTERFACE -fsanitize=address,undefined)
elseif(REDSHANK_SANITIZE)
  target_compile_options(redshank_flags INTERFACE -fsanitize=${REDSHANK_SANITIZE} -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer -O1)
  target_link_options(redshank_flags INTERFACE -fsanitize=${REDSHANK_SANITIZE})
  if(REDSHANK_SANITIZE MATCHES "thread")
    # GCC's thread sanitizer does not know fences, and Asio does not need them under its locks.
    target_compile_definitions(redshank_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    set(control_flow -mbranch-protection=standard)
  else()
    set(control_flow -fcf-protection)
  endif()
  target_compile_options(redshank_flags INTERFACE -fPIE -fstack-protector-strong -fstack-clash-protection
                                                  ${control_flow} -D_FORTIFY_SOURCE=2)
  target_link_options(redshank_flags INTERFACE $<IF:$<BOOL:${REDSHANK_STATIC}>,-static-pie,-pie>
                                               -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# redshank_floor(NAME LINKS ...): the static library of one floor, from the SOURCES named in its folder.
function(redshank_floor name)
  cmake_parse_arguments(FLOOR "" "" "SOURCES;LINKS" ${ARGN})
  add_library(redshank_${name} STATIC ${FLOOR_SOURCES})
  target_link_libraries(redshank_${name} PUBLIC redshank_flags ${FLOOR_LINKS})
  redshank_unity(redshank_${name} ${FLOOR_SOURCES})
  if(TARGET common_headers)
    redshank_precompiled(redshank_${name} common_headers)
  endif()
endfunction()
