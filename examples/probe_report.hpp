// SPDX-License-Identifier: BSL-1.0
// What `ehlo-send --probe` tells: a table of the ports, each port in full, and what the faults mean.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "in_words.hpp"
#include "probe.hpp"
#include "send_diagnosis.hpp"
#include "send_report.hpp"

namespace sending {

class probe_report {
 public:
  explicit probe_report(options const& o) : meaning_{o} {}

  void table(std::span<findings const> all) const {
    row({"PORT", "SMTP", "TLS", "CERTIFICATE", "LOGIN"});
    for (findings const& one : all)
      row({std::to_string(one.port), smtp_of(one), one.tls.empty() ? "-" : one.tls.substr(0, one.tls.find(' ')),
           one.tls.empty() ? "-" : in_words(certificate_of(one)), login_of(one)});
  }

  void port(findings const& one) {
    std::printf("\nport %u%s\n", unsigned{one.port}, one.where.empty() ? "" : (", " + one.where).c_str());
    line("error", one.error);
    line("greeting", one.greeting);
    line("in clear", list(one.in_clear));
    line("TLS", one.tls.empty() ? "" : one.tls + (one.implicit_tls ? ", from the start" : ", by STARTTLS"));
    if (!one.tls.empty()) certificate(one.certificate);
    line("inside TLS", list(one.in_tls));
    logins(one);
    line("goodbye", one.goodbye);
    for (trace::failure const& f : one.wrong) {
      trace::diagnosis const& what = diagnose(f);
      line("wrong", std::string{what.name} + ": " + std::string{what.symptom});
      meaning_.add(f);
    }
  }

  void meanings() const {
    std::puts("");
    meaning_.tell(stdout);
  }

 private:
  static void row(std::vector<std::string> const& cells) {
    std::printf("%5s  %-28s  %-8s  %-24s  %s\n", cells[0].c_str(), cells[1].c_str(), cells[2].c_str(), cells[3].c_str(),
                cells[4].c_str());
  }
  static void line(std::string_view name, std::string const& text) {
    if (!text.empty())
      std::printf("  %-12.*s %s\n", static_cast<int>(name.size()), name.data(), printable(text).c_str());
  }
  static std::string list(std::vector<std::string> const& lines) {
    std::string all;
    for (std::string const& one : lines) all.append(all.empty() ? "" : ", ").append(one);
    return all;
  }

  /// What became of it, in a word: where nothing was said, why.
  static std::string smtp_of(findings const& one) {
    if (one.said_hello) return "yes";
    return one.wrong.empty() ? "-" : in_words(diagnose(one.wrong.front()).name);
  }
  static std::string_view certificate_of(findings const& one) {
    return one.certificate.failure == trace::transport_failure::none ? "verified" : name(one.certificate.failure);
  }
  static std::string login_of(findings const& one) {
    return printable(find_keyword(one.offer(), "AUTH").value_or("-"));
  }

  static void certificate(tls::peer_certificate const& shown) {
    line("certificate", shown.verdict);
    line("", "subject " + shown.subject);
    line("", "issuer " + shown.issuer);
    if (!shown.names.empty()) line("", "for " + shown.names);
    line("", "until " + shown.expires + " (" + std::to_string(shown.days_left) + " days)");
  }
  static void logins(findings const& one) {
    auto const clear = find_keyword(one.in_clear, "AUTH");
    auto const inside = find_keyword(one.in_tls, "AUTH");
    if (clear) line("login", "in clear text: " + *clear + " (whoever uses it shows his password to all on the way)");
    if (inside) line("login", "inside TLS: " + *inside);
    if (one.said_hello && !clear && !inside) line("login", "none");
  }

  diagnoses meaning_;
};

/// Visits all ports at the same time, and tells what was found in their order. The exit status.
inline int probe(options const& o, tls::context const* context) {
  std::vector<findings> all(o.ports.size());
  std::vector<std::thread> visitors;
  for (std::size_t i = 0; i != all.size(); ++i)
    visitors.emplace_back([&, i] { all[i] = visit_port(o, o.ports[i], context); });
  for (std::thread& one : visitors) one.join();

  probe_report report{o};
  report.table(all);
  for (findings const& one : all) report.port(one);
  report.meanings();
  bool const any = std::any_of(all.begin(), all.end(), [](findings const& one) { return one.said_hello; });
  return any ? status::delivered : status::later;
}

}  // namespace sending
