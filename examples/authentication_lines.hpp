// SPDX-License-Identifier: BSL-1.0
// What a server that has checked a sender writes into the message, and what it takes out: Authentication-Results
// (RFC 8601) and, below it, Received-SPF (RFC 7208 9.1), both above its own Received line; and no field in which the
// sender says that it is ours (RFC 8601 5).
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "authentication.hpp"
#include "ehlo/base/text_writer.hpp"
#include "ehlo/sender/authentication_results.hpp"
#include "ehlo/sender/authentication_results_field.hpp"
#include "ehlo/sender/received_spf.hpp"
#include "maildir.hpp"

namespace serve {

/// RFC 8601 2.7.2. The null reverse-path stands for the HELO identity (RFC 7208 2.4).
inline void put_result(sender::authentication_results& line, sender::spf_check const& spf) {
  line.result("spf", name(spf.result()));
  if (spf.problem() != sender::spf_problem::no_problem) line.reason(message(spf.problem()));
  line.property("smtp", spf.client().reverse_path.empty() ? "helo" : "mailfrom", spf.domain());
}

/// RFC 8601 2.7.1; of the signature as much as tells it from others (RFC 6008 4), without its line breaks.
inline void put_result(sender::authentication_results& line, sender::dkim_verdict const& one) {
  line.result("dkim", name(one.result));
  if (one.testing) line.comment("testing");
  if (one.why != sender::dkim_problem::none) line.reason(message(one.why));
  if (!one.domain.empty()) line.property("header", "d", one.domain);
  if (!one.selector.empty()) line.property("header", "s", one.selector);
  bool const is_read = one.why == sender::dkim_problem::none || one.why >= sender::dkim_problem::rsa_sha1;
  if (is_read) line.property("header", "a", name(one.algorithm));
  std::string beginning;
  for (char const c : one.signature)
    if (beginning.size() != 8 && c > ' ') beginning += c;
  if (!beginning.empty()) line.property("header", "b", beginning);
}

/// RFC 7489 11.1.
inline void put_result(sender::authentication_results& line, sender::dmarc_check const& one) {
  line.result("dmarc", name(one.result()));
  if (one.result() != sender::dmarc_result::pass) line.reason(name(one.reason()));
  line.property("header", "from", one.from_domain());
  if (one.result() == sender::dmarc_result::fail) line.property("policy", "dmarc", name(one.disposition()));
}

/// Both fields, once everything is known.
inline std::string result_lines(authentication const& all) {
  std::array<char, 32768> room;  // more than all signatures and domains that are looked at can fill
  ehlo::text_writer out{room};
  sender::authentication_results line{out, all.terms().hostname};
  put_result(line, all.spf());
  for (sender::dkim_verdict const& one : all.dkim().signatures()) put_result(line, one);
  if (all.dkim().signatures().empty()) line.result("dkim", "none");
  for (sender::dmarc_check const& one : all.dmarc()) put_result(line, one);
  if (all.dmarc().empty()) line.result("dmarc", "none").reason(name(all.from().outcome()));
  bool const written = line.end() == ehlo::errc::ok && write_received_spf(out, all.spf()) == ehlo::errc::ok;
  return written ? std::string{out.written()} : std::string{};
}

/// The header, to a message that is stored. False, with the reason in errno.
[[nodiscard]] inline bool copy_header(sender::header_block_core const& header, std::string_view hostname,
                                      incoming_message& to) {
  std::size_t read = 0;
  for (sender::header_field const& field : header.fields()) {
    read += field.raw.size();
    if (!claims_to_be_ours(field, {&hostname, 1}) && !to.write(field.raw)) return false;
  }
  return to.write(header.text().substr(read));
}

}  // namespace serve
