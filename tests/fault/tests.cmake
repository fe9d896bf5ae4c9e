add_library(fault_support STATIC fault/follower.cpp fault/full_disk.cpp fault/log_writer.cpp fault/model.cpp
  fault/recorded_rotation.cpp)
target_link_libraries(fault_support PUBLIC test_support)

# Not under a sanitizer: what runs below io_shim, which is preloaded and so stands before the sanitizer's own library.
redshank_test(test_file_source fault_asan
  fault/file_source_backups_test.cpp
  fault/file_source_notices_test.cpp
  fault/file_source_passing_test.cpp
  fault/file_source_rotation_test.cpp
  fault/file_source_test.cpp
  fault/file_source_truncation_test.cpp
  fault/model_test.cpp)
target_link_libraries(test_file_source PRIVATE fault_support)

# The errors come from tests/simulation, which defines calls of the C library.
redshank_test(test_passing_errors fault
  fault/file_source_errors_test.cpp
  fault/store_errors_test.cpp
  simulation/disk.cpp simulation/disk_vfs.cpp simulation/system.cpp)
target_link_libraries(test_passing_errors PRIVATE fault_support ${CMAKE_DL_LIBS})

# What kills processes, fails their disks and cuts their power: a library to preload, a worker to kill, and the tests.
add_library(io_shim SHARED fault/io_shim.cpp)
target_compile_options(io_shim PRIVATE -Wall -Wextra -Werror)
target_link_libraries(io_shim PRIVATE ${CMAKE_DL_LIBS})
add_executable(store_worker fault/store_worker.cpp)
target_link_libraries(store_worker PRIVATE redshank_daemon)

# redshank_fault_script(NAME FILE): a Python test that runs programs under io_shim.
function(redshank_fault_script name file)
  redshank_script(${name} fault ${CMAKE_CURRENT_SOURCE_DIR}/fault/${file})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
    "REDSHANK_FAULT_TOOLS=${CMAKE_CURRENT_BINARY_DIR};REDSHANK=${CMAKE_BINARY_DIR}/redshank")
endfunction()
redshank_fault_script(store_kill_test store_kill_test.py)
redshank_fault_script(store_power_test store_power_test.py)
redshank_fault_script(store_full_disk_test store_full_disk_test.py)
redshank_fault_script(daemon_kill_test daemon_kill_test.py)
redshank_fault_script(daemon_chaos_test daemon_chaos_test.py)
redshank_fault_script(daemon_full_disk_test daemon_full_disk_test.py)

redshank_test(test_rotation_corpus fault_asan
  fault/rotation_corpus_test.cpp)
target_link_libraries(test_rotation_corpus PRIVATE fault_support)
