# Run at every build: writes OUT for VERSION and the commit of SOURCE. OUT keeps its time when nothing has changed.
find_program(GIT git)
if(GIT)
  # Root may build a tree that belongs to somebody else.
  execute_process(COMMAND ${GIT} -c safe.directory=* describe --always --abbrev=7 --exclude=* --dirty
                  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT REVISION)
  set(REVISION unknown)
endif()
configure_file(${SOURCE}/cmake/version.cpp.in ${OUT} @ONLY)
