// SPDX-License-Identifier: BSL-1.0
// What `config` and `job` of a client case ask for (tests/data/cases/README.md): the options of the client, the
// envelope and the body. The host of these cases states what it knows: the size of a body that is given, 8BITMIME for
// one with octets above 127, SMTPUTF8 for such addresses; and it encodes as xtext what the engine takes encoded.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/client.hpp"
#include "json.hpp"

namespace ehlo_test {

inline bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// RFC 3461 4: octets as xtext.
inline std::string to_xtext(std::string_view octets) {
  static char const* const digits = "0123456789ABCDEF";
  std::string out;
  for (char const c : octets) {
    unsigned const o = static_cast<unsigned char>(c);
    if (o < 33 || o > 126 || c == '+' || c == '=')
      out += {'+', digits[o >> 4], digits[o & 15]};
    else
      out += c;
  }
  return out;
}

class client_case_config {
 public:
  client_case_config(json const& one, ehlo::tolerance preset) {
    options.tolerances = preset;
    options.hostname = keep("client.test");
    for (auto const& [key, value] : one["config"].members()) configure(key, value);
    if (refuses_without_dsn(one)) options.dsn = ehlo::when_not_offered::refuse;
    if (one["job"].is(json::kind::object)) read_job(one["job"]);
  }
  client_case_config(client_case_config const&) = delete;  // options and envelope view it

  /// The envelope, with nothing decided.
  ehlo::envelope& envelope() {
    envelope_.to = recipients_;
    return envelope_;
  }
  [[nodiscard]] bool has_job() const { return has_job_; }
  /// Whether the body is given; otherwise steps write it.
  [[nodiscard]] bool has_body() const { return has_body_; }
  [[nodiscard]] std::string const& body() const { return body_; }
  /// Words that the typed envelope cannot even express.
  [[nodiscard]] bool inexpressible() const { return inexpressible_; }

  ehlo::client_options options{.tls = ehlo::tls_policy::never};
  std::string user_name;
  std::string password;

 private:
  void configure(std::string const& key, json const& value) {
    if (key == "helo") {
      options.hostname = keep(unescape(value.text()));
    } else if (key == "tls") {
      EXPECT_TRUE(value.text() == "never" || value.text() == "opportunistic" || value.text() == "require");
      options.tls = value.text() == "require"         ? ehlo::tls_policy::require
                    : value.text() == "opportunistic" ? ehlo::tls_policy::opportunistic
                                                      : ehlo::tls_policy::never;
    } else if (key == "pipelining") {
      if (!value.truth()) options.ignored.add(ehlo::capability::pipelining);
    } else if (key == "auth") {
      configure_auth(value);
    } else if (key == "auth_without_tls") {
      options.auth_in_cleartext = value.truth();
    } else if (key == "use_chunking") {
      options.chunking = value.truth();
    } else if (key == "chunk_size") {
      options.chunk_size = static_cast<std::uint32_t>(value.number());
    } else {
      ADD_FAILURE() << "unknown config key " << key;
    }
  }

  void configure_auth(json const& auth) {
    std::string mechanisms;
    for (auto const& [key, value] : auth.members()) {
      if (key == "user") {
        user_name = unescape(value.text());
      } else if (key == "pass") {
        password = unescape(value.text());
      } else if (key == "mechs") {
        for (json const& name : value.items()) mechanisms += (mechanisms.empty() ? "" : " ") + name.text();
      } else {
        ADD_FAILURE() << "unknown auth key " << key;
      }
    }
    options.mechanisms = keep(mechanisms.empty() ? "PLAIN LOGIN" : mechanisms);
    options.user_name = user_name;
    options.password = password;
  }

  /// Where DSN is not offered its parameters are dropped, unless that is just what the case has in mind.
  static bool refuses_without_dsn(json const& one) {
    for (json const& step : one["steps"].items())
      for (json const& name : step["expect_result"].items())
        if (name.text() == "dsn_unavailable") return true;
    return false;
  }

