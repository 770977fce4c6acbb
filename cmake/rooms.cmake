# What lies in DIR/embed becomes strings of the program: embed/page.css is embed_page_css.
function(room_embeds target dir)
	file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/embed/*)
	foreach(file ${files})
		get_filename_component(name ${file} NAME)
		string(MAKE_C_IDENTIFIER embed_${name} symbol)
		set(out ${CMAKE_CURRENT_BINARY_DIR}/embed/${symbol}.c)
		add_custom_command(OUTPUT ${out}
			COMMAND ${CMAKE_COMMAND} -D IN=${file} -D OUT=${out} -D NAME=${symbol}
				-P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
			DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
		target_sources(${target} PRIVATE ${out})
	endforeach()
endfunction()

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
		room_embeds(${name} ${dir})
		target_sources(${all} INTERFACE $<TARGET_OBJECTS:${name}>)
	endforeach()
	target_include_directories(${all} INTERFACE ${CMAKE_SOURCE_DIR}/harness
		${CMAKE_SOURCE_DIR}/stressors)
	target_link_libraries(${all} INTERFACE ${flags} ${MT_LIBRARIES} m)
endfunction()
