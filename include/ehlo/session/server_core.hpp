// SPDX-License-Identifier: BSL-1.0
// The server: drives wire/ through protocol/. Not a template; it works in storage given to it. The promises that it
// keeps stand at the top of ehlo/server.hpp.
//
// The members are defined in the files included at the end, one for each idea: how input is taken
// (server_input_side.hpp), commands (server_commands.hpp), messages (server_message.hpp), AUTH (server_auth.hpp), what
// is answered (server_answers.hpp, server_hello.hpp), time and endings (server_clock.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../base/instant.hpp"
#include "../base/text_writer.hpp"
#include "../model/errc.hpp"
#include "../model/reply.hpp"
#include "../model/tls_facts.hpp"
#include "../protocol/server_table.hpp"
#include "../wire/chunk_reader.hpp"
#include "../wire/dot_decoder.hpp"
#include "../wire/line_reader.hpp"
#include "../wire/output_buffer.hpp"
#include "../wire/ready_reply.hpp"
#include "../wire/reply_writer.hpp"
#include "deadline.hpp"
#include "server_event.hpp"
#include "server_options.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

class server_core {
 public:
  server_core(server_core const&) = delete;
  server_core& operator=(server_core const&) = delete;

  /// Takes from the front of `in` what it can use and returns one event. `now` never goes back. Texts in the event live
  /// until the next non-const call. Octets left in `in` are offered again, unchanged, in the next call.
  [[nodiscard("the event may be a question; an unanswered one stops the session")]] server_event next(
      std::string_view& in, instant now) noexcept;

  /// Says yes to the open question with the usual code and this text (a general one if empty).
  /// Returns local_order if none is open. The text may view the event that is being answered.
  errc accept(std::string_view text = {}) noexcept;
  /// The same with a code of the host's: 2yz. Returns local_code if the code or the class of the status does not fit.
  errc accept(reply const& answer) noexcept;
  /// Says no to the open question: 4yz or 5yz; 421 also ends the session. While the text or a chunk of a
  /// message comes in and no question is open, it refuses the message: the rest is swallowed and the reply goes out at
  /// its end. Between two chunks there is nothing to answer: local_order. Returns local_order or local_code.
  errc reject(reply const& answer) noexcept;
  /// One line of a longer answer to vrfy, expn or help, before accept() gives the last one. Returns local_room when
  /// output must be flushed first, local_order if no such question is open.
  [[nodiscard("local_room: the line was not taken")]] errc reply_line(std::string_view text) noexcept;
  /// Answers `auth` or `auth_response` with 334 and the octets in base64 (RFC 4954 4). Returns local_room when they do
  /// not fit into the free output, local_order if no such question is open.
  [[nodiscard("local_room: the challenge was not taken")]] errc challenge(std::string_view octets) noexcept;

  /// What is to be sent, in order. The octets stay where they are until sent() has taken them.
  [[nodiscard]] std::string_view output() const& noexcept EHLO_LIFETIMEBOUND { return out_.waiting(); }
  std::string_view output() && = delete;
  /// The first `count` octets of output() are gone. Returns local_sent if there are fewer.
  errc sent(std::size_t count) noexcept;

  /// The handshake that need_tls asked for has succeeded. Everything that the peer said before it is forgotten (RFC
  /// 3207 4.2). Returns local_order unless need_tls was the last event. The host reads no plaintext between need_tls
  /// and the handshake.
  errc tls_started(tls_facts const& facts) noexcept;
  /// The handshake has failed: the session is over. Returns local_order unless need_tls was the last event.
  errc tls_failed() noexcept;

  /// The peer will send nothing more: it has closed its side (`clean`), or the connection broke. Complete commands
  /// among the octets already offered are still answered; a message is never completed by it. Returns local_order if it
  /// was said before; a clean end may still turn into a broken one, when a write fails.
  errc end_of_input(instant now, bool clean) noexcept;
  /// Ends the session at the next place between two replies, with 421 4.3.2 or this reply, whose text lives as long as
  /// the options. An open question is answered first. Returns local_code unless the code is 421, local_order if it is
  /// over.
  errc shutdown(reply const& farewell = {421, {4, 3, 2}, message(errc::shutdown)}) noexcept;

