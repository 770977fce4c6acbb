# Each room of the house is an object library, so that nothing that only a table names is dropped by
# the linker. rooms(ALL FLAGS DIR...) makes one for each DIR, compiled with the interface target
# FLAGS, and an interface library ALL that links them together.
function(rooms all flags)
	add_library(${all} INTERFACE)
	foreach(dir ${ARGN})
		file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.c)
		list(FILTER sources EXCLUDE REGEX "/main\\.c$")
		if(NOT sources)
			continue()
		endif()
		get_filename_component(name ${dir} NAME)
		if(NOT all STREQUAL mt_all)
			string(APPEND name _${flags})
		endif()
		add_library(${name} OBJECT ${sources})
		if(NOT all STREQUAL mt_all)
			set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
		endif()
		target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/harness
			${CMAKE_SOURCE_DIR}/stressors)
		target_link_libraries(${name} PUBLIC ${flags} ${MT_LIBRARIES})
		target_sources(${all} INTERFACE $<TARGET_OBJECTS:${name}>)
	endforeach()
	target_include_directories(${all} INTERFACE ${CMAKE_SOURCE_DIR}/harness
		${CMAKE_SOURCE_DIR}/stressors)
	target_link_libraries(${all} INTERFACE ${flags} ${MT_LIBRARIES} m)
endfunction()
