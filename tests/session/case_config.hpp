// SPDX-License-Identifier: BSL-1.0
// What `config` of a session case asks for (tests/data/cases/README.md): the options of the server and the host's
// policy.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

#include "ehlo/server.hpp"
#include "json.hpp"

namespace ehlo_test {

/// An answer of the host's. `text` of a case may begin with a code of its own.
struct host_answer {
  ehlo::reply_code code;
  ehlo::enhanced_code status{};
  std::string text{};

  static host_answer from(std::string const& text, ehlo::reply_code usual) {
    if (text.size() < 4 || text[3] != ' ' || text.find_first_not_of("0123456789") != 3) return {usual, {}, text};
    return {static_cast<std::uint16_t>(std::stoi(text)), {}, text.substr(4)};
  }
  void give(ehlo::server_core& server) const {
    ehlo::reply const answer{code, status, text};
    EXPECT_EQ(code.is_success() ? server.accept(answer) : server.reject(answer), ehlo::errc::ok);
  }
};

struct case_config {
  ehlo::server_options options{.hostname = "mx.example.org", .max_message_size = 10000};
  bool explicit_greeting = false;
  std::string mechanisms;
  std::map<std::string, std::string> users;
  std::map<std::string, std::string> rcpt_replies;
  std::string greeting;
  std::string data_reply;
  bool rejects_every_sender = false;
  std::string rejected_sender;

  case_config(json const& config, ehlo::tolerance preset) {
    using enum ehlo::capability;
    options.tolerances = preset;
    options.newline = ehlo::bare_newline::reject;
    bool auth_in_clear = true;
    bool tls = false;
    for (auto const& [key, value] : config.members()) {
      if (key == "bare_lf") {
        options.newline = newline(value.text());
      } else if (key == "tls_available") {
        tls = value.truth();
      } else if (key == "extensions") {
        options.offer = {};
        for (json const& word : value.items()) options.offer.add(offered(word.text()));
      } else if (key == "max_size") {
        options.max_message_size = static_cast<std::uint64_t>(value.number());
      } else if (key == "users") {
        for (auto const& [user, password] : value.members()) users[unescape(user)] = unescape(password.text());
        if (mechanisms.empty()) mechanisms = "PLAIN LOGIN";
      } else if (key == "auth_mechs") {
        mechanisms.clear();
        for (json const& name : value.items()) mechanisms += (mechanisms.empty() ? "" : " ") + name.text();
      } else if (key == "auth_requires_tls") {
        auth_in_clear = !value.truth();
      } else if (key == "require_auth") {
        options.require_auth = value.truth();
      } else if (key == "require_tls") {
        options.require_tls = value.truth();
      } else if (key == "max_errors") {
        options.max_errors = static_cast<std::uint16_t>(value.number());
      } else if (key == "greeting") {
        EXPECT_EQ(value.text(), "explicit");
        explicit_greeting = true;
      } else if (key == "host_greeting") {
        greeting = unescape(value.text());
        options.ask = options.ask | ehlo::question::greeting;
      } else if (key == "host_data_reply") {
        data_reply = unescape(value.text());
      } else if (key == "host_rejects_sender") {
        rejects_every_sender = value.truth();
        if (value.is(json::kind::string)) rejected_sender = unescape(value.text());
        EXPECT_TRUE(value.is(json::kind::boolean) || value.is(json::kind::string));
      } else if (key == "host_rcpt_reply") {
        for (auto const& [address, text] : value.members()) rcpt_replies[unescape(address)] = unescape(text.text());
      } else {
        ADD_FAILURE() << "unknown config key " << key;
      }
    }
    if (tls) options.offer.add(starttls);
    if (options.offer.has(ehlo::capability::expn)) options.ask = options.ask | ehlo::question::expn;
    if (options.offer.has(futurerelease))
      options.max_hold_seconds = 86400, options.max_hold_until = "2030-01-01T00:00:00Z";
    options.xclient_attributes = options.xforward_attributes = "NAME ADDR";
    if ((options.require_auth || options.offer.has(auth)) && mechanisms.empty()) mechanisms = "PLAIN LOGIN";
    if (mechanisms.empty()) return;
    options.offer.add(auth);
    options.auth_mechanisms = mechanisms;
    if (auth_in_clear && !options.require_tls) options.auth_mechanisms_cleartext = mechanisms;
  }
  case_config(case_config const&) = delete;  // the options view it

 private:
  static ehlo::bare_newline newline(std::string const& word) {
    EXPECT_TRUE(word == "reject" || word == "normalize") << word;
    return word == "normalize" ? ehlo::bare_newline::normalize : ehlo::bare_newline::reject;
  }
  static ehlo::capability offered(std::string const& line) {
    using enum ehlo::capability;
    static std::map<std::string, ehlo::capability> const keywords{{"PIPELINING", pipelining},
                                                                  {"SIZE", size},
                                                                  {"8BITMIME", eightbitmime},
                                                                  {"BINARYMIME", binarymime},
                                                                  {"CHUNKING", chunking},
                                                                  {"STARTTLS", starttls},
                                                                  {"AUTH", auth},
                                                                  {"DSN", dsn},
                                                                  {"SMTPUTF8", smtputf8},
                                                                  {"LIMITS", limits},
                                                                  {"REQUIRETLS", requiretls},
                                                                  {"DELIVERBY", deliverby},
                                                                  {"ETRN", etrn},
                                                                  {"VRFY", vrfy},
                                                                  {"EXPN", expn},
                                                                  {"HELP", help},
                                                                  {"XCLIENT", xclient},
                                                                  {"XFORWARD", xforward},
                                                                  {"MT-PRIORITY", mt_priority},
                                                                  {"FUTURERELEASE", futurerelease},
                                                                  {"ENHANCEDSTATUSCODES", enhancedstatuscodes}};
    auto const found = keywords.find(line.substr(0, line.find(' ')));
    if (found != keywords.end()) return found->second;
    ADD_FAILURE() << "unknown extension " << line;
    return pipelining;
  }
};

}  // namespace ehlo_test
