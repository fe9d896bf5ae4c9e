# The release of `make dist`: one file that needs nothing of its host, whatever distribution and age. Everything is linked
# statically, glibc too: a binary for glibc 2.36, Debian 12's, would not start on the hosts of 2020 to 2022.
#   - Addresses are asked of c-ares, which reads the host's /etc/resolv.conf and /etc/hosts (scripts/dist/libraries.sh).
#   - The store of CAs is the host's (exporters/ca_store.h).
option(REDSHANK_STATIC "link everything statically; needs scripts/dist/libraries.sh" OFF)

if(REDSHANK_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(Boost_USE_STATIC_LIBS ON)
  set(OPENSSL_USE_STATIC_LIBS ON)
  if(NOT CMAKE_CROSSCOMPILING)  # else the toolchain says where they are
    list(PREPEND CMAKE_PREFIX_PATH ${PROJECT_SOURCE_DIR}/build/libraries/install)
  endif()
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=build)
  # Debian has toml++ as a shared library only; its own file for CMake leaves this target alone.
  file(CONFIGURE OUTPUT toml.cpp CONTENT
       "#define TOML_HEADER_ONLY 0\n#define TOML_IMPLEMENTATION\n#include <toml++/toml.h>\n")
  add_library(toml STATIC ${PROJECT_BINARY_DIR}/toml.cpp)
  add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED)
  target_link_libraries(tomlplusplus::tomlplusplus INTERFACE toml)
endif()

# After find_package: Debian's own files name shared libraries only.
function(redshank_static_targets)
  if(REDSHANK_STATIC)
    find_library(YAML_CPP_STATIC yaml-cpp REQUIRED)
    set_target_properties(yaml-cpp PROPERTIES IMPORTED_LOCATION_NONE ${YAML_CPP_STATIC})
    find_library(ZSTD_STATIC zstd REQUIRED)
    set_target_properties(zstd::libzstd_shared PROPERTIES IMPORTED_LOCATION_NONE ${ZSTD_STATIC})
  endif()
endfunction()
