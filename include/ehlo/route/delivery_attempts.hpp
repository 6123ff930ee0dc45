// SPDX-License-Identifier: BSL-1.0
// One address after the other (RFC 5321 5.1): from a lookup's list and from how each attempt went, the next attempt or
// what to do in the end. It takes what the client engine says as it stands:
//
//   delivery_attempts attempts{lookup};
//   while (!attempts.over()) {
//     delivery_attempt const to = attempts.attempt();
//     connect to to.address, or attempts.ended(not_connected);
//     run the engine until it is closed; then, of its last word about the message (`transaction_done`, else `failed`,
//     else `closed`):  attempts.ended({e.error(), e.advice(), e.reply().code(), e.reply().status()});
//   }
//   attempts.outcome();
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "../base/config.hpp"
#include "../grammar/address_literal.hpp"
#include "../model/enhanced_code.hpp"
#include "../model/envelope.hpp"
#include "../model/errc.hpp"
#include "../model/reply_code.hpp"
#include "mx_lookup.hpp"
#include "mx_outcome.hpp"

namespace ehlo::inline v0::route {

/// Whom to connect to. Its views live as long as the lookup.
struct delivery_attempt {
  address_literal address{};
  std::string_view host{};      ///< the name that it is known by; empty for an address literal
  std::size_t host_index = 0;   ///< of mx_lookup's hosts(): preference, canonical name
  std::size_t number = 0;       ///< 1 for the first address of any host, and so on; the same once more: the same number
  bool again = false;           ///< the address of the last attempt once more
  bool cleartext = false;       ///< without TLS: tls_policy::never. The attempt before has shown that TLS fails
  bool secure_address = false;  ///< the answer with this address is secure (RFC 7672 2.2.2)
};

/// How an attempt ended: what the engine said last about the message.
struct attempt_ending {
  errc error = errc::ok;
  enum advice advice = advice::done;
  reply_code code{};       ///< of the reply that decided; none if no reply did
  enhanced_code status{};  ///< of that reply; or, without a reply, what a host knows better than `error` says it
  /// Something was decided on this connection about some message, so that another one to the same address is no circle.
  bool progress = false;
};

/// Refused, unreachable, or timed out.
inline constexpr attempt_ending not_connected{errc::peer_gone, advice::next_host, {}, {4, 4, 1}};
/// The TLSA records of the host cannot be had (RFC 7672 2.1.2), for skip_host().
inline constexpr attempt_ending no_tlsa_answer{errc::peer_tls_unavailable, advice::next_host, {}, {4, 4, 3}};

/// What is left to do about the message and the recipients that nothing was decided about.
struct delivery_outcome {
  /// done, retry_later, convert or give_up.
  enum advice advice = advice::retry_later;
  /// Why: of the lookup if nothing could be tried, else `found`, and `error` is that of the attempt that decides.
  mx_outcome lookup = mx_outcome::open;
  errc error = errc::ok;
  reply_code code{};       ///< of the server, or of the lookup: what a relay would answer; none if there is none
  enhanced_code status{};  ///< of class 4 with retry_later, 5 with convert and give_up; none with done
};

/// An address that several hosts have is tried for the first of them, and for the others only where it was the name of
/// the first that stood in the way: skip_host(), or what TLS has to prove.
class delivery_attempts {
 public:
  /// The lookup is done(), and stays. `most` addresses are tried (RFC 5321 5.1: at least two); 0: all.
  constexpr explicit delivery_attempts(mx_lookup_core const& lookup EHLO_LIFETIMEBOUND, std::size_t most = 5) noexcept
      : lookup_{&lookup}, most_{most} {
    mx_outcome_info const& found = info(lookup.outcome());
    outcome_ = {found.advice, found.what, errc::ok, found.code, found.status};
    over_ = found.what != mx_outcome::found;
    if (!over_) to_next_address();
  }
  delivery_attempts(mx_lookup_core const&&, std::size_t = 5) = delete;

  /// No attempt is to be made any more.
  [[nodiscard]] constexpr bool over() const noexcept { return over_; }
  /// What it comes to, once it is over(). Recipients whose outcomes the engine has written keep them.
  [[nodiscard]] constexpr delivery_outcome const& outcome() const noexcept EHLO_LIFETIMEBOUND { return outcome_; }

  /// The attempt to make now; kind `none` of address once it is over().
  [[nodiscard]] constexpr delivery_attempt attempt() const noexcept {
    if (over_) return {};
    mail_exchanger const& host = lookup_->hosts()[host_];
    address_literal const address = lookup_->address(host_, index_);
    return {address, host.name(), host_, tried_, again_, cleartext_, host.secure(address.kind)};
  }

