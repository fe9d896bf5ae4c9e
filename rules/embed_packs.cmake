# cmake -D OUT=FILE -D DIR=FOLDER -P embed_packs.cmake: packs/NAME.toml and packs/NAME-PART.toml as C++ texts, so
# that a pack works wherever the program is.
file(GLOB files "${DIR}/*.toml")
list(SORT files)
set(text "// Made by embed_packs.cmake.\n#include \"rules/packs.h\"\n\nnamespace redshank::rules {\n\nconst std::vector<PackFile>& shipped_files() {\n    static const std::vector<PackFile> files = {\n")
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE "[-.].*" "" pack ${name})
  file(READ ${file} content)
  # A string literal may hold 64 KiB: split into one literal for each rule.
  string(REPLACE "\n[[rule]]" "\n)toml\" R\"toml([[rule]]" content "${content}")
  string(APPEND text "        {\"${pack}\", \"packs/${name}\", R\"toml(${content})toml\"},\n")
endforeach()
string(APPEND text "    };\n    return files;\n}\n\n}  // namespace redshank::rules\n")
file(WRITE ${OUT} "${text}")
