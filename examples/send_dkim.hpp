// SPDX-License-Identifier: BSL-1.0
// Signing messages before they are sent: --dkim-sign.
#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dkim_functions.hpp"
#include "ehlo/base/text_writer.hpp"
#include "ehlo/sender/dkim_signer.hpp"
#include "ehlo/sender/header_block.hpp"
#include "send_message.hpp"

namespace sending {

/// Who signs, with the keys that there are for this domain.
struct signing_domain {
  explicit signing_domain(std::string_view its_name) : name{its_name} {}
  signing_domain(signing_domain const&) = delete;
  signing_domain& operator=(signing_domain const&) = delete;

  std::string_view name;
  std::vector<ehlo::sender::dkim_signing_key> keys;
  dkim::functions functions;
};
using signing_domains = std::list<signing_domain>;

struct signing_key_error {
  std::string why;  ///< empty: none
  bool of_file = false;
};

/// DOMAIN:SELECTOR:KEYFILE.
inline signing_key_error add_signing_key(signing_domains& to, std::string_view text) {
  std::size_t const colon = text.find(':');
  std::size_t const second = colon == text.npos ? colon : text.find(':', colon + 1);
  if (second == text.npos || second + 1 == text.size()) return {"not DOMAIN:SELECTOR:KEYFILE"};
  std::string_view const name = text.substr(0, colon);
  signing_domain* domain = nullptr;
  for (signing_domain& one : to)
    if (ehlo::equal_ignoring_case(one.name, name)) domain = &one;
  if (domain == nullptr) domain = &to.emplace_back(name);
  dkim::functions::added const key = domain->functions.add_key(std::string{text.substr(second + 1)});
  if (!key.error.empty()) return {key.error, true};
  domain->keys.push_back({text.substr(colon + 1, second - colon - 1), key.algorithm, key.number});
  ehlo::sender::dkim_sign_error const e = check(ehlo::sender::dkim_sign_options{.domain = name, .keys = domain->keys});
  return {std::string{e == ehlo::sender::dkim_sign_error::none ? std::string_view{} : message(e)}};
}

/// The signatures of one message, for all domains while it is read once.
class message_signing {
 public:
  explicit message_signing(signing_domains& domains) {
    auto const seconds = static_cast<std::uint64_t>(std::time(nullptr));
    for (signing_domain& domain : domains)
      signers_.emplace_back(
          header_, domain.functions.table(),
          ehlo::sender::dkim_sign_options{.domain = domain.name, .keys = domain.keys, .unix_seconds = seconds});
  }

  /// Puts the signatures in front of the message, over the octets that will be sent. Empty, or why there are none.
  std::string sign(outgoing_message& text) {
    text.rewind_repaired(outgoing_message::read_size);
    for (bool last = false; !last;) {
      std::string_view piece;
      if (!text.next(piece, last)) return text.error();
      std::string_view const body = header_.take(piece);
      for (ehlo::sender::dkim_signer& by : signers_) by.body(body);
    }
    header_.end();
    std::string fields;
    std::vector<char> room(65536);
    for (ehlo::sender::dkim_signer& by : signers_) {
      ehlo::text_writer out{room};
      by.end_of_body();
      ehlo::sender::dkim_sign_error const e = by.write(out);
      if (e != ehlo::sender::dkim_sign_error::none) return "cannot be signed: " + std::string{message(e)};
      fields += out.written();
    }
    text.put_in_front(std::move(fields));
    return {};
  }

 private:
  ehlo::sender::header_block header_;
  std::list<ehlo::sender::dkim_signer> signers_;
};

}  // namespace sending
