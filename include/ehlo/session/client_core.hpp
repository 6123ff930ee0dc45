// SPDX-License-Identifier: BSL-1.0
// The client: drives wire/ through protocol/. Not a template; it works in storage given to it. The promises that it
// keeps stand at the top of ehlo/client.hpp.
//
// The members are defined in the files included at the end, one for each idea: how replies are taken
// (client_input_side.hpp), the way to the first transaction (client_opening.hpp, client_auth.hpp), a transaction's
// envelope (client_envelope.hpp) and body (client_body.hpp), what becomes of it (client_outcome.hpp), time and endings
// (client_clock.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../base/instant.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/ehlo_line.hpp"
#include "../model/envelope.hpp"
#include "../model/errc.hpp"
#include "../model/parameters.hpp"
#include "../model/service_offer.hpp"
#include "../model/tls_facts.hpp"
#include "../protocol/client_table.hpp"
#include "../wire/command_writer.hpp"
#include "../wire/dot_encoder.hpp"
#include "../wire/gather_list.hpp"
#include "../wire/reply_reader.hpp"
#include "client_event.hpp"
#include "client_options.hpp"
#include "deadline.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

class client_core {
 public:
  client_core(client_core const&) = delete;
  client_core& operator=(client_core const&) = delete;

  /// Takes from the front of `in` what it can use and returns one event. `now` never goes back. Texts in the event live
  /// until the next non-const call. Octets left in `in` are offered again, unchanged, in the next call.
  [[nodiscard("the event may be an outcome that is told once")]] client_event next(std::string_view& in,
                                                                                   instant now) noexcept;

  /// Begins a transaction when `ready` was told. The envelope, its recipients and all their texts are lent until
  /// `transaction_done`; the outcomes are written into the recipients. Everything is checked before anything is said:
  /// local_reverse_path, local_forward_path (the recipients at fault are marked `malformed`), local_parameter,
  /// local_no_recipients, or what this server cannot take: local_size, local_eightbitmime, local_smtputf8,
  /// local_binarymime, local_dsn, local_requiretls, local_extension, local_limits; advice_for() says what to do.
  /// local_order if a transaction cannot begin now. On any error nothing else has changed.
  [[nodiscard("on an error the message is not sent")]] errc submit(envelope& message EHLO_LIFETIMEBOUND) noexcept;
  errc submit(envelope&& message) = delete;
  /// The next piece of the body when `need_body` was told, and whether it is the last; it may be empty. The octets are
  /// lent until the next need_body or transaction_done. Returns local_order.
  [[nodiscard("on an error the octets were not taken")]] errc body(std::string_view piece EHLO_LIFETIMEBOUND,
                                                                   bool last) noexcept;
  /// Gives the transaction up. Where the server cannot be told (inside the text, or inside a chunk) the connection is
  /// dropped; nothing is ever completed that was given up. Returns local_order if there is no transaction, or its end
  /// has been said.
  errc abort() noexcept;

  /// A single command when `ready` was told: NOOP, VRFY, EXPN, HELP, ETRN, RSET, or a verb of an extension. Its reply
  /// comes with command_done. Returns local_argument for octets that may not stand there, and for the verbs that the
  /// engine says by itself; local_order.
  [[nodiscard("on an error nothing is said")]] errc command(std::string_view verb,
                                                            std::string_view argument = {}) noexcept;
  /// Ends the session when `ready` was told: QUIT. `closed` follows. Returns local_order.
  errc quit() noexcept;

  /// Answers `auth` with the initial response, or `challenge` with the response: its octets, not yet in base64. An
  /// initial response that makes the line too long (RFC 4954 4), or that the options forbid, is not sent: it is asked
  /// for again by an empty challenge. The octets are read before the call returns, and wiped from the output when they
  /// were sent. A server that reports success where a challenge is expected, or before it has seen any response, has
  /// not earned it: peer_auth_failed. Returns local_order, or local_room if they can never fit.
  [[nodiscard("local_room: nothing was said")]] errc respond(std::string_view octets,
                                                             auth_expects next = auth_expects::outcome) noexcept;
  /// Answers `auth` without an initial response. Returns local_order.
  errc respond_later() noexcept;
  /// Answers `challenge` by cancelling the exchange (RFC 4954 4); `failed` follows. Answers `auth` by passing the
  /// mechanism over, as it cannot be used after all: the next of the options' that is offered comes instead, or if
  /// there is none, it goes on as where none was offered. Returns local_order.
  errc cancel() noexcept;

