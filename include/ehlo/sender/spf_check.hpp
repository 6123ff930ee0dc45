// SPDX-License-Identifier: BSL-1.0
// Whether a client may use a domain: check_host() (RFC 7208 4) as a machine that names its questions for the DNS and
// takes the answers in any order. The same answers give the same result, however they come.
//
//   spf_check check{{.address = client, .helo = helo, .reverse_path = mailbox}, {.receiver = hostname}, now};
//   while (!check.done()) {
//     while (dns_question const q = check.ask()) resolver.query(q);
//     wait for one of them, or check.on_deadline(now);
//     check.answer(q, {.status = dns_status::records, .texts = records});
//   }
//   check.result();  // pass
//
// The names of questions are made of what strangers wrote: each octet is one of a label as it stands, be it a space or
// a backslash; only a full stop divides. A library that reads names in the form of master files has to be given them
// escaped (RFC 1035 5.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/instant.hpp"
#include "../base/text_writer.hpp"
#include "../dns/answer.hpp"
#include "../dns/name.hpp"
#include "../grammar/address_literal.hpp"
#include "../grammar/ip_network.hpp"
#include "../model/errc.hpp"
#include "spf_macro.hpp"
#include "spf_questions.hpp"
#include "spf_record.hpp"
#include "spf_result.hpp"
#include "spf_sender.hpp"
#include "spf_term.hpp"

namespace ehlo::inline v0::sender {

/// Who sends. The texts may hold any octets.
struct spf_client {
  /// IPv4 or IPv6; an IPv4-mapped one is taken as IPv4 (5).
  address_literal address{};
  /// The argument of EHLO or HELO.
  std::string_view helo{};
  /// The mailbox, without "<>" and source route. Empty: the null reverse-path, which stands for postmaster@helo (2.4).
  std::string_view reverse_path{};
};

struct spf_options {
  /// Check the HELO identity first (2.3). Only its "fail" is the result; otherwise MAIL FROM is checked as well, for
  /// whoever forges that may well own the name it gives in HELO. DMARC wants to know about MAIL FROM (RFC 7489 4.1):
  /// leave this out there.
  bool helo_first = false;
  unsigned void_limit = 2;           ///< so many terms may ask for what does not exist (4.6.4)
  milliseconds time_limit = 20'000;  ///< of the whole check (4.6.4)
  std::string_view receiver{};       ///< our host name, for %{r} and Received-SPF; empty: "unknown"
  std::int64_t unix_seconds = 0;     ///< for %{t}
};

/// So many terms may ask the DNS, and so many names of an MX or PTR answer are looked at (4.6.4).
inline constexpr std::size_t spf_lookup_limit = 10;
/// An explanation is cut after so many octets (6.2).
inline constexpr std::size_t spf_explanation_limit = 512;

/// A check in storage that is given to it.
class spf_check_core {
 public:
  spf_check_core(spf_check_core const&) = delete;
  spf_check_core& operator=(spf_check_core const&) = delete;

  /// The next question that can be asked now; each comes once. None (false): an answer has to come first, or the check
  /// is done. Its name lives until the question is answered. There are at most 123 for each identity, ten at a time.
  [[nodiscard("each question comes once")]] constexpr dns_question ask() noexcept EHLO_LIFETIMEBOUND {
    return done() ? dns_question{} : questions_.ask();
  }

  /// The answer to a question that was asked; of its texts nothing is kept. Then there may be more to ask(), or the
  /// check is done().
  /// Returns local_order: it was answered before, or never asked, or the check is done; local_argument: no question of
  /// this check, or an address of the wrong kind. Then nothing has changed.
  constexpr errc answer(dns_question const& asked, dns_answer const& given) noexcept;

  /// The host waits no longer: each answer that has not come counts as timeout, and the check is done().
  constexpr void end_waiting() noexcept {
    while (!done()) answer(questions_.ask_open(), {.status = dns_status::timeout});
  }

  /// When on_deadline() is to be called.
  [[nodiscard]] constexpr instant deadline() const noexcept { return deadline_; }
  /// The time is over: temperror, or without an explanation what the result is already. local_order: it is not over
  /// yet, or the check is done.
  constexpr errc on_deadline(instant now) noexcept;

