// SPDX-License-Identifier: BSL-1.0
// How an SPF check goes through its records, term by term, until there is something to ask (RFC 7208 4.3, 4.6, 5, 6).
#pragma once

#include "spf_check.hpp"

namespace ehlo::inline v0::sender {

constexpr void spf_check_core::begin(spf_identity identity) noexcept {
  set_identity(identity);
  depth_ = lookups_ = voids_ = pointer_count_ = 0;
  pointers_known_ = false;
  step_ = step::next_term;
  if (client_.address.kind != literal_kind::ipv4 && client_.address.kind != literal_kind::ipv6)
    return finish(spf_result::none, spf_problem::client_address);
  // "malformed [...] or is not a multi-label domain name" (4.3). Literals are none.
  if (!is_host_name(domain()) || without_root(domain()).find('.') == std::string_view::npos)
    return finish(spf_result::none, spf_problem::malformed_domain);
  target_ = domain_name{domain()};
  ask_about(topic::record, dns_type::txt);
}

/// The result of one identity is known, and its explanation if there is one.
constexpr void spf_check_core::end() noexcept {
  if (identity_ == spf_identity::helo) {
    helo_result_ = result_;
    if (result_ != spf_result::fail && !client_.reverse_path.empty()) return begin(spf_identity::mail_from);
  }
  step_ = step::over;
}

constexpr errc spf_check_core::on_deadline(instant now) noexcept {
  if (done() || now < deadline_) return errc::local_order;
  bool const decided = step_ == step::explanation_name || step_ == step::explanation_text;
  if (!decided) {
    result_ = spf_result::temperror;
    problem_ = spf_problem::time_limit;
    mechanism_ = depth_ == 0 ? std::string_view{} : frames_[0].term;
  }
  if (identity_ == spf_identity::helo) {
    helo_result_ = result_;
    // There is no time left for MAIL FROM either.
    if (!decided && !client_.reverse_path.empty()) {
      set_identity(spf_identity::mail_from);
      mechanism_ = {};
    }
  }
  step_ = step::over;
  return errc::ok;
}

constexpr void spf_check_core::run() noexcept {
  while (!done() && !questions_.is_open()) switch (step_) {
      case step::next_term: take_term(); break;
      case step::term: evaluate(); break;
      case step::redirect: evaluate_redirect(); break;
      case step::explanation_name: ask_for_explanation(); break;
      case step::explanation_text: explain(); break;
      case step::over: break;
    }
}

constexpr void spf_check_core::take_term() noexcept {
  counted_ = false;
  std::string_view const text = take_spf_term(top().rest);
  if (text.empty()) {
    step_ = step::redirect;
    return;
  }
  static_cast<void>(parse_spf_term(text, term_));  // the whole record was found to be valid
  if (term_.is_modifier()) return;
  top().term = term_.text;
  top().qualifier = term_.qualifier;
  step_ = step::term;
}

/// May be called again for the same term, when what it needs to be expanded is known.
constexpr void spf_check_core::evaluate() noexcept {
  if (term_.kind == spf_term_kind::all) return matched(true);
  if (term_.kind == spf_term_kind::ip4)
    return matched(matches_prefix(client_.address, term_.network, term_.ip4_prefix));
  if (term_.kind == spf_term_kind::ip6)
    return matched(matches_prefix(client_.address, term_.network, term_.ip6_prefix));

  if (!count_lookup(term_.domain_spec) || needs_pointers(term_.domain_spec)) return;
  expand_target(term_.domain_spec);
  std::string_view const target = target_.view();
  switch (term_.kind) {
    case spf_term_kind::include:
      if (target.find('.') == std::string_view::npos) return finish(spf_result::permerror, spf_problem::include_target);
      return ask_about(topic::record, dns_type::txt);
    case spf_term_kind::ptr:
      if (!pointers_known_) return ask_for_pointers();
      for (std::size_t i = 0; i != pointer_count_; ++i)
        if (is_within(pointers_[i].view(), target)) return matched(true);
      return matched(false);
    default: break;
  }
  // A name that can not be asked for does not match (4.8).
  if (target.empty()) return matched(false);
  if (term_.kind == spf_term_kind::mx) return ask_about(topic::exchange, dns_type::mx);
  ask_about(topic::address, term_.kind == spf_term_kind::exists ? dns_type::a : address_type());
}

/// No mechanism matched, so there is no "all", which would make the redirect void (6.1).
constexpr void spf_check_core::evaluate_redirect() noexcept {
  std::string_view const redirect = top().redirect;
  if (redirect.empty()) {
    top().term = "default";
    return conclude(spf_result::neutral);
  }
  top().term = "redirect";
  if (!count_lookup(redirect) || needs_pointers(redirect)) return;
  expand_target(redirect);
  if (target_.view().find('.') == std::string_view::npos)
    return finish(spf_result::permerror, spf_problem::redirect_target);
  ask_about(topic::record, dns_type::txt);
}

constexpr void spf_check_core::matched(bool whether) noexcept {
  step_ = step::next_term;
  if (whether) conclude(term_.qualifier);
}

/// The record at the top has a result. If it was included, only "pass" is a match (5.2).
constexpr void spf_check_core::conclude(spf_result result) noexcept {
  step_ = step::next_term;
  while (depth_ != 1) {
    --depth_;
    if (result != spf_result::pass) return;
    result = top().qualifier;
  }
  finish(result, spf_problem::no_problem);
}

constexpr void spf_check_core::finish(spf_result result, spf_problem problem) noexcept {
  result_ = result;
  problem_ = problem;
  mechanism_ = depth_ == 0 ? std::string_view{} : frames_[0].term;
  if (result != spf_result::fail) return end();
  step_ = step::explanation_name;
}

/// Counts a term once. False: there are too many, and the check has its result.
constexpr bool spf_check_core::count_lookup(std::string_view domain_spec) noexcept {
  // %{p} is one of its own the first time: later the names are known (4.6.4).
  if (!counted_) lookups_ += has_validated_name(domain_spec) && !pointers_known_ ? 2U : 1U;
  counted_ = true;
  if (lookups_ <= spf_lookup_limit) return true;
  finish(spf_result::permerror, spf_problem::lookup_limit);
  return false;
}

/// Counts a term that asked for what does not exist (4.6.4): once, however many names it led to.
constexpr bool spf_check_core::count_void() noexcept {
  if (++voids_ <= options_.void_limit) return true;
  finish(spf_result::permerror, spf_problem::void_limit);
  return false;
}

constexpr void spf_check_core::expand_target(std::string_view domain_spec) noexcept {
  target_ = domain_spec.empty() ? domain_name{top().domain} : expand_domain_spec(domain_spec, values());
}

/// Whether the text has %{p} and nothing is known about that yet: then it is asked for.
constexpr bool spf_check_core::needs_pointers(std::string_view text) noexcept {
  if (pointers_known_ || !has_validated_name(text)) return false;
  ask_for_pointers();
  return true;
}

constexpr void spf_check_core::ask_for_pointers() noexcept {
  target_ = expand_domain_spec("%{ir}.%{v}.arpa", values());
  ask_about(topic::pointer, dns_type::ptr);
}

/// The domain itself if it is among them, a subdomain of it, or any (7.3).
constexpr std::string_view spf_check_core::validated_name(std::string_view domain) const noexcept {
  std::string_view found = pointer_count_ == 0 ? std::string_view{} : pointers_[0].view();
  for (std::size_t i = pointer_count_; i-- != 0;)
    if (is_within(pointers_[i].view(), domain)) found = pointers_[i].view();
  for (std::size_t i = 0; i != pointer_count_; ++i)
    if (same_domain(pointers_[i].view(), domain)) found = pointers_[i].view();
  return found;
}

constexpr spf_macro_values spf_check_core::values() const noexcept {
  std::string_view const of = frames_[depth_ - 1].domain;
  return {.sender = sender_.mailbox(),
          .local_part = sender_.local_part(),
          .sender_domain = sender_.domain(),
          .domain = of,
          .client = client_.address,
          .validated = validated_name(of),
          .helo = client_.helo,
          .receiver = options_.receiver,
          .unix_seconds = options_.unix_seconds};
}

/// "exp" of the record that failed, or of the one it was redirected to; of none that it includes (6.2).
constexpr void spf_check_core::ask_for_explanation() noexcept {
  std::string_view const spec = top().explanation;
  if (spec.empty()) return end();
  if (needs_pointers(spec)) return;
  expand_target(spec);
  if (target_.empty()) return end();
  ask_about(topic::explanation, dns_type::txt);
}

namespace detail {

/// Keeps what a reply can have: other octets become "?", and what is too long is cut.
struct explanation_sink {
  std::span<char> room;
  std::size_t size = 0;

  constexpr void put(char c) noexcept {
    if (size != room.size()) room[size++] = has_class(c, char_class::graphic) || c == ' ' ? c : '?';
  }
};

}  // namespace detail

constexpr void spf_check_core::explain() noexcept {
  if (needs_pointers(explain_string_)) return;
  detail::explanation_sink sink{explanation_};
  static_cast<void>(expand_macros(explain_string_, values(), sink));  // it may be cut in any case
  explanation_size_ = sink.size;
  end();
}

}  // namespace ehlo::inline v0::sender
