// SPDX-License-Identifier: BSL-1.0
// A client's session as plain text: what the server sends, what the client must say, what its host asks of it and is
// told. The format is described in tests/data/client_sessions/README.md.
#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/client.hpp"
#include "script.hpp"

namespace ehlo_script {

/// The options of a script's client, with the texts that they view.
class client_script_options {
 public:
  client_script_options() { options_.hostname = "client.example"; }
  client_script_options(client_script_options const&) = delete;
  client_script_options& operator=(client_script_options const&) = delete;

  /// Takes a line `option NAME VALUE`; throws script_error.
  void set(std::string const& name, std::string const& value);

  [[nodiscard]] ehlo::client_options const& client() const { return options_; }
  [[nodiscard]] bool implicit_tls() const { return implicit_tls_; }
  [[nodiscard]] ehlo::tls_facts const& tls() const { return tls_; }
  /// Output leaves only where the script says `> sent`.
  [[nodiscard]] bool sends_by_hand() const { return sends_by_hand_; }
  /// What happens depends on which octets come together: the one exception of promise 2.
  [[nodiscard]] bool cuts_matter() const { return cuts_matter_; }

 private:
  bool set_flag(std::string const& name, std::string const& value);
  bool set_number(std::string const& name, std::string const& value);
  bool set_time(std::string const& name, std::string const& value);
  bool set_text(std::string const& name, std::string const& value);
  bool set_choice(std::string const& name, std::string const& value);

  ehlo::client_options options_;
  ehlo::tls_facts tls_;
  bool implicit_tls_ = false;
  bool sends_by_hand_ = false;
  bool cuts_matter_ = false;
  std::deque<std::string> texts_;
};

struct client_script : script_text {
  client_script_options options;
};

/// Reads a script; throws script_error, which names the line.
void parse_client_script(std::string_view text, client_script& out);
void read_client_script(std::filesystem::path const& file, client_script& out);

/// `tls_started` and `option implicit_tls`: what is known of a handshake. Nothing, `verified`, or `insufficient`.
[[nodiscard]] ehlo::tls_facts parse_tls_facts(std::string const& value);

/// An envelope, with all that it lends to the session.
class lent_envelope {
 public:
  /// `PATH WORD...`: parameters as they stand in a MAIL command, and the host's own words `vouched`, `reconnected`.
  void set_from(std::string const& text);
  /// `PATH WORD...`
  void add_recipient(std::string const& text);
  /// The envelope; the recipients do not move any more.
  [[nodiscard]] ehlo::envelope& message() {
    message_.to = to_;
    return message_;
  }
  [[nodiscard]] std::vector<ehlo::recipient> const& to() const { return to_; }

 private:
  std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }

  std::deque<std::string> texts_;
  std::vector<ehlo::recipient> to_;
  ehlo::envelope message_{};
};

}  // namespace ehlo_script
