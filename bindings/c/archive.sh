#!/bin/sh
# Makes the static library that is handed out: one object in which our names alone are global. Cargo's own is five times
# as large, and its public Rust names clash with those of another Rust library in the same program.
# usage: archive.sh IN.a OUT.a [PREFIX of the names to keep; wxsign_ by default]
set -eu
in=$1 out=$2 prefix=${3:-wxsign_}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$(uname -s)" != Linux ]; then
    # Apple's linker has no script and no objcopy; there Cargo's archive is handed out as it is.
    cp "$in" "$out"
    exit
fi

nm -g --defined-only "$in" 2>/dev/null | awk -v p="^$prefix" 'NF == 3 && $3 ~ p {print $3}' | sort -u > "$work/names"
[ -s "$work/names" ] || { echo "archive.sh: $in has no name that begins with $prefix" >&2; exit 1; }

# The thousands of sections, one for each function, would cost more room than they hold; what a program does not use of
# them is little, because a client uses nearly all. `.eh_frame` stays: without it a panic would end the program.
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
# Groups are resolved here: a name made local in a group would be missed where another library has the same group.
# shellcheck disable=SC2046
"${LD:-ld}" -r --force-group-allocation --strip-debug -T "$work/script" $(sed 's/^/-u /' "$work/names") \
    -o "$work/all.o" "$in"
"${OBJCOPY:-objcopy}" --strip-unneeded --keep-global-symbols="$work/names" "$work/all.o" "$work/${prefix%_}.o"
# Written beside its place and moved there, so that a program that is being linked never sees half of it.
rm -f "$out.new"
"${AR:-ar}" rcsD "$out.new" "$work/${prefix%_}.o"
mv "$out.new" "$out"
