# Sanitized builds compile the headers that nearly every file includes once. The release build does so for tests only: it
# shows that each file of the daemon includes what it uses.
option(REDSHANK_PRECOMPILED "compile common headers once" OFF)

# redshank_precompiled(TARGET PARTS): TARGET takes the headers that the target of that name holds.
function(redshank_precompiled target parts)
  if(REDSHANK_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${parts})
  endif()
endfunction()

# redshank_precompiled_parts(NAME LIBRARY HEADERS...): holds HEADERS, compiled as LIBRARY's users compile them.
function(redshank_precompiled_parts name library)
  if(REDSHANK_PRECOMPILED)
    file(WRITE ${CMAKE_BINARY_DIR}/${name}.cpp "")
    add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE ${library})
    target_precompile_headers(${name} PRIVATE ${ARGN})
  endif()
endfunction()
