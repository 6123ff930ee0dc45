// SPDX-License-Identifier: BSL-1.0
// A session script: one SMTP session as plain text, with what the server must say and tell. The format is described in
// tests/data/sessions/README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/server.hpp"

namespace ehlo_script {

/// The options of a script's server, with the texts that they view.
class script_options {
 public:
  script_options() { options_.hostname = "mx.example.org"; }
  script_options(script_options const&) = delete;
  script_options& operator=(script_options const&) = delete;

  /// Takes a line `option NAME VALUE`; throws script_error.
  void set(std::string const& name, std::string const& value);

  [[nodiscard]] ehlo::server_options const& server() const { return options_; }
  [[nodiscard]] bool implicit_tls() const { return implicit_tls_; }
  [[nodiscard]] ehlo::tls_facts const& tls() const { return tls_; }
  /// Whether the session is to have storage for SASL lines of 12288 octets.
  [[nodiscard]] bool large_storage() const { return large_storage_; }

 private:
  bool set_flag(std::string const& name, std::string const& value);
  bool set_number(std::string const& name, std::string const& value);
  bool set_time(std::string const& name, std::string const& value);
  bool set_text(std::string const& name, std::string const& value);
  void add_parameter(std::vector<ehlo::extension_parameter>& list, std::string const& value);
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  ehlo::server_options options_;
  ehlo::tls_facts tls_;
  bool implicit_tls_ = false;
  bool large_storage_ = false;
  std::deque<std::string> texts_;
  std::vector<std::string_view> keywords_;
  std::vector<std::string_view> verbs_;
  std::vector<ehlo::extension_parameter> mail_parameters_;
  std::vector<ehlo::extension_parameter> rcpt_parameters_;
};

struct field {
  std::string name;
  std::string value;
};

struct script_step {
  enum class kind : std::uint8_t {
    input,    ///< the peer's `C:` and `C|`: text is the octets; consecutive ones have been joined
    output,   ///< the session's `S:`: text is one line with its CRLF
    silence,  ///< `S: -`
    event,    ///< `=`: text is the type, fields are what is asserted
    action,   ///< `>`: text is the verb, rest what stands behind it
    check,    ///< `?`: text is what is looked at, rest the value expected
  };
  kind what;
  std::size_t line;
  std::string text;
  std::string rest{};
  std::vector<field> fields{};
  std::string expected_error = "ok";  ///< of an action: `=> local_order`
};

/// What a script says, whoever plays it.
struct script_text {
  std::string name;
  std::vector<script_step> steps;
  std::size_t input_octets = 0;
};

struct script : script_text {
  script_options options;
};

struct script_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// By which letters a script's lines tell the peer from the session that is played.
struct speakers {
  char peer;
  char session;
};

/// Reads the steps of a script, and gives its options to `set`; throws script_error, which names the line.
void parse_steps(std::string_view text, speakers who, script_text& out,
                 std::function<void(std::string const& name, std::string const& value)> const& set);
[[nodiscard]] std::string read_file(std::filesystem::path const& file);

/// Reads the script of a server's session.
void parse_script(std::string_view text, script& out);
void read_script(std::filesystem::path const& file, script& out);

/// `\r \n \t \0 \\ \" \xHH` to octets.
[[nodiscard]] std::string unescape(std::string_view text);
/// Octets to printable text, with the escapes above.
[[nodiscard]] std::string escape(std::string_view octets);
void append_escaped(std::string& out, std::string_view octets);
/// `300s`, `5min`, `20ms`, `1h`.
[[nodiscard]] ehlo::milliseconds parse_duration(std::string_view text);
[[nodiscard]] std::vector<std::string> words(std::string_view text);
[[nodiscard]] std::uint64_t parse_number(std::string_view text);
[[nodiscard]] bool parse_flag(std::string const& value);
[[nodiscard]] ehlo::capability_set parse_capabilities(std::string const& value);
[[nodiscard]] ehlo::tolerance parse_tolerances(std::string const& value);

}  // namespace ehlo_script
