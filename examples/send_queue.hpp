// SPDX-License-Identifier: BSL-1.0
// What a client has to send, over as many connections as it takes: the messages that wait, how the last connection
// ended, and whether another one is worth while.
#pragma once

#include <algorithm>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/client.hpp"
#include "send_diagnosis.hpp"
#include "send_dkim.hpp"
#include "send_message.hpp"
#include "send_options.hpp"
#include "send_report.hpp"

namespace sending {

/// One message and those of its recipients that nothing is decided about yet.
struct waiting_message {
  waiting_message(options const& o, std::string const& file) : text{file}, envelope{.from = o.from, .params = o.mail} {
    for (std::string_view const address : o.recipients) open.push_back({address, o.rcpt});
  }

  /// Says in the envelope what the message and its addresses need. False: it cannot be read, or not signed.
  bool prepare(signing_domains& signers) {
    if (!text.open() || !sign(signers)) return false;
    text.declare(envelope.params);
    for (ehlo::recipient const& r : open) envelope.params.smtputf8 |= !is_ascii(r.path);
    envelope.params.smtputf8 |= !is_ascii(envelope.from);
    envelope.to = open;
    return true;
  }

  outgoing_message text;
  std::vector<ehlo::recipient> open;
  ehlo::envelope envelope;

 private:
  /// Once; a further connection sends the same.
  bool sign(signing_domains& signers) {
    if (signers.empty() || std::exchange(signed_, true)) return true;
    std::string why = message_signing{signers}.sign(text);
    return why.empty() || text.refuse(std::move(why));
  }
  static bool is_ascii(std::string_view of) {
    return std::all_of(of.begin(), of.end(), [](char c) { return ehlo::octet(c) < 0x80; });
  }

  bool signed_ = false;
};

/// How a connection ended, and whether anything was decided on it.
struct ending {
  ehlo::errc error = ehlo::errc::ok;
  trace::failure failure;  ///< the same, and where it was, for what is left
  ehlo::advice advice = ehlo::advice::done;
  std::string why;
  bool progress = false;
};

/// The host connects as long as wants_connection() says so, and tells what came of it: by a delivery (delivery.hpp), or
/// not_connected(). Then it leaves with finish().
class send_queue {
 public:
  explicit send_queue(options const& all) : o{all}, smtp{all.smtp}, report{all.stdio}, meaning{all} {
    for (std::string const& file : o.files) {
      outgoing_message& text = waiting.emplace_back(o, file).text;
      // Standard input may take its time; better before there is a connection.
      if (!text.is_readable() || (file == "-" && !text.open())) fail(status::no_input, file, ": ", text.error());
    }
  }

  /// A further connection for what is left, as long as the last one has brought something, and one in clear text where
  /// TLS was only a wish.
  bool wants_connection() {
    bool const first = std::exchange(first_, false);
    if (!first && (waiting.empty() || o.stdio)) return false;
    if (last.advice == ehlo::advice::reconnect_cleartext && smtp.tls != ehlo::tls_policy::never) {
      note(last.why + "; once more in clear text");
      smtp.tls = ehlo::tls_policy::never;
    } else if (!first && !last.progress) {
      return false;
    }
    last = {};
    return true;
  }
  void not_connected(std::string why, trace::transport_failure how) {
    using enum trace::transport_failure;
    bool const no_such_host = how == name_not_found || how == none;
    last.error = ehlo::errc::peer_gone;
    last.advice = no_such_host ? ehlo::advice::give_up : ehlo::advice::next_host;
    last.why = std::move(why);
    last.failure = {.transport = how, .at = trace::stage::connect};
  }

  /// Nothing is decided about the recipients of this message, and nothing more will be.
  void give_up(waiting_message const& m, std::string_view outcome, std::string_view why, int exit_status) {
    for (ehlo::recipient const& r : m.open) report.recipient(m.text.name(), r.path, outcome, why, exit_status);
  }
  /// Says so of what is left. The exit status.
  int finish() {
    if (last.advice == ehlo::advice::next_host) last.why += " (another server of the domain may take it)";
    for (waiting_message const& m : waiting) give_up(m, "not tried", last.why, status_of(last.error, last.advice));
    if (!waiting.empty()) meaning.add(last.failure);
    meaning.tell();
    return report.exit_status();
  }

  void note(std::string_view text) const {
    if (o.transcript) say("   -- ", text);
  }

  options const& o;
  ehlo::client_options smtp;  ///< for the next session
  std::list<waiting_message> waiting;
  class report report;
  diagnoses meaning;
  ending last;

 private:
  bool first_ = true;
};

}  // namespace sending