  void read_job(json const& job) {
    has_job_ = true;
    ehlo::rcpt_params each;
    for (auto const& [key, value] : job.members()) {
      if (key == "rcpts") {
        for (json const& to : value.items()) recipients_.push_back({.path = keep(unescape(to.text()))});
      } else if (key == "body") {
        has_body_ = !value.is(json::kind::null);
        body_.insert(0, unescape(value.text()));
      } else if (key == "body_repeat") {
        std::string const part = unescape(value.items().at(0).text());
        for (std::int64_t i = 0; i != value.items().at(1).number(); ++i) body_ += part;
      } else if (key == "notify") {
        for (json const& word : value.items()) each.notify = each.notify | notify(word.text());
      } else if (key == "orcpt") {
        std::string const text = unescape(value.text());
        std::size_t const address = text.find(';') + 1;
        each.orcpt = keep((address == 0 ? "rfc822;" : text.substr(0, address)) + to_xtext(text.substr(address)));
      } else {
        read_mail(key, value);
      }
    }
    for (ehlo::recipient& to : recipients_) to.params = each;
    state_what_is_known(job);
  }

  void read_mail(std::string const& key, json const& value) {
    ehlo::mail_params& p = envelope_.params;
    std::string const text = unescape(value.text());
    if (key == "from") {
      envelope_.from = keep(text);
    } else if (key == "body_type") {
      p.body = body_type(text);
    } else if (key == "smtputf8") {
      p.smtputf8 = value.truth();
    } else if (key == "requiretls") {
      p.requiretls = envelope_.server_name_vouched = value.truth();
    } else if (key == "ret") {
      p.ret = text == "FULL" ? ehlo::ret_type::full : ehlo::ret_type::headers;
      inexpressible_ |= text != "FULL" && text != "HDRS";
    } else if (key == "envid") {
      p.envid = keep(to_xtext(text));
    } else if (key == "mail_auth") {
      p.auth = keep(text == "<>" ? text : to_xtext(text));
    } else if (key == "mail_params") {
      std::string rest;
      for (json const& one : value.items()) {
        std::string const keyword = unescape(one.items().at(0).text());
        bool const alone = one.items().size() < 2 || one.items()[1].is(json::kind::null);
        std::string const parameter = keyword + (alone ? "" : "=" + unescape(one.items()[1].text()));
        inexpressible_ |= parameter.find(' ') != std::string::npos;  // a space begins another parameter
        rest += (rest.empty() ? "" : " ") + parameter;
        says_size_ |= keyword == "SIZE";
      }
      p.rest = keep(rest);
    } else {
      ADD_FAILURE() << "unknown job key " << key;
    }
  }

  void state_what_is_known(json const& job) {
    ehlo::mail_params& p = envelope_.params;
    if (has_body_ && !says_size_) {
      p.has_size = true;
      p.size = body_.size();
    }
    if (!job.has("body_type") && !is_ascii(body_)) p.body = ehlo::body_type::eightbitmime;
    bool ascii = is_ascii(envelope_.from);
    for (ehlo::recipient const& to : recipients_) ascii = ascii && is_ascii(to.path);
    if (!job.has("smtputf8") && !ascii) p.smtputf8 = true;
  }

  ehlo::body_type body_type(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    if (word == "8bitmime" || word == "8bit") return ehlo::body_type::eightbitmime;
    if (word == "binarymime" || word == "binary") return ehlo::body_type::binarymime;
    inexpressible_ |= word != "7bit";
    return ehlo::body_type::sevenbit;
  }
  ehlo::notify_type notify(std::string const& word) {
    if (word == "NEVER") return ehlo::notify_type::never;
    if (word == "SUCCESS") return ehlo::notify_type::success;
    if (word == "FAILURE") return ehlo::notify_type::failure;
    inexpressible_ |= word != "DELAY";
    return ehlo::notify_type::delay;
  }

  std::string_view keep(std::string text) {
    texts_.push_back(std::make_unique<std::string>(std::move(text)));
    return *texts_.back();
  }

  std::vector<std::unique_ptr<std::string>> texts_;
  std::vector<ehlo::recipient> recipients_;
  ehlo::envelope envelope_;
  std::string body_;
  bool has_job_ = false;
  bool has_body_ = false;
  bool says_size_ = false;
  bool inexpressible_ = false;
};

}  // namespace ehlo_test
