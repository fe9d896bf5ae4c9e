# cmake -D OUT=FILE -D DIR=FOLDER -P embed_samples.cmake: samples/policies/NAME.yaml as C++ texts, so that
# `policy suggest --compare NAME` works wherever the program is.
file(GLOB files "${DIR}/*.yaml")
list(SORT files)
set(text "// Made by embed_samples.cmake.\n#include \"audit/policy/samples.h\"\n\nnamespace redshank::audit::policy {\n\nstd::span<const Sample> samples() {\n    static constexpr Sample kSamples[] = {\n")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content)
  string(APPEND text "        {\"${name}\", R\"yaml(${content})yaml\"},\n")
endforeach()
string(APPEND text "    };\n    return kSamples;\n}\n\n}  // namespace redshank::audit::policy\n")
file(WRITE ${OUT} "${text}")
