// SPDX-License-Identifier: BSL-1.0
// What tls.hpp is where there is no OpenSSL: the same names, so that its users need no #if, and an error that says why.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ehlo/model/tls_facts.hpp"
#include "ehlo/trace/failure.hpp"

namespace tls {

inline constexpr bool available = false;

class context {
 public:
  static context for_server(std::string const&, std::string const&) { return {}; }
  static context for_client(std::string const& = {}) { return {}; }
  void show(std::string const&) {}
  [[nodiscard]] std::string const& error() const { return error_; }

 private:
  std::string error_ = "this program was built without TLS, as OpenSSL was not there";
};

/// Never comes to be: it only lets its users compile.
class channel {
 public:
  static channel from(context const& c) { return channel{c}; }
  static channel to(context const& c, std::string const&, trust) { return channel{c}; }
  progress handshake() { return progress::failed; }
  void feed(std::string_view) {}
  [[nodiscard]] std::string_view output() const { return {}; }
  void sent(std::size_t) {}
  [[nodiscard]] std::string_view read(std::span<char>) { return {}; }
  [[nodiscard]] bool write(std::string_view) { return false; }
  void close() {}
  [[nodiscard]] bool peer_closed() const { return false; }
  [[nodiscard]] bool failed() const { return true; }
  [[nodiscard]] std::string const& error() const { return error_; }
  [[nodiscard]] ehlo::trace::transport_failure failure() const { return {}; }
  [[nodiscard]] bool verified() const { return false; }
  [[nodiscard]] ehlo::tls_facts facts() const { return {}; }
  [[nodiscard]] std::string description() const { return {}; }
  [[nodiscard]] std::string_view cipher() const { return {}; }
  [[nodiscard]] peer_certificate certificate() const { return {}; }
  [[nodiscard]] channel_bindings bindings() const { return {}; }

 private:
  explicit channel(context const& c) : error_{c.error()} {}
  std::string error_;
};

}  // namespace tls
