// SPDX-License-Identifier: BSL-1.0
// ehlo-send: a whole host around the client engine. It sends messages from files (send_message.hpp) on one connection
// (send_stream.hpp), with TLS if it may (tls.hpp), follows the engine's advice, and reports what became of each
// recipient (send_report.hpp). Options: send_options.hpp, or --help.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/client.hpp"
#include "send_message.hpp"
#include "send_options.hpp"
#include "send_report.hpp"
#include "send_stream.hpp"
#include "send_transcript.hpp"
#include "tls.hpp"

namespace {

using namespace sending;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return ehlo::octet(c) < 0x80; });
}

/// One message and those of its recipients that nothing is decided about yet.
struct delivery {
  delivery(options const& o, std::string const& file) : text{file}, envelope{.from = o.from, .params = o.mail} {
    for (std::string_view const address : o.recipients) open.push_back({address, o.rcpt});
  }

  /// Says in the envelope what the message and its addresses need. False: it cannot be read.
  bool prepare() {
    if (!text.open()) return false;
    text.declare(envelope.params);
    for (ehlo::recipient const& r : open) envelope.params.smtputf8 |= !is_ascii(r.path);
    envelope.params.smtputf8 |= !is_ascii(envelope.from);
    envelope.to = open;
    return true;
  }

  outgoing_message text;
  std::vector<ehlo::recipient> open;
  ehlo::envelope envelope;
};
using queue = std::list<delivery>;

void give_up(delivery const& d, report& to, std::string_view outcome, std::string_view why, int exit_status) {
  for (ehlo::recipient const& r : d.open) to.recipient(d.text.name(), r.path, outcome, why, exit_status);
}

/// How a connection ended, and whether anything was decided on it.
struct ending {
  ehlo::errc error = ehlo::errc::ok;
  ehlo::advice advice = ehlo::advice::done;
  std::string why;
  bool progress = false;
};

/// One connection from the greeting to QUIT: sends what is in the queue, and takes out what is done.
class session {
 public:
  session(options const& o, ehlo::client_options const& smtp, tls::context const* context, stream& connection,
          ehlo::tls_facts const* tls_from_the_start, queue& waiting, report& to)
      : options_{o},
        context_{context},
        stream_{connection},
        queue_{waiting},
        report_{to},
        log_{o.transcript},
        texts_{smtp.lmtp},
        smtp_{tls_from_the_start != nullptr ? ehlo::client{smtp, now(), *tls_from_the_start}
                                            : ehlo::client{smtp, now()}} {}

  ending run() {
    for (;;) {
      ehlo::client_event const e = smtp_.next(in_, now());
      log_.event(e, smtp_.state());
      switch (e.type()) {
        using enum ehlo::client_event_type;
        // After each write the engine is asked again: that is how it knows that the peer still takes something.
        case need_input: smtp_.output().empty() ? receive() : send(); break;
        case need_output: send(); break;
        case need_body: give_piece(); break;
        case need_tls: shake_hands(); break;
        case ready:
          if (!submit_next()) smtp_.quit();
          break;
        case reply: texts_.keep(e); break;
        case transaction_done: conclude(e); break;
        case failed: end_.why = with_reply(e.error(), bool{e.reply().code()}); break;
        case closed: return close(e);
        // The engine has name and password, so it does not ask for them; and no single commands are said.
        default: fail(status::software, "an event that nothing here can lead to: ", message(e.error()));
      }
    }
  }

 private:
  void receive() {
    in_ = stream_.read(buffer_, smtp_.deadline().at);
    if (!in_.empty()) return;
    if (stream_.ended())
      smtp_.end_of_input(now(), !stream_.broken());
    else
      smtp_.on_deadline(now());
  }

  void send() {
    std::size_t const count = stream_.write(smtp_.output(), smtp_.deadline().at);
    if (count != 0) {
      log_.sent(smtp_.output(), count, smtp_.state());
      smtp_.sent(count);
      if (!queue_.empty()) report_.progress(queue_.front().text.name(), sent_ += count, queue_.front().text.size());
    } else if (stream_.broken()) {
      lose();
    } else {
      smtp_.on_deadline(now());
    }
  }