  /// What is to be sent, in order, as views for one writev. The octets stay where they are until sent() has taken them.
  [[nodiscard]] std::span<std::string_view const> output() const& noexcept EHLO_LIFETIMEBOUND { return out_.waiting(); }
  std::span<std::string_view const> output() && = delete;
  /// The first `count` octets of output() are gone. Returns local_sent if there are fewer.
  errc sent(std::size_t count) noexcept;

  /// The handshake that need_tls asked for has succeeded; everything that was known of the server is forgotten (RFC
  /// 3207 4.2). Returns local_order unless need_tls was the last event.
  errc tls_started(tls_facts const& facts) noexcept;
  /// The handshake has failed. Returns local_order unless need_tls was the last event.
  errc tls_failed() noexcept;

  /// The peer will send nothing more: it has closed its side (`clean`), or the connection broke. Replies among the
  /// octets already offered still count. What was written is to be reported by sent() before: whether the end
  /// of a message was is the difference between `refused_for_now` and `unknown`. Returns local_order if it was said
  /// before.
  errc end_of_input(instant now, bool clean) noexcept;

  /// When on_deadline() is to be called, and for what (RFC 5321 4.5.3.2).
  [[nodiscard]] due deadline() const noexcept;
  /// Ends the session if its deadline has passed. Called early, it does nothing. Returns local_order if the session is
  /// closed.
  errc on_deadline(instant now) noexcept;

  /// What the server offers, ignored keywords left out.
  [[nodiscard]] service_offer const& offer() const& noexcept EHLO_LIFETIMEBOUND { return offer_; }
  service_offer const& offer() && = delete;
  /// Where the protocol stands; for logs and tests.
  [[nodiscard]] client_state state() const noexcept { return state_; }
  [[nodiscard]] bool authenticated() const noexcept { return authenticated_; }
  [[nodiscard]] bool tls_active() const noexcept { return tls_active_; }

 protected:
  client_core(client_options const& options EHLO_LIFETIMEBOUND, std::span<char> reply, std::span<char> commands,
              std::span<std::string_view> list, instant now, tls_facts const* tls) noexcept;
  ~client_core() {
    if (secret_) wipe();
  }

 private:
  [[nodiscard]] static constexpr bool is_wait(client_event_type t) noexcept { return t <= client_event_type::ready; }
  /// A step that has nothing to tell yet.
  static constexpr client_event again{static_cast<client_event_type>(255)};

  // Taking input (client_input_side.hpp).
  client_event step(std::string_view& in) noexcept;
  client_event speak() noexcept;
  client_event listen(std::string_view& in) noexcept;
  client_event wait() noexcept;
  client_event take_reply(reply_view const& r, bool bare_lf) noexcept;
  [[nodiscard]] client_event tell_end(client_event_type type) const noexcept;
  void perform(client_action action, reply_view const& r, client_event& e) noexcept;
  void act(client_action action) noexcept;
  void go(client_input i) noexcept;
  void after_reply(reply_phase answered) noexcept;
  void break_protocol(errc why) noexcept;
  void note(client_event const& e) noexcept;
  [[nodiscard]] client_input input_of(reply_view const& r) const noexcept;
  [[nodiscard]] reply_phase phase() const noexcept;
  [[nodiscard]] bool reply_is_due() const noexcept;
  [[nodiscard]] bool was_asked() const noexcept;

  // The way to the first transaction (client_opening.hpp).
  void add(text_writer const& line) noexcept;
  void say(verb what) noexcept;
  void say_hello(verb what) noexcept;
  void ignore_offers() noexcept;
  void after_offer() noexcept;
  void unfit(errc why) noexcept;
  [[nodiscard]] errc why_no_helo() const noexcept;
  void fail(reply_view const& r, reply_phase by) noexcept;
  client_event wait_for_tls(std::string_view& in) noexcept;

