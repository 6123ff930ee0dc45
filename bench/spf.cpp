// SPDX-License-Identifier: BSL-1.0
// What an SPF check costs without the DNS: the records of a domain that sends through three providers, with the answers
// in memory, beside memchr for the terms of the same records. Time is per check.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/sender/spf_check.hpp"

namespace {

using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::dns_type;
using ehlo::sender::spf_check;
using ehlo::sender::spf_result;

/// The shapes of records that large providers publish, with addresses and names for documentation.
struct published {
  std::string_view name;
  std::string text;
};

std::string networks(std::string_view kind, int first, int count) {
  std::string out;
  for (int i = 0; i != count; ++i) {
    std::string const number = std::to_string(first + i);
    out += kind == "ip4" ? " ip4:198.51." + number + ".0/24" : " ip6:2001:db8:" + number + "::/48";
  }
  return out;
}

std::vector<published> const& zone() {
  static std::vector<published> const all{
      {"example.org",
       "v=spf1 ip4:192.0.2.1 ip4:192.0.2.128/25 mx include:_spf.one.example include:two.example "
       "exists:%{ir}.%{l1r+-}._spf.%{d} include:three.example -all"},
      {"_spf.one.example", "v=spf1 include:_a.one.example include:_b.one.example include:_c.one.example ~all"},
      {"_a.one.example", "v=spf1" + networks("ip4", 10, 11) + " ~all"},
      {"_b.one.example", "v=spf1" + networks("ip6", 10, 6) + " ~all"},
      {"_c.one.example", "v=spf1" + networks("ip4", 30, 20) + " ~all"},
      {"two.example", "v=spf1" + networks("ip4", 60, 12) + networks("ip6", 60, 8) + " -all"},
      {"three.example", "v=spf1 redirect=_spf.three.example"},
      {"_spf.three.example", "v=spf1" + networks("ip4", 100, 24) + " -all"},
  };
  return all;
}

/// The answers in the order of the questions: the same each time, so that nothing is searched here.
struct scripted {
  std::vector<ehlo::dns_answer> answers;
  std::vector<std::string_view> texts;
  std::array<ehlo::mx_record, 2> exchanges{{{10, "mx1.example.org"}, {20, "mx2.example.org"}}};
  std::array<ehlo::address_literal, 1> addresses{ehlo::parse_ip_address("203.0.113.9")};
  std::size_t octets = 0;
  std::size_t terms = 0;

  explicit scripted(std::string_view client) {
    texts.reserve(zone().size());
    spf_check check{client_at(client), {}, {}};
    while (!check.done()) {
      dns_question const q = check.ask();
      ehlo::dns_answer answer{.status = dns_status::nxdomain};
      if (q.type == dns_type::mx) answer = {.status = dns_status::records, .exchanges = exchanges};
      if (q.type == dns_type::a && q.name.starts_with("mx"))
        answer = {.status = dns_status::records, .addresses = addresses};
      for (published const& one : zone())
        if (q.type == dns_type::txt && q.name == one.name) {
          texts.push_back(one.text);
          answer = {.status = dns_status::records, .texts = {&texts.back(), 1}};
        }
      answers.resize(std::size_t{q.number} + 1);
      answers[q.number] = answer;
      static_cast<void>(check.answer(q, answer));
    }
    for (std::string_view const text : texts) {
      octets += text.size();
      for (char const c : text) terms += c == ' ' ? 1U : 0U;
    }
  }
  static ehlo::sender::spf_client client_at(std::string_view address) {
    return {ehlo::parse_ip_address(address), "mail.example.org", "joe+list@example.org"};
  }
};

void report(benchmark::State& state, scripted const& script) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(script.octets));
}

/// The client is none of those that may send: every record is read.
void check_all_records(benchmark::State& state) {
  scripted const script{"203.0.113.1"};
  for (auto _ : state) {
    spf_check check{scripted::client_at("203.0.113.1"), {}, {}};
    std::size_t asked = 0;
    while (!check.done())
      while (dns_question const q = check.ask()) {
        ++asked;
        static_cast<void>(check.answer(q, script.answers[q.number]));
      }
    benchmark::DoNotOptimize(check);
    if (check.result() != spf_result::fail || asked != script.answers.size() || asked != 12)
      state.SkipWithError("another result");
  }
  report(state, script);
}
BENCHMARK(check_all_records);

/// A domain of one record, and the client is in it.
void check_one_record(benchmark::State& state) {
  std::string_view const text = zone()[0].text;
  scripted const script{"192.0.2.200"};
  for (auto _ : state) {
    spf_check check{scripted::client_at("192.0.2.200"), {}, {}};
    static_cast<void>(check.answer(check.ask(), {.status = dns_status::records, .texts = {&text, 1}}));
    benchmark::DoNotOptimize(check);
    if (check.result() != spf_result::pass) state.SkipWithError("another result");
  }
  report(state, script);
}
BENCHMARK(check_one_record);

void memchr_terms(benchmark::State& state, std::string_view client) {
  scripted const script{client};
  for (auto _ : state) {
    std::size_t found = 0;
    for (std::string_view text : script.texts)
      while (void const* at = std::memchr(text.data(), ' ', text.size())) {
        text.remove_prefix(static_cast<std::size_t>(static_cast<char const*>(at) - text.data()) + 1);
        ++found;
      }
    benchmark::DoNotOptimize(found);
    if (found != script.terms) state.SkipWithError("a term was lost");
  }
  report(state, script);
}
BENCHMARK_CAPTURE(memchr_terms, all_records, "203.0.113.1");
BENCHMARK_CAPTURE(memchr_terms, one_record, "192.0.2.200");

}  // namespace
