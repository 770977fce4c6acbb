# Warnings and sanitizers in interface targets that every target of ours links.
option(MT_TESTS "build the tests" ON)
option(MT_WERROR "warnings are errors" OFF)
option(MT_FUZZ "build only the fuzz targets; needs clang with libFuzzer" OFF)
set(MT_SANITIZE "" CACHE STRING "sanitizers for everything, for instance address,undefined")
set(MT_FUZZ_DIR "" CACHE PATH "build directory of the fuzz targets, for their tests")
set(MT_KERNELS "" CACHE PATH "directory of guest kernels, for the gate's tests")

function(mt_sanitize target sanitizers)
	target_compile_options(${target} INTERFACE -fsanitize=${sanitizers} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	target_link_options(${target} INTERFACE -fsanitize=${sanitizers})
endfunction()

add_library(mt_base_flags INTERFACE)
target_compile_definitions(mt_base_flags INTERFACE _GNU_SOURCE HAVE_ZLIB
	MT_VERSION="${PROJECT_VERSION}"
	MT_PROFILES_DIR="${CMAKE_INSTALL_FULL_DATADIR}/memtrial/profiles")
target_compile_options(mt_base_flags INTERFACE -Wall -Wextra -Wshadow -Wvla -Wpointer-arith
	-Wstrict-prototypes -Wmissing-prototypes -Wundef -Wformat=2 -Wwrite-strings
	$<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>
	$<$<C_COMPILER_ID:Clang>:-Wno-format-nonliteral> -fno-common -fstack-protector-strong)
# Lazy binding would write to our data while a group is measured.
target_link_options(mt_base_flags INTERFACE -Wl,-z,now -Wl,-z,relro)
if(MT_WERROR)
	target_compile_options(mt_base_flags INTERFACE -Werror)
endif()

add_library(mt_flags INTERFACE)
target_link_libraries(mt_flags INTERFACE mt_base_flags)
if(MT_SANITIZE)
	mt_sanitize(mt_flags ${MT_SANITIZE})
endif()
if(MT_FUZZ)
	mt_sanitize(mt_flags address,undefined)
	target_compile_options(mt_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The same rooms once more under ASan and UBSan, for unit and golden tests.
add_library(asan INTERFACE)
target_link_libraries(asan INTERFACE mt_base_flags)
target_compile_options(asan INTERFACE -O1)
mt_sanitize(asan address,undefined)