  /// Whether the result is known. What follows is about a check that is done.
  [[nodiscard]] constexpr bool done() const noexcept { return step_ == step::over; }
  [[nodiscard]] constexpr spf_result result() const noexcept { return result_; }
  /// Why it is none, temperror or permerror.
  [[nodiscard]] constexpr spf_problem problem() const noexcept { return problem_; }
  /// Which identity it is about.
  [[nodiscard]] constexpr spf_identity identity() const noexcept { return identity_; }
  /// The domain of that identity; a view of what the host lent.
  [[nodiscard]] constexpr std::string_view domain() const noexcept { return sender_.domain(); }
  /// That identity as a mailbox, "postmaster@" put before a domain alone.
  [[nodiscard]] constexpr std::string_view sender() const noexcept EHLO_LIFETIMEBOUND { return sender_.mailbox(); }
  /// The mechanism of the domain's record that decided, without its qualifier, or "default"; with an error the term
  /// that led to it, "redirect" for that modifier, or nothing. It may be any octets.
  [[nodiscard]] constexpr std::string_view mechanism() const noexcept EHLO_LIFETIMEBOUND { return mechanism_; }
  /// What the domain has to say about a fail (6.2): printable ASCII, never more than spf_explanation_limit octets.
  /// Empty: nothing. Tell whoever reads it that these are the domain's words, not ours.
  [[nodiscard]] constexpr std::string_view explanation() const noexcept EHLO_LIFETIMEBOUND {
    return {explanation_.data(), explanation_size_};
  }
  /// What the HELO identity alone led to; none if it was not checked.
  [[nodiscard]] constexpr spf_result helo_result() const noexcept { return helo_result_; }

  /// What the check was made of, the address without mapping.
  [[nodiscard]] constexpr spf_client const& client() const noexcept EHLO_LIFETIMEBOUND { return client_; }
  [[nodiscard]] constexpr spf_options const& options() const noexcept EHLO_LIFETIMEBOUND { return options_; }

 protected:
  constexpr spf_check_core(spf_client const& client, spf_options const& options, instant now,
                           std::span<char> room) noexcept
      : client_{client}, options_{options}, room_{room} {
    constexpr std::int64_t latest = (std::numeric_limits<std::int64_t>::max)();
    milliseconds const limit = options.time_limit > 0 ? options.time_limit : 0;
    deadline_ = now.ms > latest - limit ? instant{latest} : now + limit;
    client_.address = without_mapping(client.address);
    begin(options.helo_first ? spf_identity::helo : spf_identity::mail_from);
    run();
  }
  ~spf_check_core() = default;

 private:
  /// What is to be done next, once no question is open.
  enum class step : std::uint8_t {
    next_term,
    term,              // the one that was taken
    redirect,          // no mechanism matched
    explanation_name,  // the result is fail
    explanation_text,
    over,
  };
  /// What the open questions are about.
  enum class topic : std::uint8_t {
    record,
    address,  // of "a" and "exists"
    exchange,
    exchange_address,
    pointer,
    pointer_address,
    explanation,
  };
  /// A record that is evaluated. What its texts view stands in room_, those of the record that includes it before it.
  struct frame {
    std::string_view domain;
    std::string_view rest;  // the terms to come
    std::string_view redirect;
    std::string_view explanation;
    std::string_view term;  // that is evaluated
    spf_result qualifier = spf_result::pass;
    std::size_t end = 0;  // one past its texts
  };

  [[nodiscard]] constexpr frame& top() noexcept { return frames_[depth_ - 1]; }
  [[nodiscard]] constexpr dns_type address_type() const noexcept {
    return client_.address.kind == literal_kind::ipv4 ? dns_type::a : dns_type::aaaa;
  }

  constexpr void set_identity(spf_identity identity) noexcept {
    identity_ = identity;
    identity == spf_identity::helo || client_.reverse_path.empty() ? sender_.set_domain(client_.helo)
                                                                   : sender_.set_mailbox(client_.reverse_path);
  }
  constexpr void ask_about(topic what, dns_type type, std::span<domain_name const> names) noexcept {
    topic_ = what;
    matched_ = failed_ = void_ = 0;
    questions_.begin(type, names);
  }
  constexpr void ask_about(topic what, dns_type type) noexcept { ask_about(what, type, {&target_, 1}); }