  /// When on_deadline() is to be called, and for what. It may move with each call of next().
  [[nodiscard]] due deadline() const noexcept;
  /// Ends the session with 421 4.4.2 if its deadline has passed (an open question, with host_timeout: answers 451). If
  /// it was that of output, the peer does not read: what waits is given up, and `closed` comes next. Called early, it
  /// does nothing. Returns local_order if the session is closed.
  errc on_deadline(instant now) noexcept;

  /// Nothing has begun: no command, no message, no handshake, no question, and no reply waits to be sent.
  [[nodiscard]] bool idle() const noexcept {
    return mode_ == mode::commands && told_ == event_type::need_input && out_.empty() && !lines_.partial() &&
           !message_open_;
  }
  /// Where the protocol stands; for logs and tests.
  [[nodiscard]] server_state state() const noexcept { return state_; }
  [[nodiscard]] bool authenticated() const noexcept { return has(server_fact::authenticated); }
  [[nodiscard]] bool tls_active() const noexcept { return has(server_fact::tls_active); }

 protected:
  /// Before anything else is called, it is given storage: `line_size` octets for lines.
  server_core(server_options const& options EHLO_LIFETIMEBOUND, std::size_t line_size, instant now,
              tls_facts const* tls) noexcept;
  void use_storage(char* line, std::span<char> output) noexcept {
    line_ = line;
    out_ = output_buffer{output};
  }
  [[nodiscard]] server_event misuse(errc why) const noexcept;
  ~server_core() {
    if (mode_ == mode::sasl || lines_.partial()) wipe();  // it may hold a password
  }

 private:
  /// What the next octets are; set by the action of a transition.
  enum class mode : std::uint8_t { commands, text, chunk, sasl, tls, hello_lines, verdicts, greeting, end };
  [[nodiscard]] static constexpr bool is_wait(event_type t) noexcept { return t <= event_type::need_tls; }
  /// A step that has nothing to tell yet.
  static constexpr server_event again{static_cast<event_type>(255)};
  /// What is known of a command line before its verb is served.
  struct command {
    std::string_view line;
    verb what = verb::unknown;
    bool bare = false;       ///< it ended in a bare LF
    std::uint16_t word = 0;  ///< the length of the verb
    [[nodiscard]] std::string_view argument() const noexcept;
  };

  // Taking input (server_input_side.hpp).
  server_event proceed(std::string_view& in) noexcept;
  server_event step(std::string_view& in) noexcept;
  void note(server_event const& e, std::size_t offered) noexcept;
  server_event read_command(std::string_view& in) noexcept;
  [[nodiscard]] static command command_of(std::string_view line, bool bare) noexcept;
  server_event need_input_or_end() noexcept;
  server_event hang_up() noexcept;
  server_event take_dropped() noexcept;
  server_event take_begin() noexcept;
  server_event greet() noexcept;
  server_event tell_early_talker() noexcept;
  void turn_away_early_talker() noexcept;
  server_event wait_for_tls(std::string_view& in) noexcept;
  void drop_first(command const& c, errc then, drop_reason reason) noexcept;
  [[nodiscard]] std::size_t line_limit(verb v) const noexcept;
  [[nodiscard]] std::size_t auth_line_limit() const noexcept;

  // Commands (server_commands.hpp).
  server_event execute(command const& c) noexcept;
  server_event serve(server_input input, command const& c) noexcept;
  server_event serve_hello(command const& c) noexcept;
  server_event serve_mail(command const& c) noexcept;
  server_event serve_rcpt(command const& c) noexcept;
  server_event serve_data(command const& c) noexcept;
  server_event serve_bdat(command const& c) noexcept;
  server_event serve_reset(command const& c) noexcept;
  server_event serve_quit(command const& c) noexcept;
  server_event serve_argument(server_input input, command const& c) noexcept;
  server_event serve_starttls(command const& c) noexcept;
  server_event refuse(errc why, command const& c) noexcept;
  [[nodiscard]] static errc error_of(server_step const& to) noexcept;
  [[nodiscard]] bool counts_as_error(errc why) const noexcept;
  [[nodiscard]] bool past_one_flight() const noexcept;
  [[nodiscard]] static std::size_t auth_word(std::string_view line) noexcept;
  void swallow_chunk(errc why, bdat_command const& chunk) noexcept;
  [[nodiscard]] server_input input_of(command const& c) const noexcept;
  [[nodiscard]] static errc first_line_error(std::string_view line) noexcept;
  void ask(server_event& e, bool wanted) noexcept;
  server_event ask(event_type type, command const& c, bool wanted) noexcept;
  [[nodiscard]] bool is_extra_verb(std::string_view line) const noexcept;

