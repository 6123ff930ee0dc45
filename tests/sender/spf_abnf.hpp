// SPDX-License-Identifier: BSL-1.0
// The grammar of RFC 7208 12, rule by rule: slow and obvious. Each rule gives every place where it can end when it
// begins at any of the given places.
#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "ehlo/base/ascii.hpp"

namespace spf_abnf {

using places = std::set<std::size_t>;

class grammar {
 public:
  explicit grammar(std::string_view text) : t_{text} {}

  /// record = version terms *SP, and what the prose says of modifiers, macro letters and digits.
  bool is_record() const {
    if (t_.size() < 6 || !ehlo::equal_ignoring_case(t_.substr(0, 6), "v=spf1")) return false;
    if (t_.size() > 6 && t_[6] != ' ') return false;
    int redirects = 0, explanations = 0;
    for (std::size_t at = 6; at < t_.size();) {
      std::size_t const end = (std::min)(t_.find(' ', at), t_.size());
      std::string_view const term = t_.substr(at, end - at);
      at = end + 1;
      if (term.empty()) continue;
      if (!grammar{term}.is_term()) return false;
      redirects += ehlo::starts_ignoring_case(term, "redirect=") ? 1 : 0;
      explanations += ehlo::starts_ignoring_case(term, "exp=") ? 1 : 0;
    }
    return redirects <= 1 && explanations <= 1;
  }
  bool is_term() const { return is_modifier() || is_directive(); }
  bool is_domain_spec() const { return whole(domain_spec({0})); }
  bool is_macro_string() const { return whole(macro_string({0}, "slodiphcrtv")); }
  bool is_explain_string() const {
    return whole(
        star({0}, [this](places const& from) { return both(macro_string(from, "slodiphcrtv"), literal(from, " ")); }));
  }

 private:
  bool whole(places const& ends) const { return ends.count(t_.size()) == 1; }

  static places both(places a, places const& b) {
    a.insert(b.begin(), b.end());
    return a;
  }
  places literal(places const& from, std::string_view text) const {
    places out;
    for (std::size_t const at : from)
      if (ehlo::starts_ignoring_case(t_.substr(at), text)) out.insert(at + text.size());
    return out;
  }
  template <class Is>
  places one(places const& from, Is is) const {
    places out;
    for (std::size_t const at : from)
      if (at < t_.size() && is(t_[at])) out.insert(at + 1);
    return out;
  }
  template <class Rule>
  places star(places const& from, Rule rule) const {
    places all = from;
    for (places next = from; !next.empty();) {
      places more;
      for (std::size_t const at : rule(next))
        if (all.insert(at).second) more.insert(at);
      next = more;
    }
    return all;
  }
  static bool is_alphanum(char c) { return ehlo::is_alpha(c) || ehlo::is_digit(c); }

  places digits(places const& from) const {
    return star(from, [this](places const& f) { return one(f, ehlo::is_digit); });
  }

  // macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
  places macro_expand(places const& from, std::string_view letters) const {
    places out = both(both(literal(from, "%%"), literal(from, "%_")), literal(from, "%-"));
    for (std::size_t const at : from) {
      places p = literal({at}, "%{");
      places letter;
      for (char const c : letters) letter = both(letter, literal(p, std::string_view{&c, 1}));
      // "If a DIGIT is specified, the value MUST be nonzero" (7.3).
      places number = letter;
      for (std::size_t const begin : letter)
        for (std::size_t const end : digits({begin}))
          if (t_.substr(begin, end - begin).find_first_of("123456789") != std::string_view::npos) number.insert(end);
      p = both(number, literal(number, "r"));
      p = star(p, [this](places const& f) {
        return one(f, [](char c) { return std::string_view{".-+,/_="}.find(c) != std::string_view::npos; });
      });
      out = both(out, literal(p, "}"));
    }
    return out;
  }
  places macro_string(places const& from, std::string_view letters) const {
    return star(from, [&](places const& f) {
      return both(macro_expand(f, letters), one(f, [](char c) { return c >= 0x21 && c <= 0x7E && c != '%'; }));
    });
  }
  // toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
  places toplabel(places const& from) const {
    auto const alphanum = [this](places const& f) { return one(f, is_alphanum); };
    places const first = star(one(star(from, alphanum), ehlo::is_alpha), alphanum);
    places second = literal(star(one(from, is_alphanum), alphanum), "-");
    second =
        star(second, [this](places const& f) { return one(f, [](char c) { return is_alphanum(c) || c == '-'; }); });
    return both(first, one(second, is_alphanum));
  }
  // domain-spec = macro-string domain-end, domain-end = ( "." toplabel [ "." ] ) / macro-expand
  places domain_spec(places const& from) const {
    places const before = macro_string(from, "slodiphv");
    places const named = toplabel(literal(before, "."));
    return both(both(named, literal(named, ".")), macro_expand(before, "slodiphv"));
  }

  places prefix(places const& from, std::string_view slash, unsigned long most) const {
    places out;
    for (std::size_t const begin : literal(from, slash))
      for (std::size_t const end : digits({begin})) {
        std::string const text{t_.substr(begin, end - begin)};
        if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) continue;
        if (std::stoul(text) <= most) out.insert(end);
      }
    return out;
  }
  bool ends_with_network(places const& from, int family, unsigned long most) const {
    for (std::size_t const begin : from)
      for (std::size_t end = begin; end <= t_.size(); ++end) {
        if (end != t_.size() && !whole(prefix({end}, "/", most))) continue;
        std::string const text{t_.substr(begin, end - begin)};
        unsigned char room[16];
        if (text.find('\0') == std::string::npos && inet_pton(family, text.c_str(), room) == 1) return true;
      }
    return false;
  }

  bool is_modifier() const {
    places name = one({0}, ehlo::is_alpha);
    name = star(name, [this](places const& f) {
      return one(f, [](char c) { return is_alphanum(c) || c == '-' || c == '_' || c == '.'; });
    });
    for (std::size_t const end : literal(name, "=")) {
      std::string_view const named = t_.substr(0, end);
      bool const known = ehlo::equal_ignoring_case(named, "redirect=") || ehlo::equal_ignoring_case(named, "exp=");
      if (whole(known ? domain_spec({end}) : macro_string({end}, "slodiphcrtv"))) return true;
    }
    return false;
  }
  bool is_directive() const {
    places const start =
        both({0}, one({0}, [](char c) { return std::string_view{"+-?~"}.find(c) != std::string_view::npos; }));
    if (whole(literal(start, "all"))) return true;
    if (whole(domain_spec(literal(start, "include:"))) || whole(domain_spec(literal(start, "exists:")))) return true;
    places const ptr = literal(start, "ptr");
    if (whole(both(ptr, domain_spec(literal(ptr, ":"))))) return true;
    places const a = both(literal(start, "a"), literal(start, "mx"));
    places const named = both(a, domain_spec(literal(a, ":")));
    places const dual = both(named, prefix(named, "/", 32));
    if (whole(both(dual, prefix(dual, "//", 128)))) return true;
    return ends_with_network(literal(start, "ip4:"), AF_INET, 32) ||
           ends_with_network(literal(start, "ip6:"), AF_INET6, 128);
  }

  std::string_view t_;
};

}  // namespace spf_abnf
