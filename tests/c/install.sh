#!/bin/sh
# make install and what programs do with the result: pkg-config shared and static, meson, CMake's
# find_package, add_subdirectory and FetchContent, valgrind's suppressions, make uninstall. Link
# flags agree wherever they are written.
# usage: install.sh [build directory]
set -u
suite=install
build=${1:-}
# shellcheck source=tests/c/suite.sh
. "$(dirname "$0")/suite.sh"
prefix=$work/prefix
version=$(sed -n 's/^#define WXSIGN_VERSION "\(.*\)"/\1/p' "$root/include/wxsign.h")
official=0f9de62fce790f9a083d5c99e95740ceb90c27ed
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
unset PKG_CONFIG_SYSROOT_DIR DESTDIR PREFIX LIBDIR INCLUDEDIR DATADIR MAKEFLAGS TARGET

files="include/wxsign.h include/wxsign.hpp lib/cmake/wxsign/wxsignConfig.cmake lib/cmake/wxsign/wxsignConfigVersion.cmake
    lib/libwxsign.a lib/libwxsign.so lib/libwxsign.so.1 lib/libwxsign.so.1.0.0 lib/pkgconfig/wxsign.pc
    share/doc/wxsign/LICENSE-APACHE share/doc/wxsign/LICENSE-MIT share/doc/wxsign/THIRD-PARTY-NOTICES.md share/wxsign/wxsign.supp"
