# What `cmake --install` puts where, and the Debian package (`make deb`).
include(GNUInstallDirs)
install(TARGETS redshank RUNTIME)
install(FILES systemd/redshank.service systemd/redshank-webhook.socket systemd/redshank-http.socket DESTINATION lib/systemd/system)
install(FILES systemd/redshank.sysusers DESTINATION lib/sysusers.d RENAME redshank.conf)
install(FILES systemd/redshank.tmpfiles DESTINATION lib/tmpfiles.d RENAME redshank.conf)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(FILES systemd/read-any-file.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES systemd/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(EXISTS ${PROJECT_SOURCE_DIR}/dashboards)
  install(DIRECTORY dashboards DESTINATION ${CMAKE_INSTALL_DATADIR}/redshank FILES_MATCHING
          PATTERN "*.json" PATTERN "*.yml" PATTERN "*_test.yml" EXCLUDE)
endif()
# CPack takes absolute paths as they are: /etc does not move with the prefix.
install(FILES systemd/redshank.toml DESTINATION /etc/redshank PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# What the binary says of itself when it is installed: no command can be missing.
set(said ${PROJECT_BINARY_DIR}/package)
install(CODE "
  foreach(words manual \"completion bash\" \"completion zsh\" \"completion fish\")
    string(REPLACE \" \" \";\" words \"\${words}\")
    list(GET words -1 name)
    execute_process(COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:redshank> \${words}
                    OUTPUT_FILE ${said}/\${name} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  execute_process(COMMAND gzip -9nc ${said}/manual OUTPUT_FILE ${said}/redshank.8.gz COMMAND_ERROR_IS_FATAL ANY)")
install(FILES ${said}/redshank.8.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${said}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME redshank)
install(FILES ${said}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _redshank)
install(FILES ${said}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME redshank.fish)

# Changelogs, compressed without a time stamp: the same sources give the same package.
function(install_gzipped source destination name)
  set(packed ${PROJECT_BINARY_DIR}/package/${name}.gz)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
  execute_process(COMMAND gzip -9nc ${source} OUTPUT_FILE ${packed} COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${packed} DESTINATION ${destination})
endfunction()
install_gzipped(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${CMAKE_INSTALL_DOCDIR} changelog)
install_gzipped(${PROJECT_SOURCE_DIR}/systemd/debian/changelog ${CMAKE_INSTALL_DOCDIR} changelog.Debian)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME redshank)
set(CPACK_PACKAGE_CONTACT "redshank maintainers <maintainers@redshank.example>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Kubernetes audit log daemon that finds what is wrong")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Follows the audit log of a Kubernetes API server and says, in one sentence
with evidence, when a Secret was read while unprotected, when somebody's
access is unusual, and when requests on a custom resource fail. Exports
metrics for Prometheus and sends alerts to webhooks, Slack and PagerDuty.")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
if(REDSHANK_STATIC)
  install(FILES systemd/debian/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME redshank)
else()
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-sysusers, systemd | systemd-tmpfiles")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
if(CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
endif()
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/systemd/debian/conffiles ${PROJECT_SOURCE_DIR}/systemd/debian/postinst
    ${PROJECT_SOURCE_DIR}/systemd/debian/prerm ${PROJECT_SOURCE_DIR}/systemd/debian/postrm)
set(CPACK_STRIP_FILES ON)
include(CPack)
