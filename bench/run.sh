#!/usr/bin/env bash
# Runs the benches and prints one table: each figure as a ratio to its limit in the same run. bench/run.sh BINDIR [SECONDS]
# The machine's noise cancels out in a ratio, not in a figure: compare ratios.
set -euo pipefail
bin=$1
seconds=${2:-0.5}

rows() {  # PROGRAM: name, nanoseconds an item, octets a second
  "$bin/ehlo-bench-$1-$variant" --benchmark_min_time="$seconds" --benchmark_format=json 2>/dev/null |
    awk -v program="$1" '
      function give() { if (name) print program "/" name, (error ? -1 : (items > 0 ? 1e9 / items : 0)), (octets + 0) }
      { gsub(/[",]/, "") }
      $1 == "name:" { give(); name = $2; items = octets = error = 0 }
      $1 == "items_per_second:" { items = $2 }
      $1 == "bytes_per_second:" { octets = $2 }
      $1 == "error_occurred:" { error = $2 == "true" }
      END { give() }'
}

table() {
  awk '
  { item[$1] = $2; rate[$1] = $3; if ($2 < 0) { print "FAILED: " $1; failed = 1 } }
  function time_row(what, name, limit, limit_name) {
    printf "%-44s %9.1f ns   %7.2f x %s\n", what, item[name], item[limit] ? item[name] / item[limit] : 0, limit_name
  }
  function rate_row(what, name, limit, limit_name) {
    printf "%-44s %9.2f GB/s %7.2f of %s\n", what, rate[name] / 1e9, rate[limit] ? rate[name] / rate[limit] : 0, limit_name
  }
  END {
    if (failed) exit 1
    c = "command_parse/"; t = "text_receive/"; s = "server_session/"
    print "commands"
    time_row("parse, typed and validated, 50k mixed", c "typed_commands", c "bare_loop", "a bare loop over the octets")
    time_row("the whole path of a command", s "command_whole_path", s "limit_memchr_lines", "memchr for the lines")
    item["recipient"] = (item[s "transaction_4k/101"] - item[s "transaction_4k/1"]) / 100
    time_row("each further recipient", "recipient", s "limit_memchr_lines", "memchr for the lines")
    print "messages"
    time_row("MAIL, RCPT, DATA, 4 KiB, with replies", s "transaction_4k/1", s "limit_memcpy_transaction_4k", "memcpy")
    rate_row("DATA in views, strict, 64 KiB", t "text_strict", t "bare_loop", "a bare loop of intrinsics")
    rate_row("DATA in views, strict, 64 KiB", t "text_strict", t "memcpy_64k", "memcpy")
    rate_row("flood: dots at line starts", t "flood_of_dot_lines", t "memcpy_64k", "memcpy")
    rate_row("flood: dots in one line", t "flood_of_dots_in_one_line", t "memcpy_64k", "memcpy")
    rate_row("flood: empty lines", t "flood_of_empty_lines", t "memcpy_64k", "memcpy")
    rate_row("flood: one endless line", t "flood_of_one_line", t "memcpy_64k", "memcpy")
    rate_row("flood: bare LF, normalized", t "flood_of_bare_lf", t "memcpy_64k", "memcpy")
    time_row("a piece of 64 KiB of BDAT, whole server", s "bdat_piece", s "session_state", "making a session")
  }'
}

for variant in plain avx2; do
  [[ -x $bin/ehlo-bench-command_parse-$variant ]] || continue
  if [[ $variant == avx2 ]] && ! grep -qw avx2 /proc/cpuinfo; then
    echo "avx2: skipped, this processor has none"
    continue
  fi
  echo "--- built with $([[ $variant == plain ]] && echo "the compiler's own instruction set" || echo "-mavx2")"
  { rows command_parse; rows text_receive; rows server_session; } | table
done
