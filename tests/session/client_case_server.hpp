// SPDX-License-Identifier: BSL-1.0
// The well-behaved server that `auto_server` of a client case asks for: this library's own, which offers what it can
// and accepts everything. It plays against the host of the case until both have nothing left to say.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "client_case_config.hpp"
#include "client_case_host.hpp"
#include "ehlo/server.hpp"

namespace ehlo_test {

class client_case_server {
 public:
  explicit client_case_server(client_case_config const& config) : config_{config}, options_{options_for(config)} {
    EXPECT_FALSE(options_.check());
  }

  /// Plays from the beginning of the connection to the end.
  void play(client_case_host& client) {
    std::size_t heard = 0;
    listen({});
    for (int turns = 0; turns != 10000; ++turns) {
      if (client.waits_for_tls()) {
        ASSERT_TRUE(waits_for_tls_ && said_.empty());
        waits_for_tls_ = false;
        EXPECT_EQ(server_.tls_started({}), ehlo::errc::ok);
        client.start_tls();
      } else if (!said_.empty()) {
        std::string const said = said_;
        said_.clear();
        client.peer(said);
      } else {
        return;
      }
      listen(client.output().substr(heard));
      heard = client.output().size();
    }
    ADD_FAILURE() << "no end";
  }

  [[nodiscard]] std::vector<std::string> const& messages() const { return messages_; }

 private:
  static ehlo::server_options options_for(client_case_config const& config) {
    using enum ehlo::capability;
    ehlo::server_options o{.hostname = "mx.test", .tolerances = ehlo::lenient, .newline = ehlo::bare_newline::reject};
    o.offer = {pipelining, size, eightbitmime, binarymime, chunking, dsn, smtputf8, requiretls, enhancedstatuscodes};
    if (config.options.tls != ehlo::tls_policy::never) o.offer.add(starttls);
    o.offer.add(auth);
    o.auth_mechanisms = "PLAIN LOGIN";
    bool const in_clear = config.options.mechanisms.empty() || config.options.auth_in_cleartext;
    if (in_clear) o.auth_mechanisms_cleartext = o.auth_mechanisms;
    return o;
  }

  void listen(std::string_view in) {
    using enum ehlo::event_type;
    for (;;) {
      ehlo::server_event const e = server_.next(in, {});
      said_ += server_.output();
      EXPECT_EQ(server_.sent(server_.output().size()), ehlo::errc::ok);
      if (e.type() == need_tls) waits_for_tls_ = true;
      if (e.type() == need_tls || e.type() == need_input || e.type() == closed) return;
      ASSERT_NE(e.type(), misuse);
      if (e.type() == message_begin) message_.clear();
      if (e.type() == body) message_ += e.body();
      if (e.type() == message_end) messages_.push_back(message_);
      if (!e.is_question()) continue;
      bool const known =
          e.type() != credentials || (e.user_name() == config_.user_name && e.password() == config_.password);
      EXPECT_EQ(known ? server_.accept() : server_.reject({535, {5, 7, 8}}), ehlo::errc::ok);
    }
  }

  client_case_config const& config_;
  ehlo::server_options const options_;
  ehlo::server server_{options_, {}};
  std::string said_;
  std::string message_;
  std::vector<std::string> messages_;
  bool waits_for_tls_ = false;
};

}  // namespace ehlo_test
