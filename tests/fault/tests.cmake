add_library(fault_support STATIC fault/follower.cpp fault/log_writer.cpp)
target_link_libraries(fault_support PUBLIC test_support)

redshank_test(test_file_source fault
  fault/file_source_test.cpp)
target_link_libraries(test_file_source PRIVATE fault_support)
