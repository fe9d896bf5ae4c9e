# The whole daemon, with everything around it behind one seed. A program of its own, since it defines calls of the C
# library for itself.
add_executable(simulation simulation/disk.cpp simulation/disk_vfs.cpp simulation/invariants.cpp
  simulation/main.cpp simulation/receivers.cpp simulation/server.cpp simulation/system.cpp simulation/world.cpp)
target_link_libraries(simulation PRIVATE fault_support ${CMAKE_DL_LIBS})
redshank_precompiled(simulation test_headers)
add_test(NAME simulation COMMAND simulation --seeds 1..10 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(simulation PROPERTIES LABELS unit TIMEOUT 300)
add_test(NAME simulation_replay COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/simulation/replay_test.py
  $<TARGET_FILE:simulation>)
set_tests_properties(simulation_replay PROPERTIES LABELS unit TIMEOUT 300)
add_test(NAME simulation_planted COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/simulation/planted.py --check)
set_tests_properties(simulation_planted PROPERTIES LABELS unit)

redshank_test(test_idle unit
  simulation/disk.cpp simulation/disk_vfs.cpp simulation/idle_test.cpp simulation/publish_test.cpp simulation/system.cpp
  support/allocations.cpp)
target_link_libraries(test_idle PRIVATE ${CMAKE_DL_LIBS})
