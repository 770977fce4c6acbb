# Warnings and sanitizers in one interface target that every target of ours links.
option(MT_TESTS "build the tests" ON)
option(MT_WERROR "warnings are errors" OFF)
option(MT_FUZZ "build the fuzz targets with clang's libFuzzer" OFF)
set(MT_SANITIZE "" CACHE STRING "sanitizers, for instance address,undefined")

add_library(mt_flags INTERFACE)
target_compile_definitions(mt_flags INTERFACE _GNU_SOURCE)
target_compile_options(mt_flags INTERFACE -Wall -Wextra -Wshadow -Wvla -Wpointer-arith
	-Wstrict-prototypes -Wmissing-prototypes -Wundef -Wformat=2 -Wwrite-strings
	-Wno-format-truncation -fno-common -fstack-protector-strong)
if(MT_WERROR)
	target_compile_options(mt_flags INTERFACE -Werror)
endif()
if(MT_SANITIZE)
	target_compile_options(mt_flags INTERFACE -fsanitize=${MT_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	target_link_options(mt_flags INTERFACE -fsanitize=${MT_SANITIZE})
endif()