  // AUTH (client_auth.hpp).
  [[nodiscard]] bool choose_mechanism(std::uint8_t from) noexcept;
  [[nodiscard]] std::string_view mechanism() const noexcept;
  void begin_auth() noexcept;
  client_event ask_initial() noexcept;
  void pass_over() noexcept;
  bool say_auth(std::string_view initial) noexcept;
  void say_auth_alone() noexcept;
  [[nodiscard]] bool say_response(std::string_view octets) noexcept;
  void add_secret(text_writer const& line) noexcept;
  void say_cancel() noexcept;
  void take_challenge(reply_view const& r, client_event& e) noexcept;
  void ask_host(std::string_view base64, client_event& e) noexcept;
  void wipe() noexcept;

  // The envelope (client_envelope.hpp).
  [[nodiscard]] errc check(envelope& message) noexcept;
  [[nodiscard]] bool is_reverse_path(std::string_view from, bool smtputf8) noexcept;
  [[nodiscard]] errc check_offer(envelope const& message) const noexcept;
  [[nodiscard]] errc check_rest(std::string_view line, std::string_view rest) const noexcept;
  [[nodiscard]] mail_params usable(mail_params params) const noexcept;
  [[nodiscard]] rcpt_params usable(rcpt_params params) const noexcept;
  [[nodiscard]] std::uint32_t recipients_for(envelope const& message) noexcept;
  [[nodiscard]] bool write_step(text_writer& line, std::uint32_t step) const noexcept;
  [[nodiscard]] bool fill_flight() noexcept;
  void open_flight() noexcept;
  void take_envelope_reply(client_action what, reply_view const& r) noexcept;
  void decide_rcpt(recipient& one, reply_view const& r) noexcept;
  void after_rcpt() noexcept;
  [[nodiscard]] std::span<recipient> recipients() const noexcept { return message_->to.first(to_say_); }
  [[nodiscard]] bool pipelines() const noexcept { return offer_.keywords.has(capability::pipelining); }

  // The body (client_body.hpp).
  void start_text(body_type declared) noexcept;
  void begin_text() noexcept;
  void say_lone_dot() noexcept;
  [[nodiscard]] bool wants_body() const noexcept;
  [[nodiscard]] bool send_text() noexcept;
  bool refuse_text() noexcept;
  void end_text() noexcept;
  [[nodiscard]] bool may_start_chunk() const noexcept;
  [[nodiscard]] bool first_chunk() noexcept;
  [[nodiscard]] bool list_chunk(std::size_t size, bool last) noexcept;
  [[nodiscard]] std::size_t view_chunk(std::string_view& rest, std::span<std::string_view> list, bool last) noexcept;
  [[nodiscard]] bool send_chunks() noexcept;
  void after_chunk() noexcept;
  void spoil() noexcept;

  // What becomes of it (client_outcome.hpp).
  static void decide(recipient& one, reply_view const& r, reply_phase by) noexcept;
  static void undecide(recipient& one, outcome state) noexcept;
  void refuse_accepted(reply_view const& r, reply_phase by) noexcept;
  void find_verdict(std::size_t from) noexcept;
  void take_verdict(reply_view const& r) noexcept;
  void take_closing(reply_view const& r, reply_phase by) noexcept;
  void lose(errc why) noexcept;
  void finish(errc why) noexcept;
  void tell_done(client_event& e) noexcept;
  [[nodiscard]] enum advice overall() const noexcept;
  /// From the first octet of the final CRLF . CRLF, or the last one of the last chunk.
  [[nodiscard]] bool end_is_out() const noexcept { return end_from_ != 0 && out_.sent() >= end_from_; }

  // Time and endings (client_clock.hpp).
  void close(errc why, enum advice what) noexcept;
  [[nodiscard]] enum advice advice_when_lost() const noexcept;
  [[nodiscard]] deadline_phase waits_for() const noexcept;
  [[nodiscard]] milliseconds timeout(deadline_phase what) const noexcept;
  [[nodiscard]] bool is_ready() const noexcept;
  [[nodiscard]] client_event misuse(errc why) const noexcept;

