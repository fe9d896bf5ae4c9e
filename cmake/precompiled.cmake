# What makes builds cheap. The release build takes precompiled headers for tests only: compiled file by file, it shows that
# each file of the daemon includes what it uses.
option(REDSHANK_PRECOMPILED "compile common headers once" OFF)
option(REDSHANK_UNITY "compile all files of a folder together" OFF)

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

# redshank_unity(TARGET SOURCES...): one compilation a folder, so what its files keep for themselves has distinct names.
# Commands are compiled one by one: each has a listing() of its own.
function(redshank_unity target)
  if(NOT REDSHANK_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # a class of one file with members of that file's types
  # GCC inlines less in a file that is large: 7 % more instructions an event than file by file, without these.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(${target} PRIVATE --param=inline-unit-growth=1000 --param=large-unit-insns=1000000)
  endif()
  foreach(source IN LISTS ARGN)
    get_filename_component(folder ${source} DIRECTORY)
    if(IS_ABSOLUTE ${source})  # a file that the build makes: the name of its folder would reach the binary
      set(folder made)
    endif()
    if(NOT folder STREQUAL "commands")
      string(MAKE_C_IDENTIFIER "folder_${folder}" group)
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    endif()
  endforeach()
endfunction()