installs() {
    make --no-print-directory -C "$root" install PREFIX="$prefix" || return 1
    # shellcheck disable=SC2086
    [ "$(cd "$prefix" && find . -type f -o -type l | sed 's#^\./##' | sort | tr '\n' ' ')" = "$(echo $files) " ] || {
        find "$prefix"
        return 1
    }
    [ "$(readlink "$prefix/lib/libwxsign.so")" = libwxsign.so.1 ] && [ "$(readlink "$prefix/lib/libwxsign.so.1")" = libwxsign.so.1.0.0 ]
}
# For packagers: everything below DESTDIR, and nothing that names it.
stages() {
    make --no-print-directory -C "$root" install DESTDIR="$work/stage" PREFIX=/opt/wxsign LIBDIR=/opt/wxsign/lib/64 || return 1
    # shellcheck disable=SC2086
    for file in $files; do
        [ -e "$work/stage/opt/wxsign/$(echo "$file" | sed 's#^lib/#lib/64/#')" ] || { echo "$file is not there"; return 1; }
    done
    ! grep -r "$work" "$work/stage" && grep -qx 'libdir=${prefix}/lib/64' "$work/stage/opt/wxsign/lib/64/pkgconfig/wxsign.pc" && \
        cmake -DCMAKE_PREFIX_PATH="$work/stage/opt/wxsign/lib/64/cmake" -DWXSIGN=package -S "$work/consumer" -B "$work/staged"
}
# A source that is newer than the library is built before it is installed; without cargo that fails
# with the reason.
never_stale() {
    cp -p "$lib/libwxsign.a" "$work/saved.a"
    touch -d '2000-01-01' "$lib/libwxsign.a"
    ! make --no-print-directory -C "$root" install PREFIX="$work/stale" CARGO=/nonexistent/cargo > "$work/stale.out" 2>&1
    code=$?
    cp -p "$work/saved.a" "$lib/libwxsign.a"
    cat "$work/stale.out"
    [ $code = 0 ] && grep -q 'older than the sources' "$work/stale.out" && [ ! -e "$work/stale/lib" ] && \
        make --no-print-directory -C "$root" install PREFIX="$work/fresh" CARGO=/nonexistent/cargo
}
# A program finds the shared library, or the installer says what to do.
names_the_way_to_the_library() {
    [ -e /etc/ld.so.cache ] || return 0
    make --no-print-directory -C "$root" install PREFIX="$work/far" > "$work/far.out" && \
        make --no-print-directory -C "$root" install DESTDIR="$work/stage" PREFIX=/opt/wxsign > "$work/staged.out"
    cat "$work/far.out" "$work/staged.out"
    grep -qF -- "-Wl,-rpath,$work/far/lib" "$work/far.out" && ! grep -q rpath "$work/staged.out"
}
uninstalls() {
    make --no-print-directory -C "$root" install PREFIX="$work/gone" && touch "$work/gone/lib/libother.so.1" && \
        make --no-print-directory -C "$root" uninstall PREFIX="$work/gone" && \
        [ "$(cd "$work/gone" && find . -type f -o -type l)" = ./lib/libother.so.1 ]
}
# The header's example and a program that fetches, linked shared and static: the suppressions leave
# nothing to report.
valgrind_is_silent() {
    sed -n '/^ \*     #include <stdio.h>/,/^ \*     }/s/^ \*     //p' "$root/include/wxsign.h" > "$work/header_example.c"
    leash
    for program in header_example config; do
        source=$work/$program.c
        [ -e "$source" ] || source=$root/bindings/c/examples/$program.c
        for how in shared static; do
            flags=$(pkg-config --cflags --libs wxsign)
            # shellcheck disable=SC2086
            [ $how = shared ] || flags="-I$prefix/include $prefix/lib/libwxsign.a $(pkg-config --static --libs-only-l wxsign | sed 's/-lwxsign//')"
            # shellcheck disable=SC2086
            $cc -std=c99 -o "$work/$program" "$source" $flags || return 1
            LD_LIBRARY_PATH=$prefix/lib valgrind --quiet --leak-check=full --num-callers=40 --error-exitcode=9 \
                --suppressions="$prefix/share/wxsign/wxsign.supp" "$work/$program" https://example.com/ > "$work/valgrind" 2>&1
            [ $? != 9 ] && ! grep '^==' "$work/valgrind" || { cat "$work/valgrind"; unleash; return 1; }
        done
    done
    unleash
}
notices_are_current() {
    "$root/bindings/notices.py" --check
}
# Panic messages name source files, but none of this machine's directories.
names_no_directory() {
    for file in "$prefix/lib/libwxsign.a" "$prefix/lib/libwxsign.so"; do
        strings -a "$file" | grep -F -e "$HOME/" -e "$root/" -e "${CARGO_HOME:-$HOME/.cargo}" && return 1
    done
    return 0
}
refuses() {
    ! make --no-print-directory -C "$root" install PREFIX=relative && ! make --no-print-directory -C "$root" install PREFIX="$work/a b"
}
signs() { # command…: the program prints WeChat's own signature
    "$@" > "$work/said" || return 1
    cat "$work/said"
    grep -qx "$official" "$work/said"
}
# With nothing but pkg-config's flags, from a directory that knows nothing of the checkout.
with_flags() { # out compiler flags…
    out=$1
    shift
    # shellcheck disable=SC2068,SC2086
    (cd "$work/consumer" && $@ $strict ${program:-program.c} $flags -o "$work/$out")
}
pkg_config_shared() {
    flags=$(pkg-config --cflags --libs wxsign) && with_flags pc_shared "$cc" -std=c99 || return 1
    readelf -d "$work/pc_shared" | grep -q 'NEEDED.*libwxsign.so.1\]' && LD_LIBRARY_PATH=$prefix/lib signs "$work/pc_shared"
}
pkg_config_static() {
    flags=$(pkg-config --static --cflags --libs wxsign) && with_flags pc_static "$cc" -std=c99 -static || return 1
    ! readelf -d "$work/pc_static" | grep NEEDED && signs "$work/pc_static"
}
# If only the static library is there, the same flags give a program that needs the system's
# libraries alone.
pkg_config_archive() {
    cp -R "$prefix" "$work/archive" && rm "$work"/archive/lib/libwxsign.so*
    flags=$(PKG_CONFIG_PATH=$work/archive/lib/pkgconfig pkg-config --define-prefix --static --cflags --libs wxsign) || return 1
    with_flags pc_archive "$cc" -std=c99 || return 1
    ! readelf -d "$work/pc_archive" | grep wxsign && signs "$work/pc_archive"
}
pkg_config_cpp() {
    flags=$(pkg-config --cflags --libs wxsign) && program=program.cpp && with_flags pc_cpp "$cxx" -std=c++17 || return 1
    LD_LIBRARY_PATH=$prefix/lib signs "$work/pc_cpp"
}
meson_builds() {
    mkdir "$work/meson" && cp "$work/consumer/program.c" "$work/meson/" && cat > "$work/meson/meson.build" <<'MESON'
project('consumer', 'c')
executable('shared', 'program.c', dependencies: dependency('wxsign'))
executable('static', 'program.c', dependencies: dependency('wxsign', static: true))
MESON
    meson setup "$work/meson/build" "$work/meson" && meson compile -C "$work/meson/build" || return 1
    readelf -d "$work/meson/build/shared" | grep -q 'NEEDED.*libwxsign.so.1\]' && signs "$work/meson/build/shared" && \
        ! readelf -d "$work/meson/build/static" | grep 'NEEDED.*wxsign' && signs "$work/meson/build/static"
}
pkg_config_knows_versions() {
    [ "$(pkg-config --modversion wxsign)" = "$version" ] && pkg-config --exact-version="$version" wxsign && \
        ! pkg-config --atleast-version=1 wxsign
}
cmake_builds() { # how option…: four programs, shared and static, in C and in C++
    how=$1
    shift
    cmake -DWXSIGN="$how" "$@" -S "$work/consumer" -B "$work/cmake-$how" && cmake --build "$work/cmake-$how" || return 1
    for program in c_wxsign c_wxsign_static cpp_wxsign cpp_wxsign_static; do
        signs "$work/cmake-$how/$program" || return 1
    done
    readelf -d "$work/cmake-$how/c_wxsign" | grep -q 'NEEDED.*libwxsign.so.1\]' && \
        ! readelf -d "$work/cmake-$how/c_wxsign_static" | grep 'NEEDED.*wxsign'
}
wants() { # find_package arguments
    cmake -DWXSIGN=package -DCMAKE_PREFIX_PATH="$prefix" -DWANTED="$1" -S "$work/consumer" -B "$work/wants"
}
cmake_knows_versions() {
    wants 0.1 && wants '0.1.0;EXACT' && wants '0.0.9...<0.2' && ! wants 0.99 && ! wants 1 && ! wants '0.0.1;EXACT' && ! wants '0.0.1...0.0.9'
}
moves() {
    mv "$prefix" "$work/moved" && cmake_builds package -DCMAKE_PREFIX_PATH="$work/moved"
    code=$?
    mv "$work/moved" "$prefix"
    return $code
}
# What rustc says that a program needs, wherever it is written down. Not libgcc_s: see
# bindings/c/install.sh.
flags_agree() {
    words() { tr ' ;"' '\n\n\n' | grep '^-l' | grep -v '^-lgcc_s$' | sort -u | tr '\n' ' '; }
    want=$(words < "$lib/native-static-libs")
    for place in \
        "$(sed -n 's/^Libs.private: //p' "$prefix/lib/pkgconfig/wxsign.pc")" \
        "$(sed -n 's/.*INTERFACE_LINK_LIBRARIES//p' "$prefix/lib/cmake/wxsign/wxsignConfig.cmake")" \
        "$(sed -n '/UNIX/,$s/.*set(wxsign_system \(.*\))/\1/p' "$root/bindings/c/CMakeLists.txt")" \
        "$(sed -n 's/.*build\/lib\/libwxsign.a` | `\(.*\)` (Linux).*/\1/p' "$root/bindings/c/README.md")" \
        "$(sed -n 's/.*#cgo linux LDFLAGS: //p' "$root/bindings/go/link.go")"; do
        [ "$(echo "$place" | words)" = "$want" ] || { echo "'$place' is not '$want'"; return 1; }
    done
}