  /// Nothing can be sent any more; but a server that has had enough may have said why. What it said is offered to the
  /// engine, which comes back here to send, before it is told of the end.
  void lose() {
    std::copy(in_.begin(), in_.end(), buffer_.begin());
    std::string_view const more = stream_.read(std::span{buffer_}.subspan(in_.size()), now());
    in_ = {buffer_.data(), in_.size() + more.size()};
    if (more.empty()) smtp_.end_of_input(now(), false);
  }

  void shake_hands() {
    if (stream_.start_tls(tls::channel::to(*context_, options_.tls_name, options_.trust()), smtp_.deadline().at)) {
      log_.note("TLS: " + stream_.channel().description());
      smtp_.tls_started(stream_.channel().facts());
    } else {
      end_.why = stream_.error();
      smtp_.tls_failed();
    }
  }

  /// False: there is nothing more to send here.
  bool submit_next() {
    while (!queue_.empty()) {
      delivery& d = queue_.front();
      if (!d.prepare()) {
        drop(d, "not tried", d.text.error(), status::no_input);
        continue;
      }
      ehlo::errc const why = smtp_.submit(d.envelope);
      if (why == ehlo::errc::ok) return begin(d);
      ehlo::advice const what = ehlo::advice_for(why);
      if (what == ehlo::advice::reconnect) {
        end_.why = message(why);
        return false;
      }
      if (why == ehlo::errc::local_forward_path)
        drop_malformed(d);
      else
        drop(d, "not tried", std::string{message(why)}.append(hint(what)), status_of(why, what));
    }
    return false;
  }
  bool begin(delivery& d) {
    log_.note("submit: " + d.text.name() + ", " + std::to_string(d.text.size()) + " octets");
    texts_.forget();
    sent_ = 0;
    // Behind DATA the engine repairs line ends, chunks go out as they are.
    if (options_.smtp.chunking && smtp_.offer().keywords.has(ehlo::capability::chunking))
      d.text.rewind_repaired(options_.smtp.chunk_size);
    else
      d.text.rewind();
    return true;
  }
  void drop(delivery const& d, std::string_view outcome, std::string_view why, int exit_status) {
    give_up(d, report_, outcome, why, exit_status);
    queue_.pop_front();
    end_.progress = true;
  }
  void drop_malformed(delivery& d) {
    std::erase_if(d.open, [&](ehlo::recipient const& r) {
      if (r.state != ehlo::outcome::malformed) return false;
      report_.recipient(d.text.name(), r.path, name_of(r.state), "not an address", status::refused);
      return true;
    });
    if (d.open.empty()) queue_.pop_front();
  }
  static std::string_view hint(ehlo::advice what) {
    return what == ehlo::advice::convert ? "; the message has to be encoded for it" : "";
  }

  void give_piece() {
    std::string_view piece;
    bool last = false;
    if (!queue_.front().text.next(piece, last) || smtp_.body(piece, last) != ehlo::errc::ok) smtp_.abort();
  }

  /// The outcomes; who is to be tried again at once stays in the queue.
  void conclude(ehlo::client_event const& e) {
    delivery& d = queue_.front();
    std::vector<ehlo::recipient> again;
    for (std::size_t i = 0; i != d.open.size(); ++i) {
      ehlo::recipient const& r = d.open[i];
      bool const decided = r.state == ehlo::outcome::delivered || r.state == ehlo::outcome::refused_for_good;
      bool const at_once =
          e.advice() == ehlo::advice::reconnect || (e.advice() == ehlo::advice::next_transaction && r.next_transaction);
      if (!decided && at_once)
        again.push_back({r.path, r.params});
      else
        tell(d, r, texts_.decision(r, i), e);
    }
    d.open = std::move(again);
    if (d.open.empty()) queue_.pop_front();
  }
  void tell(delivery const& d, ehlo::recipient const& r, std::string why, ehlo::client_event const& e) {
    int exit_status = r.state == ehlo::outcome::delivered          ? status::delivered
                      : r.state == ehlo::outcome::refused_for_good ? status::refused
                                                                   : status::later;
    if (!d.text.error().empty() && e.error() == ehlo::errc::local_aborted) {
      why = d.text.error();
      exit_status = status::no_input;
    } else if (e.error() != ehlo::errc::ok && !r.code) {
      why = with_reply(e.error(), is_said_by_reply(e.error()));
      if (r.state == ehlo::outcome::unknown) why += "; it may have been delivered";
      exit_status = status_of(e.error(), e.advice());
    }
    if (r.state == ehlo::outcome::delivered && r.dsn_not_passed_on) why += " (the server sends no notices: no DSN)";
    report_.recipient(d.text.name(), r.path, name_of(r.state), why, exit_status);
    end_.progress = true;
  }

