// SPDX-License-Identifier: BSL-1.0
// Who has sent a message, as far as the DNS knows: SPF, DKIM and, once both have ended, DMARC, joined for one message.
// No I/O: questions come out and answers go in, in any order and at any time.
//
//   authentication senders{header, functions, origin, terms, now};   // before the message; SPF begins
//   senders.header_ended(); senders.body(piece); ... senders.end(now);
//   while (question const q = senders.ask()) ask the DNS;   // whenever something has happened
//   senders.answer(q.lookup, q.about, answer);
//   once senders.done(): decide(senders), result_lines(senders)
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/base/instant.hpp"
#include "ehlo/base/text_writer.hpp"
#include "ehlo/dns/a_label.hpp"
#include "ehlo/sender/dkim_functions.hpp"
#include "ehlo/sender/dkim_verifier.hpp"
#include "ehlo/sender/dmarc_check.hpp"
#include "ehlo/sender/from_domain.hpp"
#include "ehlo/sender/header_block.hpp"
#include "ehlo/sender/spf_check.hpp"

namespace serve {

namespace sender = ehlo::sender;

/// A domain or an address with the domain as the DNS has it; as it is where that is not possible.
inline std::string with_a_labels(std::string_view address) {
  std::size_t const domain = address.rfind('@') + 1;  // 0 if there is no such octet
  std::array<char, ehlo::longest_name> room;
  ehlo::text_writer out{room};
  if (!ehlo::write_a_labels(out, address.substr(domain))) return std::string{address};
  return std::string{address.substr(0, domain)}.append(out.written());
}

/// What is known before the message comes.
struct message_origin {
  ehlo::address_literal address;  ///< of the client; kind `none`: unknown
  std::string hello;
  std::string reverse_path;  ///< empty: the null one
};

struct authentication_terms {
  std::string_view hostname;        ///< ours
  std::int64_t unix_seconds = 0;    ///< now
  ehlo::milliseconds patience = 0;  ///< with the DNS, from the end of the message on; SPF has the same of its own
};

class authentication {
 public:
  /// `lookup` says whose question it is; both are given back with the answer.
  struct question {
    unsigned lookup = 0;
    ehlo::dns_question about;
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(about); }
  };

  /// The header is read once it has ended; it and the hostname outlive this.
  authentication(sender::header_block_core const& header, sender::dkim_functions const& functions,
                 message_origin const& origin, authentication_terms const& terms, ehlo::instant now)
      : header_{header},
        functions_{functions},
        origin_{origin.address, with_a_labels(origin.hello), with_a_labels(origin.reverse_path)},
        terms_{terms},
        spf_{{.address = origin_.address, .helo = origin_.hello, .reverse_path = origin_.reverse_path},
             {.time_limit = terms.patience, .receiver = terms.hostname, .unix_seconds = terms.unix_seconds},
             now} {}
  authentication(authentication const&) = delete;
  authentication& operator=(authentication const&) = delete;

  /// Once, before the body.
  void header_ended() {
    dkim_.emplace(header_, functions_, sender::dkim_verify_options{.unix_seconds = terms_.unix_seconds});
    from_ = sender::from_domains{header_};
  }
  void body(std::string_view piece) { static_cast<void>(dkim_->body(piece)); }
  /// The message is complete.
  void end(ehlo::instant now) {
    static_cast<void>(dkim_->end_of_body());
    ended_ = true;
    give_up_ = now + terms_.patience;
    advance();
  }

  [[nodiscard]] question ask() {
    if (ehlo::dns_question const q = spf_.ask()) return {spf_lookup, q};
    if (dkim_)
      if (ehlo::dns_question const q = dkim_->ask()) return {dkim_lookup, q};
    unsigned lookup = dmarc_lookup;
    for (sender::dmarc_check& one : dmarc_) {
      if (ehlo::dns_question const q = one.ask()) return {lookup, q};
      ++lookup;
    }
    return {};
  }
  void answer(unsigned lookup, ehlo::dns_question const& about, ehlo::dns_answer const& given) {
    if (lookup == spf_lookup)
      static_cast<void>(spf_.answer(about, given));
    else if (lookup == dkim_lookup)
      static_cast<void>(dkim_->answer(about, given));
    else
      static_cast<void>(std::next(dmarc_.begin(), lookup - dmarc_lookup)->answer(about, given));
    advance();
  }

  /// Whether everything is known.
  [[nodiscard]] bool done() const {
    return aligning_ && std::all_of(dmarc_.begin(), dmarc_.end(), [](auto const& one) { return one.done(); });
  }
  /// When on_deadline() is to be called.
  [[nodiscard]] ehlo::instant deadline() const {
    ehlo::instant const end = ended_ && !done() ? give_up_ : ehlo::instant{INT64_MAX};
    return spf_.done() ? end : (std::min)(end, spf_.deadline());
  }
  void on_deadline(ehlo::instant now) {
    static_cast<void>(spf_.on_deadline(now));
    bool const over = ended_ && now >= give_up_;
    if (over) {
      spf_.end_waiting();
      dkim_->end_waiting();
    }
    advance();
    if (over)
      for (sender::dmarc_check& one : dmarc_) one.end_waiting();
  }

  [[nodiscard]] sender::spf_check const& spf() const { return spf_; }
  [[nodiscard]] sender::dkim_verifier const& dkim() const { return *dkim_; }
  [[nodiscard]] sender::from_domains const& from() const { return from_; }
  /// One for each domain in From.
  [[nodiscard]] std::list<sender::dmarc_check> const& dmarc() const { return dmarc_; }
  [[nodiscard]] message_origin const& origin() const { return origin_; }
  [[nodiscard]] authentication_terms const& terms() const { return terms_; }

 private:
  static constexpr unsigned spf_lookup = 0, dkim_lookup = 1, dmarc_lookup = 2;

  /// DMARC needs the results of the others. It finds the organizational domain by the tree walk of RFC 9989, which
  /// needs no list of public suffixes; by those rules pct= has no meaning.
  void advance() {
    if (aligning_ || !ended_ || !spf_.done() || !dkim_->done()) return;
    aligning_ = true;
    for (sender::dkim_verdict const& one : dkim_->signatures()) signatures_.push_back({one.domain, one.result});
    for (ehlo::domain_name const& domain : from_.all())
      dmarc_.emplace_back(sender::dmarc_facts{.from_domain = authors_.emplace_back(with_a_labels(domain.view())),
                                              .spf = spf_.result(),
                                              .spf_domain = spf_.domain(),
                                              .signatures = signatures_},
                          sender::dmarc_options{.rules = sender::dmarc_rules::rfc9989});
  }

  sender::header_block_core const& header_;
  sender::dkim_functions functions_;
  message_origin origin_;
  authentication_terms terms_;
  sender::spf_check spf_;
  std::optional<sender::dkim_verifier> dkim_;
  sender::from_domains from_;
  std::vector<sender::dmarc_signature> signatures_;
  std::list<std::string> authors_;  ///< the domains in From
  std::list<sender::dmarc_check> dmarc_;
  ehlo::instant give_up_{};
  bool ended_ = false;
  bool aligning_ = false;
};

}  // namespace serve
