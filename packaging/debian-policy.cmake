# Run by CPack on the staged tree: Debian wants manual pages compressed, without a time in them, and a change log of its own form.
file(GLOB_RECURSE page "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/muster.1")
file(GLOB_RECURSE changes "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/CHANGELOG.md")
get_filename_component(folder "${changes}" DIRECTORY)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH where that is set
file(WRITE "${folder}/changelog" "muster (${CPACK_PACKAGE_VERSION}) stable; urgency=medium

  * See CHANGELOG.md beside this file.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
execute_process(COMMAND gzip -9nf "${page}" "${folder}/changelog" COMMAND_ERROR_IS_FATAL ANY)
