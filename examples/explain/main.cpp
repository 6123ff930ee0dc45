// SPDX-License-Identifier: BSL-1.0
// Explains a captured SMTP session.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture.hpp"
#include "ehlo/client.hpp"
#include "ehlo/server.hpp"
#include "ehlo/trace/client_replay.hpp"
#include "ehlo/trace/server_replay.hpp"
#include "replayed_options.hpp"
#include "report.hpp"

namespace {

constexpr char usage[] =
    R"(usage: ehlo-explain [options] FILE           a recording, or the output of tshark -q -z follow,tcp,raw,N
       ehlo-explain [options] CLIENT SERVER  what each side said, in a file of its own; `-` is standard input
  --decrypted  it was inside TLS from the beginning (port 465), and has been decrypted
  --text       the rows as a transcript, without the explanations
  --json       the rows as JSON, one object a line
  --record     as a recording, to be sent to others: secrets are masked
  --shape      the same, messages masked too: all letters are x
  --replay server|client   play it to this engine, and say where that goes another way
Exit status: 0; with --replay 1 where it went another way; 2 if something cannot be read.
)";

struct arguments {
  explain::format as = explain::format::table;
  ehlo::trace::recorded_messages messages = ehlo::trace::recorded_messages::whole;
  bool decrypted = false;
  std::optional<ehlo::trace::speaker> replay;
  std::vector<std::string> files;
};

[[noreturn]] void stop(std::string const& why) {
  std::fprintf(stderr, "ehlo-explain: %s\n", why.c_str());
  std::exit(2);
}

bool is_speaker(std::string_view word) { return word == "client" || word == "server"; }

arguments parse(int count, char** words) {
  arguments a;
  for (int i = 1; i != count; ++i) {
    std::string_view const word = words[i];
    if (word == "--help") {
      std::fputs(usage, stdout);
      std::exit(0);
    }
    if (word == "--decrypted")
      a.decrypted = true;
    else if (word == "--text")
      a.as = explain::format::text;
    else if (word == "--json")
      a.as = explain::format::json;
    else if (word == "--record" || word == "--shape")
      a.as = explain::format::recording;
    else if (word == "--replay" && i + 1 != count && is_speaker(words[i + 1]))
      a.replay = std::string_view{words[++i]} == "client" ? ehlo::trace::speaker::client : ehlo::trace::speaker::server;
    else if (word.starts_with("--"))
      stop(std::string{word} + ": unknown option, or its value is; see --help");
    else
      a.files.emplace_back(word);
    if (word == "--shape") a.messages = ehlo::trace::recorded_messages::shape;
  }
  if (a.files.empty() || a.files.size() > 2) {
    std::fputs(usage, stderr);
    std::exit(2);
  }
  return a;
}

std::string contents(std::string const& path) {
  std::optional<std::string> text = explain::read_file(path);
  if (!text) stop(path + ": cannot be read");
  return *std::move(text);
}

explain::capture load(std::vector<std::string> const& files) {
  explain::capture all;
  if (files.size() == 2) {
    all = explain::of_directions(contents(files[0]), contents(files[1]));
  } else {
    std::string const text = contents(files[0]);
    std::optional<explain::capture> found = explain::of_recording(text);
    if (!found) found = explain::of_tshark(text);
    if (!found) stop(files[0] + ": neither a recording nor the output of tshark -q -z follow,tcp,raw,N");
    all = *std::move(found);
  }
  put_right(all);
  return all;
}

void stop_if(ehlo::option_error const& wrong) {
  if (wrong) stop("cannot be a session of ehlo's: " + std::string{wrong.option} + ": " + std::string{wrong.why});
}

ehlo::trace::replay_result replay_server(std::string_view client, std::string_view server, bool in_tls,
                                         std::string& now) {
  explain::server_options const options{client, server};
  stop_if(options.smtp.check());
  ehlo::tls_facts const facts{};
  std::optional<ehlo::server> smtp;
  in_tls ? smtp.emplace(options.smtp, ehlo::instant{}, facts) : smtp.emplace(options.smtp, ehlo::instant{});
  ehlo::trace::replay_result const r = ehlo::trace::server_replay{*smtp, client, server}.run({});
  now = smtp->output();
  return r;
}
ehlo::trace::replay_result replay_client(std::string_view client, std::string_view server, bool in_tls,
                                         std::string& now) {
  explain::client_options const options{client, server};
  stop_if(options.smtp.check());
  std::vector<ehlo::recipient> recipients(client.size() / sizeof "RCPT TO:<>" + 1);
  ehlo::tls_facts const facts{};
  std::optional<ehlo::client> smtp;
  in_tls ? smtp.emplace(options.smtp, ehlo::instant{}, facts) : smtp.emplace(options.smtp, ehlo::instant{});
  ehlo::trace::replay_result const r = ehlo::trace::client_replay{*smtp, client, server, recipients}.run({});
  for (std::string_view const view : smtp->output()) now += view;
  return r;
}

int replay(explain::capture const& all, ehlo::trace::speaker who) {
  std::string client;
  std::string server;
  for (explain::piece const& p : all.pieces) {
    if (p.kind == ehlo::trace::record_kind::client) client += p.text;
    if (p.kind == ehlo::trace::record_kind::server) server += p.text;
  }
  bool const in_tls = !all.pieces.empty() && all.pieces.front().kind == ehlo::trace::record_kind::tls;
  bool const is_client = who == ehlo::trace::speaker::client;
  std::string now;
  ehlo::trace::replay_result const r =
      is_client ? replay_client(client, server, in_tls, now) : replay_server(client, server, in_tls, now);
  if (r.same) {
    explain::print_line("the same: " + std::to_string(r.matched) + " octets");
    return 0;
  }
  std::string_view recorded = is_client ? client : server;
  recorded.remove_prefix(r.matched);
  std::string_view ours = now;
  explain::print_line("differs behind " + std::to_string(r.matched) + " octets of the " + std::string{name(who)} +
                      "'s");
  explain::print_line("  recorded: " + explain::visible(explain::take_line(recorded)));
  explain::print_line("  now:      " + explain::visible(explain::take_line(ours)));
  return 1;
}

}  // namespace

int main(int count, char** words) {
  arguments const a = parse(count, words);
  explain::capture all = load(a.files);
  if (a.decrypted) all.pieces.insert(all.pieces.begin(), {0, ehlo::trace::record_kind::tls, "from the beginning"});
  if (a.replay) return replay(masked(all), *a.replay);
  if (a.as == explain::format::table)
    explain::report{all}.print_all();
  else if (a.as == explain::format::recording)
    print_recording(all, a.messages);
  else
    print_rows(all, a.as);
}