mkdir "$work/consumer"
cp "$tests/cmake/CMakeLists.txt" "$tests/cmake/program.cpp" "$work/consumer/"
cp "$root/bindings/c/examples/sign.c" "$work/consumer/program.c"
check "make install puts every file in its place" installs
check "an unusable prefix is refused" refuses
check "DESTDIR is in no installed file" stages
check "pkg-config links the shared library" pkg_config_shared
check "pkg-config --static serves -static" pkg_config_static
check "pkg-config --static needs only the archive" pkg_config_archive
check "pkg-config serves C++" pkg_config_cpp
if command -v meson > /dev/null; then
    check "meson links both libraries" meson_builds
else
    echo "skip meson: it is not installed"
fi
check "pkg-config knows the version" pkg_config_knows_versions
check "find_package offers both targets" cmake_builds package -DCMAKE_PREFIX_PATH="$prefix"
check "find_package knows which versions serve" cmake_knows_versions
check "an installed tree can be moved" moves
check "add_subdirectory builds a checkout" cmake_builds subdirectory -DCHECKOUT="$root"
check "FetchContent builds a checkout" cmake_builds fetch -DCHECKOUT="$root"
check "link flags are the same wherever they are written" flags_agree
check "the libraries name no directory of this machine" names_no_directory
check "the third-party notices are current" notices_are_current
check "a stale library is never installed" never_stale
check "programs find the library, or are helped to" names_the_way_to_the_library
check "make uninstall removes everything" uninstalls
if command -v valgrind > /dev/null; then
    check "valgrind is silent with the suppressions" valgrind_is_silent
else
    echo "skip valgrind: it is not installed"
fi
finish
