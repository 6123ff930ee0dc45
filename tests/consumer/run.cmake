# Installs ehlo into a fresh prefix, then configures, builds and runs the consumer against it in every way.
# Called with: source, build (of ehlo), scratch, compiler, generator.
cmake_minimum_required(VERSION 3.25)
find_program(pkg_config NAMES pkg-config pkgconf)

set(prefix ${scratch}/prefix)
file(REMOVE_RECURSE ${prefix})

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(build_consumer from)
  set(dir ${scratch}/${from})
  file(REMOVE_RECURSE ${dir})
  run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/project -B ${dir} -G ${generator} -D CMAKE_CXX_COMPILER=${compiler}
      -D EHLO_FROM=${from} ${ARGN})
  run(${CMAKE_COMMAND} --build ${dir})
  run(${CMAKE_CTEST_COMMAND} --test-dir ${dir} --output-on-failure)
endfunction()

run(${CMAKE_COMMAND} --install ${build} --prefix ${prefix})

build_consumer(package -D CMAKE_PREFIX_PATH=${prefix})
build_consumer(subdirectory -D EHLO_SOURCE=${source})
if(pkg_config)
  set(ENV{PKG_CONFIG_PATH} ${prefix}/share/pkgconfig)
  build_consumer(pkg-config)
else()
  message(STATUS "pkg-config not found: its consumer is skipped")
endif()
