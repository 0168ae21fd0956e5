#!/bin/sh
# Makes the published static library: one object in which only our names are global. Cargo's own
# library is five times as large, and its public Rust names clash with those of another Rust library
# in the same program.
# usage: [UNWINDER=libunwind.a] archive.sh IN.a OUT.a [PREFIX]
#   (PREFIX: how the names begin that are kept; wxsign_ by default)
# With UNWINDER the object contains this unwinder, and does not need that of the program's C
# compiler.
set -eu
in=$1 out=$2 prefix=${3:-wxsign_}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$(uname -s)" != Linux ]; then
    # Apple's tools have no linker scripts and no objcopy, so Cargo's library is published as it is.
    cp "$in" "$out"
    exit
fi

"${NM:-nm}" -g --defined-only "$in" 2>/dev/null | awk -v p="^$prefix" 'NF == 3 && $3 ~ p {print $3}' | sort -u > "$work/names"
[ -s "$work/names" ] || { echo "archive.sh: $in has no name that begins with $prefix" >&2; exit 1; }

# The headers of thousands of sections, one for each function, would take more room than the linker
# could save by dropping unused functions: a client uses nearly all. `.eh_frame` stays, because
# without it a panic would end the program.
cat > "$work/script" <<'SCRIPT'
SECTIONS {
  .text 0 : { *(.text .text.*) }
  .rodata 0 : { *(.rodata .rodata.*) }
  .data.rel.ro 0 : { *(.data.rel.ro .data.rel.ro.*) }
  .data 0 : { *(.data .data.*) }
  .bss 0 : { *(.bss .bss.*) }
  .tdata 0 : { *(.tdata .tdata.*) }
  .tbss 0 : { *(.tbss .tbss.*) }
  .init_array 0 : { *(.init_array .init_array.*) }
  .gcc_except_table 0 : { *(.gcc_except_table .gcc_except_table.*) }
  .eh_frame 0 : { *(.eh_frame) }
  /DISCARD/ : { *(.llvmbc .llvmcmd .comment) }
}
SCRIPT
# Resolves section groups now: otherwise a name that becomes local in a group is missing if another
# library has that group.
# shellcheck disable=SC2046
"${LD:-ld}" -r --force-group-allocation --strip-debug -T "$work/script" $(sed 's/^/-u /' "$work/names") \
    -o "$work/all.o" "$in" ${UNWINDER:+"$UNWINDER"}
# The one local name that stays: valgrind recognises wxsign's threads by it (wxsign.supp).
thread=$("${NM:-nm}" "$work/all.o" | awk '$3 ~ /std.*6Thread3new12thread_start/ {print $3; exit}')
"${OBJCOPY:-objcopy}" ${thread:+--redefine-sym "$thread=${prefix}thread"} "$work/all.o" "$work/named.o"
"${OBJCOPY:-objcopy}" --strip-unneeded --keep-symbol="${prefix}thread" --keep-global-symbols="$work/names" \
    "$work/named.o" "$work/${prefix%_}.o"
# A rename: a program that is being linked meanwhile never sees half of the file.
rm -f "$out.new"
"${AR:-ar}" rcsD "$out.new" "$work/${prefix%_}.o"
mv "$out.new" "$out"
