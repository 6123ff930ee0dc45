// SPDX-License-Identifier: BSL-1.0
// Verifies the DKIM signatures of a message (RFC 6376 6, RFC 8301, RFC 8463) while its body passes by: the header
// first, then the body in pieces cut anywhere; the keys are questions that can be answered before, during and after it.
// The results are the same whatever comes first.
//
//   dkim_verifier dkim{header, functions, {.unix_seconds = now}};   // header.ended()
//   while (dns_question const q = dkim.ask()) resolver.query(q);    // dkim.answer(q, ...) at any time
//   dkim.body(piece); ... dkim.end_of_body();
//   once dkim.done(): for (dkim_verdict const& one : dkim.signatures()) ...
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/text_writer.hpp"
#include "../dns/answer.hpp"
#include "../dns/name.hpp"
#include "../model/errc.hpp"
#include "dkim_body_hash.hpp"
#include "dkim_functions.hpp"
#include "dkim_header_check.hpp"
#include "dkim_problem.hpp"
#include "dkim_result.hpp"
#include "dkim_signature.hpp"
#include "dkim_signed_fields.hpp"
#include "dkim_verdict.hpp"
#include "header_block.hpp"
#include "tag_list.hpp"

namespace ehlo::inline v0::sender {

struct dkim_verify_options {
  /// When the message was received. 0: not known, and t= and x= are compared with each other only.
  std::int64_t unix_seconds = 0;
  /// By how many seconds the clock of a signer may differ (RFC 6376 3.5, x=).
  std::uint32_t clock_skew = 300;
  /// Whether a body may go on behind l= (RFC 6376 8.2): everybody can put anything there.
  bool trust_partial_body = false;
};

namespace detail {

/// One signature that is being verified.
struct dkim_signature_work {
  dkim_signature parsed{};
  header_field field{};
  domain_name key_name{};
  std::uint8_t asks = 0;  // which signature asks for the key: the first one with this key
  std::uint8_t body = 0;  // which hash of the body
  bool asked = false;
  bool answered = false;
  bool header_valid = false;
  bool body_known = false;
  dkim_problem body_problem = dkim_problem::none;
  std::uint64_t unsigned_octets = 0;
};

}  // namespace detail

inline namespace EHLO_ISA {

/// A verifier in storage that is given to it.
///
/// What it decides where the RFCs leave it open:
/// - Signatures are taken from the top; those beyond the storage count in left_out() and are not looked at.
/// - A signature that is malformed or breaks a rule (dkim_problem.hpp) has its result at once: its key is never asked
///   for. Signatures with one key share its question.
/// - The header is verified as soon as the key is there, for that does not need the body. So `fail` because of the body
///   means that the header was right, and a signature whose header is wrong needs no body.
/// - Each From field of the message has to be signed (RFC 6376 8.15), for nobody knows which one a reader is shown. Of
///   another field, which a signer can protect by naming it twice in h=, more may stand there than are signed.
/// - A header with lines that are no fields, or with a CR or LF alone, is `policy`: others may see other fields in it,
///   or take the body to begin there, and what they see then was never signed (RFC 6376 3.8).
/// - Of several key records one after the other is tried until one fits, at most `most_keys` with the public-key
///   function.
/// - rsa-sha1 is a permerror, an RSA key below 1024 bits `policy` (RFC 8301 3.1, 3.2); so is one above 4096.
/// - d=, i= and s= may have U-labels (RFC 8616): the question and the domain that is reported have A-labels.
class dkim_verifier_core {
 public:
  /// How many records of one answer are tried with the public-key function.
  static constexpr unsigned most_keys = 4;

  dkim_verifier_core(dkim_verifier_core const&) = delete;
  dkim_verifier_core& operator=(dkim_verifier_core const&) = delete;

  /// The next question that was not asked yet, for a TXT record; false: there is none. Its name lives as long as the
  /// verifier.
  [[nodiscard("each question comes once")]] dns_question ask() noexcept EHLO_LIFETIMEBOUND {
    for (std::size_t i = 0; i != size_; ++i)
      if (wants_key(i) && work_[i].asks == i && !std::exchange(work_[i].asked, true)) return question(i);
    return {};
  }

  /// The answer to a question that was asked, at any time. Returns local_order: it was answered before, or never asked,
  /// or end_waiting() came before; local_argument: no question of this verifier, whose name counts too, for the key of
  /// another name would verify what is forged. Then nothing has changed.
  errc answer(dns_question const& asked, dns_answer const& given) noexcept {
    std::size_t const number = asked.number;
    if (asked.type != dns_type::txt || number >= size_ || work_[number].key_name.empty() ||
        work_[number].asks != number || !same_domain(asked.name, work_[number].key_name.view()))
      return errc::local_argument;
    if (!work_[number].asked || work_[number].answered) return errc::local_order;
    for (std::size_t i = number; i != size_; ++i)
      if (wants_key(i) && work_[i].asks == number) take_answer(i, given);
    return errc::ok;
  }

  /// The host waits no longer for answers: each that has not come counts as a timeout, asked for or not.
  void end_waiting() noexcept {
    for (std::size_t i = 0; i != size_; ++i)
      if (wants_key(i)) take_answer(i, {.status = dns_status::timeout});
  }

  /// The next octets of the body, from behind the empty line: any number of them. Read before this returns.
  /// local_order: the body has ended; nothing has changed.
  errc body(std::string_view piece) noexcept {
    if (body_ended_) return errc::local_order;
    for (unsigned i = 0; i != bodies_; ++i)
      if (is_needed(i)) hashes_[i].take(piece, functions_, i);
    return errc::ok;
  }

  /// The body is complete. local_order: it was before.
  errc end_of_body() noexcept {
    if (body_ended_) return errc::local_order;
    body_ended_ = true;
    for (unsigned i = 0; i != bodies_; ++i)
      if (is_needed(i)) end_body(i);
    return errc::ok;
  }

  /// Whether the body goes on, and a signature can still pass for which it is needed. False: body() does nothing.
  [[nodiscard]] bool needs_body() const noexcept {
    for (unsigned i = 0; i != bodies_; ++i)
      if (!body_ended_ && is_needed(i)) return true;
    return false;
  }

  /// Whether every signature has its result.
  [[nodiscard]] bool done() const noexcept {
    for (dkim_verdict const& one : signatures())
      if (one.result == dkim_result::none) return false;
    return true;
  }
  /// The signatures, from the top of the header. None: `none` is the result for the message (RFC 8601 2.7.1).
  [[nodiscard]] std::span<dkim_verdict const> signatures() const noexcept EHLO_LIFETIMEBOUND {
    return verdicts_.first(size_);
  }
  /// How many more there are.
  [[nodiscard]] std::size_t left_out() const noexcept { return left_out_; }

 protected:
  dkim_verifier_core(header_block_core const& header, dkim_functions const& functions,
                     dkim_verify_options const& options, std::span<dkim_verdict> verdicts,
                     std::span<detail::dkim_signature_work> work, std::span<detail::dkim_body_hash> hashes) noexcept
      : functions_{functions}, options_{options}, verdicts_{verdicts}, work_{work}, hashes_{hashes} {
    if (!header.ended()) return;
    fields_ = header.fields();
    header_facts facts;
    for (header_field const& field : fields_) {
      ++facts.fields;
      if (equal_ignoring_case(field.name, "From")) ++facts.from;
      if (!is_well_formed(field)) facts.well_formed = false;
      if (!equal_ignoring_case(field.name, "DKIM-Signature")) continue;
      if (size_ == work_.size())
        ++left_out_;
      else
        work_[size_++].field = field;
    }
    for (std::size_t i = 0; i != size_; ++i) {
      dkim_problem const p = begin(i, facts);
      if (p == dkim_problem::none)
        choose(i);
      else
        finish(i, p);
    }
  }
  ~dkim_verifier_core() = default;

 private:
  struct header_facts {
    std::size_t fields = 0;
    std::size_t from = 0;
    bool well_formed = true;
  };

  /// Reads a signature and checks what can be checked without its key and the body (RFC 6376 6.1.1).
  dkim_problem begin(std::size_t i, header_facts const& facts) noexcept {
    dkim_signature& parsed = work_[i].parsed;
    dkim_problem const p = parse_dkim_signature(work_[i].field.value, parsed);
    dkim_verdict& verdict = verdicts_[i];
    verdict.domain = parsed.domain;
    verdict.selector = parsed.selector;
    verdict.identity = parsed.identity;
    verdict.signature = parsed.signature;
    verdict.algorithm = parsed.algorithm;
    verdict.partial = parsed.has_length;
    if (p != dkim_problem::none) return p;
    if (parsed.algorithm == dkim_algorithm::rsa_sha1) return dkim_problem::rsa_sha1;
    if (facts.fields > dkim_field_limit) return dkim_problem::too_many_fields;
    std::size_t from_signed = 0;
    colon_list names{parsed.signed_fields};
    for (std::string_view name; names.next(name);)
      if (equal_ignoring_case(name, "From")) ++from_signed;
    if (from_signed == 0) return dkim_problem::from_not_signed;
    if (facts.from == 0) return dkim_problem::no_from;
    if (facts.from > from_signed) return dkim_problem::from_added;
    if (!facts.well_formed) return dkim_problem::malformed_header;
    return check_time(parsed);
  }

  [[nodiscard]] dkim_problem check_time(dkim_signature const& parsed) const noexcept {
    std::int64_t const now = options_.unix_seconds;
    std::int64_t const skew = options_.clock_skew;
    if (now <= 0) return dkim_problem::none;
    if (parsed.time > now && parsed.time - now > skew) return dkim_problem::in_future;
    if (parsed.expiration >= 0 && now > parsed.expiration && now - parsed.expiration > skew)
      return dkim_problem::expired;
    return dkim_problem::none;
  }

  /// Finds the question and the hash of the body that it shares with others, or makes its own.
  void choose(std::size_t i) noexcept {
    detail::dkim_signature_work& mine = work_[i];
    std::array<char, longest_name> room{};
    text_writer key{room};
    std::size_t const domain_size = write_dkim_key_name(key, mine.parsed);
    mine.key_name = domain_name{key.written()};
    verdicts_[i].domain = mine.key_name.view().substr(key.written().size() - domain_size);
    mine.asks = static_cast<std::uint8_t>(i);
    for (std::size_t other = 0; other != i; ++other)
      if (same_domain(work_[other].key_name.view(), mine.key_name.view())) {
        mine.asks = work_[other].asks;
        break;
      }
    for (mine.body = 0; mine.body != bodies_; ++mine.body)
      if (hashes_[mine.body].is_of(mine.parsed)) return;
    hashes_[bodies_++] = detail::dkim_body_hash{mine.parsed};
  }

  [[nodiscard]] bool is_open(std::size_t i) const noexcept { return verdicts_[i].result == dkim_result::none; }
  [[nodiscard]] bool wants_key(std::size_t i) const noexcept { return is_open(i) && !work_[i].answered; }
  [[nodiscard]] dns_question question(std::size_t i) const noexcept {
    return {dns_type::txt, work_[i].key_name.view(), static_cast<std::uint16_t>(i)};
  }
  void finish(std::size_t i, dkim_problem why) noexcept {
    verdicts_[i].why = why;
    verdicts_[i].result = result_of(why);
  }
  void settle(std::size_t i) noexcept {
    if (!work_[i].header_valid || !work_[i].body_known) return;
    verdicts_[i].unsigned_octets = work_[i].unsigned_octets;
    finish(i, work_[i].body_problem);
  }

  void take_answer(std::size_t i, dns_answer const& given) noexcept {
    work_[i].answered = true;
    if (is_failure(given.status)) return finish(i, dkim_problem::key_unavailable);
    dkim_problem p = dkim_problem::no_key;
    if (given.status == dns_status::records) {
      auto const state = static_cast<unsigned>(work_.size());
      detail::dkim_header_check check{{functions_, state, fields_, work_[i].field.raw, work_[i].parsed}};
      p = check.run(given.texts, most_keys, verdicts_[i]);
    }
    if (p != dkim_problem::none) return finish(i, p);
    work_[i].header_valid = true;
    settle(i);
  }

  /// Whether a signature that can still pass waits for this hash of the body.
  [[nodiscard]] bool is_needed(unsigned body) const noexcept {
    for (std::size_t i = 0; i != size_; ++i)
      if (is_open(i) && work_[i].body == body && !work_[i].body_known) return true;
    return false;
  }
  void end_body(unsigned body) noexcept {
    hashes_[body].end(functions_, body);
    for (std::size_t i = 0; i != size_; ++i) {
      if (!is_open(i) || work_[i].body != body) continue;
      dkim_problem p = hashes_[body].check(work_[i].parsed);
      work_[i].unsigned_octets = hashes_[body].unsigned_octets();
      if (p == dkim_problem::none && work_[i].unsigned_octets != 0 && !options_.trust_partial_body)
        p = dkim_problem::unsigned_content;
      work_[i].body_known = true;
      work_[i].body_problem = p;
      settle(i);
    }
  }

  dkim_functions functions_;
  dkim_verify_options options_;
  std::span<dkim_verdict> verdicts_;
  std::span<detail::dkim_signature_work> work_;
  std::span<detail::dkim_body_hash> hashes_;
  header_fields fields_{};
  std::size_t size_ = 0;
  std::size_t left_out_ = 0;
  unsigned bodies_ = 0;
  bool body_ended_ = false;
};

/// The arrays of a verifier.
template <std::size_t Signatures>
struct dkim_verifier_storage {
  std::array<dkim_verdict, Signatures> verdict_room{};
  std::array<detail::dkim_signature_work, Signatures> work_room{};
  std::array<detail::dkim_body_hash, Signatures> hash_room{};
};

/// A verifier with its storage, about 650 octets for each signature, of which it verifies the first `Signatures`. The
/// states of the host's hash function are those below hash_states.
template <std::size_t Signatures = 8>
class basic_dkim_verifier : private dkim_verifier_storage<Signatures>, public dkim_verifier_core {
  static_assert(Signatures >= 1 && Signatures <= 100);

 public:
  /// The number of states that the hash function needs.
  static constexpr unsigned hash_states = static_cast<unsigned>(Signatures) + 1;

  /// The header has ended; it is lent, unchanged, until the verifier is no longer used. One that has not ended, or was
  /// too long, has no signatures here. `functions` and `options` are copied.
  basic_dkim_verifier(header_block_core const& header EHLO_LIFETIMEBOUND, dkim_functions const& functions,
                      dkim_verify_options const& options) noexcept
      : dkim_verifier_core{header, functions, options, this->verdict_room, this->work_room, this->hash_room} {}
  basic_dkim_verifier(header_block_core const&&, dkim_functions const&, dkim_verify_options const&) = delete;
};

using dkim_verifier = basic_dkim_verifier<>;

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::sender