  [[nodiscard]] client_step consult(client_input i) const noexcept { return transition(state_, i, facts_); }
  [[nodiscard]] bool has(client_fact f) const noexcept { return (facts_ & f) != client_fact::none; }
  void set(client_fact f, bool on) noexcept {
    facts_ = static_cast<client_fact>(on ? static_cast<unsigned>(facts_ | f)
                                         : static_cast<unsigned>(facts_) & ~static_cast<unsigned>(f));
  }

  client_options const* options_;
  std::span<char> reply_;
  gather_list out_;
  reply_reader reader_;
  dot_encoder text_;
  service_offer offer_;
  envelope* message_ = nullptr;  ///< of the transaction that is under way or about to be told as done
  envelope* last_message_ = nullptr;
  std::string_view piece_;  ///< what is not yet sent of the host's piece of the body

  instant now_{};
  instant waiting_since_{};
  std::size_t unused_ = 0;        ///< octets that were offered and left in `in`
  std::uint64_t noted_sent_ = 0;  ///< out_.sent() when it was last looked at
  std::uint64_t end_from_ = 0;    ///< so many octets sent, and the message may have been delivered
  std::uint32_t to_say_ = 0;      ///< recipients in this transaction
  std::uint32_t said_ = 0;        ///< commands of its script: MAIL, each RCPT, DATA or the first BDAT
  std::uint32_t answered_ = 0;    ///< of these, those with a reply
  std::uint32_t flight_ = 0;      ///< octets of the flight
  std::uint32_t chunks_out_ = 0;  ///< chunks without a reply
  std::uint32_t unsent_ = 0;      ///< commands that the end of input has found not sent whole
  std::uint32_t verdict_ = 0;     ///< LMTP: the recipient whose reply is next
  std::uint32_t accepted_ = 0;
  std::uint32_t transactions_ = 0;
  std::uint32_t domains_ = 0;  ///< for LIMITS RCPTDOMAINMAX
  // The reply that decided, in numbers; its text is in the event.
  reply_code decided_code_{};
  enhanced_code decided_status_{};
  reply_phase decided_by_ = reply_phase::none;

  client_state state_ = client_state::connected;
  client_fact facts_ = client_fact::none;
  client_event_type told_ = client_event_type::closed;
  client_state noted_state_ = client_state::connected;
  errc error_ = errc::ok;    ///< why the session ended
  errc outcome_ = errc::ok;  ///< why the transaction did
  enum advice advice_ = advice::done;
  enum advice outcome_advice_ = advice::done;
  std::uint8_t mechanism_ = 0;
  std::uint8_t auth_rounds_ = 0;
  enum class sasl_step : std::uint8_t {
    ask,
    host,
    plain,
    login_name,
    login_password,
    over,
    cancelled
  } sasl_ = sasl_step::ask;
  bool flight_open_ = false;  ///< further commands go into this flight
  bool piece_given_ = false;  ///< body() was called and its piece is not all listed
  bool piece_last_ = false;
  bool body_ended_ = false;
  bool aborting_ = false;
  bool done_due_ = false;
  bool failed_due_ = false;
  bool question_ = false;
  bool tls_active_ = false;
  bool tls_verified_ = false;
  bool tls_refused_ = false;
  bool authenticated_ = false;
  bool unearned_ = false;  ///< success in the AUTH exchange, as long as this holds
  bool secret_ = false;    ///< the reply storage holds or held one
  bool wipe_due_ = false;  ///< and is to be wiped when the event that may view it is gone
  bool ended_ = false;     ///< end_of_input was called
  bool broken_ = false;    ///< and nothing can be sent any more
  bool cut_ = false;       ///< and output was given up by that
};

}  // namespace ehlo::inline v0::inline EHLO_ISA

#include "client_auth.hpp"
#include "client_body.hpp"
#include "client_clock.hpp"
#include "client_envelope.hpp"
#include "client_input_side.hpp"
#include "client_opening.hpp"
#include "client_outcome.hpp"
