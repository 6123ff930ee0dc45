// SPDX-License-Identifier: BSL-1.0
// A diagnosis, and the row that leads to it: which failures it is for. The rows are data; diagnosis.hpp looks them up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "failure.hpp"

namespace ehlo::inline v0::trace {

/// What to look at, and the command that shows it; that may be empty. Its placeholders are filled in by
/// write_diagnosis (diagnosis_text.hpp).
struct check {
  std::string_view what;
  std::string_view command{};
};

/// What a failure means. Static text, in lower case but for the symptom, which is a sentence.
struct diagnosis {
  std::string_view name;     ///< one word for programs: `relay_denied`
  std::string_view symptom;  ///< what has happened
  std::string_view cause_list[4];
  check check_list[3];
  std::string_view source;  ///< where the rules are, or whose codes these are

  /// Likely ones, the likeliest first.
  [[nodiscard]] constexpr std::span<std::string_view const> causes() const noexcept {
    std::size_t count = 0;
    while (count != 4 && !cause_list[count].empty()) ++count;
    return std::span{cause_list}.first(count);
  }
  /// In the order in which to make them.
  [[nodiscard]] constexpr std::span<check const> checks() const noexcept {
    std::size_t count = 0;
    while (count != 3 && !check_list[count].what.empty()) ++count;
    return std::span{check_list}.first(count);
  }
};

namespace diagnosis_rows {

using via = transport_failure;

/// Subject and detail of an enhanced code; -1: any, or none at all.
struct status_pattern {
  std::int16_t subject = -1;
  std::int16_t detail = -1;
};

/// The stages as one set.
template <class... Stages>
[[nodiscard]] constexpr std::uint32_t at(Stages... stages) noexcept {
  return (... | (std::uint32_t{1} << static_cast<unsigned>(stages)));
}

/// Which failures a row is for: all that is said here holds of them.
struct pattern {
  via transport = via::none;  ///< none: any
  errc error = errc::ok;      ///< ok: any
  std::uint16_t code = 0;     ///< 0: any; 4 or 5: the first digit; else the whole code
  status_pattern status{};
  std::uint32_t stages = 0;  ///< 0: any
  std::uint16_t port = 0;    ///< 0: any
  tls_state tls = tls_state::unknown;

  [[nodiscard]] constexpr bool holds(failure const& f) const noexcept {
    if (transport != via::none && transport != f.transport) return false;
    if (error != errc::ok && error != f.error) return false;
    if (stages != 0 && (f.at > stage::quit || (stages & at(f.at)) == 0)) return false;
    if (port != 0 && port != f.port) return false;
    if (tls != tls_state::unknown && tls != f.tls) return false;
    return code_holds(f) && status_holds(f.status);
  }

 private:
  /// The class of the status is the first digit where there is no code (RFC 2034 4).
  [[nodiscard]] constexpr bool code_holds(failure const& f) const noexcept {
    if (code == 0) return true;
    if (code >= 200) return f.code.number() == code;
    return code == (f.code ? f.code.number() / 100 : f.status.status_class);
  }
  [[nodiscard]] constexpr bool status_holds(enhanced_code s) const noexcept {
    if (status.subject < 0) return true;
    return s && s.subject == status.subject && (status.detail < 0 || s.detail == status.detail);
  }
};

struct diagnosis_row {
  pattern when;
  diagnosis what;
};

// What several rows advise.
inline constexpr check probe_host{"what the server says and offers on each port", "ehlo-send --probe {host}"};
inline constexpr check see_certificate{"the certificate that is shown",
                                       "openssl s_client {starttls}-connect {endpoint} </dev/null | openssl x509 "
                                       "-noout -subject -issuer -dates -ext subjectAltName"};
inline constexpr check see_mx{"which servers take the domain's mail", "dig +short MX {domain}"};
inline constexpr check see_spf{"which addresses may send for the sender's domain", "dig +short TXT {sender_domain}"};
inline constexpr check see_dkim{"the key that the signature's selector (s=) names",
                                "dig +short TXT SELECTOR._domainkey.{sender_domain}"};
inline constexpr check see_dmarc{"what the domain asks receivers to do", "dig +short TXT _dmarc.{sender_domain}"};
inline constexpr check see_reverse{"the name of our address, which has to lead back to it", "dig +short -x {client}"};
inline constexpr check see_list{
    "whether Spamhaus lists our address: 127.0.0.x, it does; 127.255.255.x, the resolver may not ask",
    "dig +short {client_reversed}.zen.spamhaus.org"};
inline constexpr check see_dialogue{"the dialogue as it was (ehlo-send --transcript)"};
inline constexpr check read_reply{"the text of the reply, which often names the reason and a page about it"};

/// Before there is a message: what is judged is our address, its name, and the name that we give.
inline constexpr std::uint32_t opening = at(stage::connect, stage::greeting, stage::hello);
inline constexpr std::uint32_t envelope = at(stage::mail, stage::rcpt);
inline constexpr std::uint32_t content = at(stage::data, stage::text, stage::verdict);

}  // namespace diagnosis_rows

}  // namespace ehlo::inline v0::trace
