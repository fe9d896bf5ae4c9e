# Toolchain: Linux on arm64 from another machine. scripts/dist/sysroot.sh makes what it is compiled against; what is built, and
# the tests, run under qemu-user (Debian: g++-aarch64-linux-gnu, qemu-user-static).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

cmake_path(SET folder NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../build)
set(REDSHANK_LIBRARIES ${folder}/libraries-arm64)
set(CMAKE_SYSROOT ${folder}/sysroot-arm64)
set(CMAKE_FIND_ROOT_PATH ${REDSHANK_LIBRARIES}/install ${CMAKE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