  /// How the attempt() ended; the next one is there, or it is over(). Returns local_order if it was over: then nothing
  /// has changed.
  constexpr errc ended(attempt_ending const& how) noexcept {
    if (over_) return errc::local_order;
    if (how.progress) reconnected_ = false;
    bool const first_reconnect = !reconnected_;
    switch (how.advice) {
      case advice::done:
      case advice::convert:
      case advice::give_up:
      case advice::retry_later: end(how, how.advice); return errc::ok;
      case advice::next_transaction:
      case advice::reconnect:
        again_ = reconnected_ = true;
        if (!first_reconnect) end(how, advice::retry_later);
        return errc::ok;
      case advice::reconnect_cleartext:
        again_ = true;
        if (!std::exchange(cleartext_, true)) return errc::ok;
        break;
      case advice::next_host: break;
    }
    leave(how);
    return errc::ok;
  }

  /// This host is not to be connected to at all, at none of its addresses: MTA-STS does not name it (RFC 8461 4.1), or
  /// DANE cannot be decided. As ended().
  constexpr errc skip_host(attempt_ending const& why) noexcept {
    if (over_) return errc::local_order;
    --tried_;
    note_name();
    index_ = lookup_->address_count(host_);
    leave(why);
    return errc::ok;
  }

 private:
  constexpr void end(attempt_ending const& how, enum advice what) noexcept {
    outcome_ = outcome_of(how, what);
    over_ = true;
  }

  /// This address takes nothing. Only if all of them say that for good, and there are no others, it is for good.
  constexpr void leave(attempt_ending const& how) noexcept {
    bool const for_good = how.code.is_permanent() || how.error == errc::local_requiretls;
    if (!for_good || all_for_good_) outcome_ = outcome_of(how, for_good ? advice::give_up : advice::retry_later);
    all_for_good_ = all_for_good_ && for_good;
    if (is_about_name(how.error)) note_name();
    ++index_;
    to_next_address();
  }

  constexpr void to_next_address() noexcept {
    again_ = cleartext_ = reconnected_ = false;
    while (host_ < lookup_->hosts().size()) {
      bool const end = index_ >= lookup_->address_count(host_);
      if (!end && !was_tried(lookup_->address(host_, index_))) break;
      host_ += end ? 1U : 0U;
      index_ = end ? 0 : index_ + 1;
    }
    bool const left = host_ < lookup_->hosts().size();
    if (left && (most_ == 0 || tried_ < most_)) {
      ++tried_;
      return;
    }
    over_ = true;
    if (!all_for_good_ || (!left && !lookup_->incomplete())) return;
    outcome_.advice = advice::retry_later;
    outcome_.status.status_class = 4;
  }

  /// Whether a host before this one has it, and its name was not what stood in the way.
  [[nodiscard]] constexpr bool was_tried(address_literal const& address) const noexcept {
    for (std::size_t host = 0; host != host_ && host != remembered; ++host)
      for (std::size_t i = 0; (by_name_ >> host & 1U) == 0 && i != lookup_->address_count(host); ++i)
        if (lookup_->address(host, i) == address) return true;
    return false;
  }
  constexpr void note_name() noexcept {
    if (host_ < remembered) by_name_ |= std::uint64_t{1} << host_;
  }
  /// What is asked of TLS belongs to the name of a host: its certificate, TLSA records, MTA-STS.
  [[nodiscard]] static constexpr bool is_about_name(errc error) noexcept {
    return error == errc::peer_tls_unavailable || error == errc::peer_tls_failed || error == errc::local_requiretls;
  }

  [[nodiscard]] static constexpr delivery_outcome outcome_of(attempt_ending const& how, enum advice what) noexcept {
    enhanced_code status = how.status ? how.status : status_of(how.error);
    status.status_class = what == advice::retry_later ? 4 : 5;
    return {what, mx_outcome::found, how.error, how.code, what == advice::done ? enhanced_code{} : status};
  }
  /// Subject and detail for what no reply said (RFC 3463 3.4, 3.5, 3.7, 3.8, RFC 6531 3.5, RFC 8689 4.2.1).
  [[nodiscard]] static constexpr enhanced_code status_of(errc error) noexcept {
    switch (error) {
      case errc::local_requiretls: return {5, 7, 30};
      case errc::local_size: return {5, 3, 4};
      case errc::local_eightbitmime:
      case errc::local_binarymime: return {5, 6, 3};
      case errc::local_smtputf8: return {5, 6, 7};
      case errc::peer_tls_unavailable: return {4, 7, 4};
      case errc::peer_tls_failed: return {4, 7, 5};
      case errc::peer_extension_unavailable: return {4, 3, 3};
      case errc::peer_greeting:
      case errc::peer_hello:
      case errc::peer_closing: return {4, 3, 2};
      case errc::peer_gone:
      case errc::peer_timeout: return {4, 4, 2};
      default: return {4, 0, 0};
    }
  }

  static constexpr std::size_t remembered = 64;  // hosts; an address of one behind them may be tried twice

  mx_lookup_core const* lookup_;
  std::size_t most_;
  std::size_t host_ = 0;
  std::size_t index_ = 0;      // of the host's addresses
  std::size_t tried_ = 0;      // addresses
  std::uint64_t by_name_ = 0;  // a bit for each host whose name stood in the way
  delivery_outcome outcome_;
  bool over_ = false;
  bool again_ = false;
  bool cleartext_ = false;
  bool reconnected_ = false;
  bool all_for_good_ = true;
};

}  // namespace ehlo::inline v0::route
