# Man page and completion are printed by the program itself, from the tables that its parser reads.
set(MT_DOC ${CMAKE_BINARY_DIR}/doc)
add_custom_command(OUTPUT ${MT_DOC}/memtrial.8 ${MT_DOC}/memtrial
	COMMAND ${CMAKE_COMMAND} -E make_directory ${MT_DOC}
	COMMAND memtrial doc man > ${MT_DOC}/memtrial.8
	COMMAND memtrial doc bash > ${MT_DOC}/memtrial
	DEPENDS memtrial)
add_custom_target(doc ALL DEPENDS ${MT_DOC}/memtrial.8 ${MT_DOC}/memtrial)

install(TARGETS memtrial RUNTIME)
install(DIRECTORY profiles/ DESTINATION ${CMAKE_INSTALL_DATADIR}/memtrial/profiles
	FILES_MATCHING PATTERN "*.yaml" PATTERN "*.suite")
install(FILES harness/record/schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/memtrial)
install(FILES ${MT_DOC}/memtrial.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${MT_DOC}/memtrial DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ci DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME memtrial)
set(CPACK_PACKAGE_CONTACT "memtrial maintainers <memtrial@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "puts a Linux kernel's memory management on trial")
include(CPack)