  // spf_evaluation.hpp
  constexpr void begin(spf_identity identity) noexcept;
  constexpr void end() noexcept;
  constexpr void run() noexcept;
  constexpr void take_term() noexcept;
  constexpr void evaluate() noexcept;
  constexpr void evaluate_redirect() noexcept;
  constexpr void matched(bool whether) noexcept;
  constexpr void conclude(spf_result result) noexcept;
  constexpr void finish(spf_result result, spf_problem problem) noexcept;
  constexpr bool count_lookup(std::string_view domain_spec) noexcept;
  constexpr bool count_void() noexcept;
  constexpr void expand_target(std::string_view domain_spec) noexcept;
  constexpr bool needs_pointers(std::string_view text) noexcept;
  constexpr void ask_for_pointers() noexcept;
  [[nodiscard]] constexpr std::string_view validated_name(std::string_view domain) const noexcept;
  [[nodiscard]] constexpr spf_macro_values values() const noexcept;
  constexpr void ask_for_explanation() noexcept;
  constexpr void explain() noexcept;

  // spf_answers.hpp
  constexpr void take_record(dns_answer const& given) noexcept;
  constexpr void open_record(std::string_view text) noexcept;
  constexpr void take_exchanges(dns_answer const& given) noexcept;
  constexpr void take_addresses(std::size_t index, dns_answer const& given) noexcept;
  constexpr void conclude_addresses() noexcept;
  constexpr void take_pointers(dns_answer const& given) noexcept;
  constexpr void keep_validated() noexcept;
  constexpr void take_explanation(dns_answer const& given) noexcept;
  [[nodiscard]] constexpr std::string_view keep(std::size_t at, std::string_view text) noexcept;

  spf_client client_;
  spf_options options_;
  std::span<char> room_;
  instant deadline_{};
  detail::spf_sender sender_;
  detail::spf_questions questions_;
  domain_name target_;
  std::array<domain_name, spf_lookup_limit> exchanges_{};
  std::array<domain_name, spf_lookup_limit> pointers_{};  // of the client; those that are validated, once all are known
  std::size_t pointer_count_ = 0;
  std::array<frame, spf_lookup_limit + 1> frames_{};  // each include is one of the ten terms
  std::size_t depth_ = 0;
  spf_term term_{};
  std::string_view explain_string_{};
  std::string_view mechanism_{};
  std::array<char, spf_explanation_limit> explanation_{};
  std::size_t explanation_size_ = 0;
  std::size_t lookups_ = 0;
  std::size_t voids_ = 0;
  unsigned matched_ = 0;  // a bit for each answer of these questions
  unsigned failed_ = 0;
  unsigned void_ = 0;
  step step_ = step::next_term;
  topic topic_ = topic::record;
  spf_identity identity_ = spf_identity::mail_from;
  spf_result result_ = spf_result::none;
  spf_result helo_result_ = spf_result::none;
  spf_problem problem_ = spf_problem::no_problem;
  bool counted_ = false;  // term_, or the redirect, is among lookups_
  bool pointers_known_ = false;
};

namespace detail {
template <std::size_t Room>
struct spf_storage {
  std::array<char, Room> room{};
};
}  // namespace detail

/// A check with its storage, about 8 KiB and `Room`: that is for the records that are evaluated at the same time, a
/// record and those which include it, with their names. record_too_long tells that they did not fit.
template <std::size_t Room = 8192>
class basic_spf_check : private detail::spf_storage<Room>, public spf_check_core {
  static_assert(Room >= 512, "a record as RFC 7208 3.4 recommends it");

 public:
  /// The texts of client and options are lent until the check is done and its result was used. What needs no DNS is
  /// done() at once: an address or a domain that nothing can be asked about.
  constexpr basic_spf_check(spf_client const& client, spf_options const& options, instant now) noexcept
      : spf_check_core{client, options, now, this->room} {}
};

using spf_check = basic_spf_check<>;

}  // namespace ehlo::inline v0::sender

#include "spf_answers.hpp"
#include "spf_evaluation.hpp"