  /// What is wrong, and what the server said to it.
  [[nodiscard]] std::string with_reply(ehlo::errc why, bool was_said) const {
    return std::string{message(why)} + (was_said ? ": " + texts_.last() : "");
  }
  ending close(ehlo::client_event const& e) {
    stream_.close_tls();
    end_.error = e.error();
    end_.advice = e.advice();
    if (end_.error == ehlo::errc::peer_tls_failed)
      end_.why = std::string{message(e.error())} + ": " + end_.why;
    else if (end_.why.empty())
      end_.why = with_reply(e.error(), is_said_by_reply(e.error()));
    return std::move(end_);
  }

  options const& options_;
  tls::context const* context_;
  stream& stream_;
  queue& queue_;
  report& report_;
  transcript log_;
  reply_texts texts_;
  ehlo::client smtp_;
  ending end_;
  std::string_view in_;  ///< what was read and the engine has not used yet
  std::uint64_t sent_ = 0;
  std::array<char, 16384> buffer_;
};

/// One connection. Where it begins in TLS, there is no session before the handshake.
ending use(options const& o, ehlo::client_options const& smtp, tls::context const* context, stream& connection,
           queue& waiting, report& to) {
  std::optional<ehlo::tls_facts> facts;
  if (o.security == security::implicit) {
    if (!connection.start_tls(tls::channel::to(*context, o.tls_name, o.trust()), now() + smtp.command_timeout))
      return {ehlo::errc::peer_tls_failed, ehlo::advice::next_host, "TLS failed: " + connection.error()};
    facts = connection.channel().facts();
    if (o.transcript) say("   -- TLS: ", connection.channel().description());
  }
  return session{o, smtp, context, connection, facts ? &*facts : nullptr, waiting, to}.run();
}

ending connect_and_use(options const& o, ehlo::client_options const& smtp, tls::context const* context, queue& waiting,
                       report& to) {
  if (o.stdio) {
    stream standard{STDIN_FILENO, STDOUT_FILENO};
    return use(o, smtp, context, standard, waiting, to);
  }
  connection_attempt const tried = connect_to(o.host, o.port);
  if (tried.socket < 0)
    return {ehlo::errc::peer_gone, tried.permanent ? ehlo::advice::give_up : ehlo::advice::next_host, tried.error};
  if (o.transcript) say("   -- connected to ", tried.where);
  stream connection{tried.socket, tried.socket};
  return use(o, smtp, context, connection, waiting, to);
}

/// A further connection for what is left, as long as the last one has brought something, and one in clear text where
/// TLS was only a wish.
void send_all(options const& o, tls::context const* context, queue& waiting, report& to) {
  ehlo::client_options smtp = o.smtp;
  ending end;
  while (!waiting.empty()) {
    end = connect_and_use(o, smtp, context, waiting, to);
    if (waiting.empty() || o.stdio) break;
    if (end.advice == ehlo::advice::reconnect_cleartext && smtp.tls != ehlo::tls_policy::never) {
      if (o.transcript) say("   -- ", end.why, "; once more in clear text");
      smtp.tls = ehlo::tls_policy::never;
    } else if (!end.progress) {
      break;
    }
  }
  if (end.advice == ehlo::advice::next_host) end.why += " (another server of the domain may take it)";
  for (delivery const& d : waiting) give_up(d, to, "not tried", end.why, status_of(end.error, end.advice));
}

}  // namespace

int main(int count, char** arguments) {
  options o;
  parse_arguments(o, count, arguments);
  std::signal(SIGPIPE, SIG_IGN);
  queue waiting;
  for (std::string const& file : o.files) {
    outgoing_message& text = waiting.emplace_back(o, file).text;
    // Standard input may take its time; better before there is a connection.
    if (!text.is_readable() || (file == "-" && !text.open())) fail(status::no_input, file, ": ", text.error());
  }
  std::optional<tls::context> context;
  if (o.security != security::never) {
    context = tls::context::for_client(o.ca);
    if (!context->error().empty()) fail(status::no_input, context->error());
  }
  report to{o.stdio};
  send_all(o, context ? &*context : nullptr, waiting, to);
  return to.exit_status();
}
