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
    c = "command_parse/"; t = "text_receive/"; s = "server_session/"; o = "text_send/"; r = "reply_parse/"; k = "client_session/"
    print "commands"
    time_row("parse, typed and validated, 50k mixed", c "typed_commands", c "bare_loop", "a bare loop over the octets")
    time_row("the whole path of a command", s "command_whole_path", s "limit_memchr_lines", "memchr for the lines")
    item["recipient"] = (item[s "transaction_4k/101"] - item[s "transaction_4k/1"]) / 100
    time_row("each further recipient", "recipient", s "limit_memchr_lines", "memchr for the lines")
    print "replies"
    time_row("frame, code and status, 50k mixed", r "replies/whole", r "bare_loop/replies", "a bare loop over the octets")
    time_row("an answer to EHLO, 7 to 13 lines, typed", r "ehlo_response/lines_7_to_13", r "bare_loop/lines_7_to_13", "a bare loop over the octets")
    time_row("an answer to EHLO, 26 lines, typed", r "ehlo_response/lines_26", r "bare_loop/lines_26", "a bare loop over the octets")
    print "messages"
    time_row("MAIL, RCPT, DATA, 4 KiB, with replies", s "transaction_4k/1", s "limit_memcpy_transaction_4k", "memcpy")
    time_row("a client: MAIL, RCPT, DATA, 4 KiB", k "client_transaction_4k/1", k "limit_memcpy_4k", "memcpy")
    item["to_say"] = (item[k "client_transaction_4k/10"] - item[k "client_transaction_4k/1"]) / 9
    time_row("a client: each further recipient", "to_say", s "limit_memchr_lines", "memchr for the lines")
    item["both"] = item[k "client_transaction_4k/1"] + item[k "server_transaction_4k/1"]
    time_row("client and server back to back, 4 KiB", k "back_to_back_4k/1", "both", "the sum of both alone")
    rate_row("DATA in views, strict, 64 KiB", t "text_strict", t "bare_loop", "a bare loop of intrinsics")
    rate_row("DATA in views, strict, 64 KiB", t "text_strict", t "memcpy_64k", "memcpy")
    rate_row("flood: dots at line starts", t "flood_of_dot_lines", t "memcpy_64k", "memcpy")
    rate_row("flood: dots in one line", t "flood_of_dots_in_one_line", t "memcpy_64k", "memcpy")
    rate_row("flood: empty lines", t "flood_of_empty_lines", t "memcpy_64k", "memcpy")
    rate_row("flood: one endless line", t "flood_of_one_line", t "memcpy_64k", "memcpy")
    rate_row("flood: bare LF, normalized", t "flood_of_bare_lf", t "memcpy_64k", "memcpy")
    rate_row("DATA out as a list of views, 64 KiB", o "text", o "bare_loop_without_lengths", "a bare loop of intrinsics")
    rate_row("DATA out as a list of views, 64 KiB", o "text", o "memcpy_64k", "memcpy")
    rate_row("out: a dot at every line start", o "flood_of_dot_lines", o "memcpy_64k", "memcpy")
    rate_row("out: bare LFs made CRLF", o "mail_with_bare_lf", o "memcpy_64k", "memcpy")
    d = "dkim_canonicalize/"
    rate_row("DKIM: simple body, 64 KiB, copied", d "body_copied/simple", d "memcpy_64k", "memcpy")
    rate_row("DKIM: relaxed body, 64 KiB, sizes added up", d "body/relaxed", d "memcpy_64k", "memcpy")
    rate_row("DKIM: relaxed body, quoted and indented", d "uneven", d "memcpy_64k", "memcpy")
    rate_row("DKIM flood: two spaces behind each letter", d "flood/two_spaces", d "memcpy_64k", "memcpy")
    rate_row("DKIM flood: a tab behind each letter", d "flood/tabs", d "memcpy_64k", "memcpy")
    time_row("a piece of 64 KiB of BDAT, whole server", s "bdat_piece", s "session_state", "making a session")
    f = "spf/"
    time_row("SPF: eight records, 109 terms, answers in memory", f "check_all_records", f "memchr_terms/all_records", "memchr for the terms")
    time_row("SPF: one record decides", f "check_one_record", f "memchr_terms/one_record", "memchr for the terms")
  }'
}

for variant in plain avx2; do
  [[ -x $bin/ehlo-bench-command_parse-$variant ]] || continue
  if [[ $variant == avx2 ]] && ! grep -qw avx2 /proc/cpuinfo; then
    echo "avx2: skipped, this processor has none"
    continue
  fi
  echo "--- built with $([[ $variant == plain ]] && echo "the compiler's own instruction set" || echo "-mavx2")"
  { rows command_parse; rows reply_parse; rows text_receive; rows text_send; rows dkim_canonicalize; rows server_session; rows client_session; rows spf; } | table
done