  // Messages (server_message.hpp).
  server_event read_text(std::string_view& in) noexcept;
  server_event read_chunk(std::string_view& in) noexcept;
  server_event deliver(std::string_view text) noexcept;
  server_event complete(newlines line_ends, tolerance used) noexcept;
  server_event finish_chunk() noexcept;
  void finish_refused(std::uint32_t replies) noexcept;
  server_event ask_verdict(event_type type) noexcept;
  server_event next_verdict() noexcept;
  void begin_text() noexcept;
  void begin_chunk() noexcept;
  void hold(errc why) noexcept;
  void hold(reply const& verdict) noexcept;
  void end_transaction() noexcept;
  bool write_verdicts() noexcept;

  // AUTH (server_auth.hpp).
  server_event serve_auth(command const& c) noexcept;
  server_event read_sasl(std::string_view& in) noexcept;
  server_event take_response(std::string_view line) noexcept;
  server_event take_credentials(std::size_t at, std::size_t length) noexcept;
  server_event refuse_auth(errc why) noexcept;
  [[nodiscard]] bool offers_mechanism(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view mechanisms() const noexcept;
  void write_challenge(std::string_view base64) noexcept;
  void end_auth() noexcept;
  void fail_auth() noexcept;
  void wipe(std::size_t from = 0) noexcept;

  // Answers (server_answers.hpp).
  [[nodiscard]] bool may_accept(reply const& answer) const noexcept;
  void accepted(ready_reply const& answer) noexcept;
  void rejected(reply const& answer) noexcept;
  void answer_data() noexcept;
  void answer_starttls() noexcept;
  void answer_verdict(ready_reply const& answer, bool yes) noexcept;
  void answer_auth(bool yes) noexcept;
  [[nodiscard]] ready_reply const& usual_answer() const noexcept;
  void say(ready_reply const& r) noexcept;
  void write(reply const& r) noexcept;
  void write_plain(reply const& r) noexcept;
  void write_error(errc why, verb answered = verb::unknown) noexcept;
  void write_greeting(std::string_view text) noexcept;

  // The answer to EHLO (server_hello.hpp).
  void answer_hello(std::string_view text) noexcept;
  bool write_hello_lines() noexcept;
  [[nodiscard]] bool offers(capability c) const noexcept;
  [[nodiscard]] std::size_t hello_line_from(std::size_t index) const noexcept;
  void put_hello_line(std::size_t index, text_writer& line) const noexcept;

  // Time and endings (server_clock.hpp).
  void account(std::size_t offered, instant now) noexcept;
  void close() noexcept;
  server_event say_farewell() noexcept;
  void close_with(errc why) noexcept;
  void drop_message(drop_reason reason) noexcept;
  [[nodiscard]] milliseconds timeout() const noexcept;
  [[nodiscard]] deadline_phase phase() const noexcept;
  [[nodiscard]] bool rate_applies() const noexcept;
  [[nodiscard]] bool in_message() const noexcept;
  [[nodiscard]] instant patience(deadline_phase what) const noexcept;
  void wait_in_window(milliseconds waited) noexcept;
  void new_window() noexcept;

  [[nodiscard]] EHLO_HOT server_step consult(server_input i) const noexcept { return transition(state_, i, facts_); }
  void go(server_input i) noexcept { state_ = consult(i).next; }
  [[nodiscard]] bool has(server_fact f) const noexcept { return (facts_ & f) != server_fact::none; }
  void set(server_fact f, bool on) noexcept {
    facts_ = static_cast<server_fact>(on ? static_cast<unsigned>(facts_ | f)
                                         : static_cast<unsigned>(facts_) & ~static_cast<unsigned>(f));
  }
  [[nodiscard]] bool room_for_reply() const noexcept { return out_.room() >= reply_room + closing_room; }

  server_options const* options_;
  char* line_ = nullptr;
  output_buffer out_{std::span<char>{}};
  chunk_reader chunk_;
  dot_decoder text_;
  line_reader lines_;

  std::uint64_t octets_ = 0;  ///< of the message so far; behind STARTTLS, of what was thrown away
  std::uint64_t unused_ = 0;  ///< octets that were offered and left in `in`
  instant now_{};
  instant waiting_since_{};  ///< since when need_input, need_tls or an open question stands
  instant command_since_{};  ///< since when the command is awaited
  reply farewell_{};         ///< shutdown()'s

  std::uint32_t line_size_;
  std::uint32_t window_ = 0;  ///< milliseconds waited in this window of the minimum rate
  std::uint32_t window_octets_ = 0;
  std::uint32_t recipients_ = 0;    ///< accepted in this transaction
  std::uint32_t verdict_ = 0;       ///< LMTP: recipients answered so far
  std::uint32_t verdicts_due_ = 0;  ///< replies with the held verdict still to write
  std::uint32_t transactions_ = 0;
  std::uint32_t refused_in_row_ = 0;     ///< commands refused since the last accepted one
  tolerance pending_ = tolerance::none;  ///< used by what had no event of its own; told with the next
  std::uint16_t kept_ = 0;               ///< octets at the front of the storage that a LOGIN name occupies
  std::uint16_t errors_ = 0;
  std::uint16_t idle_commands_ = 0;
  // The verdict that waits for the end of a refused message; its text is in the line storage, or static.
  std::uint16_t held_text_ = 0;
  reply_code held_code_{};
  enhanced_code held_status_{};
  errc held_error_ = errc::ok;
  // A command that waits in the storage until message_dropped was given: 1 + its length, and the error it will meet.
  std::uint16_t stashed_ = 0;
  errc stashed_error_ = errc::ok;
  bool stashed_bare_ = false;
  bool line_awaited_ = false;  ///< command_since_ is about the line that is awaited now
  bool some_sent_ = false;     ///< since the last event

  server_state state_ = server_state::connected;
  server_fact facts_ = server_fact::none;
  mode mode_ = mode::greeting;
  event_type question_ = event_type::need_input;  ///< the open question; need_input: none
  event_type told_ = event_type::closed;          ///< the last event
  drop_reason drop_ = drop_reason::none;          ///< message_dropped is due
  verb hello_ = verb::unknown;                    ///< the greeting verb in force
  verb asked_hello_ = verb::unknown;              ///< the one that is being answered
  newlines completed_ = newlines::clean;          ///< of the message that is being answered
  std::uint8_t hello_line_ = 0;                   ///< the next line of the answer to EHLO
  std::uint8_t auth_failures_ = 0;
  std::uint8_t auth_rounds_ = 0;
  enum class sasl_step : std::uint8_t { host, plain, login_name, login_password } sasl_ = sasl_step::host;
  bool begin_due_ = false;     ///< message_begin is due
  bool message_open_ = false;  ///< between message_begin and its end
  bool refused_ = false;       ///< the message or chunk is swallowed
  bool last_chunk_ = false;
  bool by_chunks_ = false;  ///< the open `data` question is about a BDAT
  bool utf8_ = false;       ///< SMTPUTF8 in this transaction
  bool eightbit_ = false;   ///< the body was declared as 8-bit
  bool listed_ = false;     ///< reply_line() has begun the answer
  bool first_line_ = true;
  bool greeted_ = false;                                                 ///< the greeting is written
  enum class early : std::uint8_t { no, due, told } early_ = early::no;  ///< the peer spoke before its greeting
  bool ended_ = false;                                                   ///< end_of_input was called
  bool broken_ = false;                                                  ///< and nothing can be sent any more
  bool stopping_ = false;                                                ///< shutdown was called
  bool bad_options_ = false;
};

}  // namespace ehlo::inline v0::inline EHLO_ISA

#include "server_answers.hpp"
#include "server_auth.hpp"
#include "server_clock.hpp"
#include "server_commands.hpp"
#include "server_hello.hpp"
#include "server_input_side.hpp"
#include "server_message.hpp"
