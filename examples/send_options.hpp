// SPDX-License-Identifier: BSL-1.0
// What the clients are told on their command line. Every text is a view of an argument, which outlives the sessions.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/client.hpp"
#include "ehlo/grammar/xtext.hpp"
#include "ehlo/sasl/selection.hpp"
#include "sasl_functions.hpp"
#include "send_dkim.hpp"
#include "tls.hpp"

namespace sending {

inline constexpr char usage[] =
    R"( --to HOST:PORT | --stdio  --from ADDRESS --rcpt ADDRESS...  [options]  FILE...
       ehlo-send --probe HOST  [--ports LIST] [--patience SECONDS] [--helo NAME] [--ca FILE] [--tls-name NAME]
Sends each FILE (- is standard input) as a message, all on one connection, and prints a line for each recipient of each
message with the reply that decided. The addresses are the envelope's: the header of the message is not looked at.
  --to HOST:PORT            the server; [::1]:25 for an IPv6 address. There is no look-up of MX records
  --stdio                   speak SMTP on standard input and output, and report on standard error (ehlo-send only)
  --from ADDRESS            the reverse-path, where bounces go; '' or '<>' if there may be none
  --rcpt ADDRESS            a recipient. Repeatable
  --helo NAME               our name (default: this machine's)
  --lmtp                    speak LMTP
  --patience SECONDS        with a server that does not answer, and with one that does not read (default: 120 to 600,
                            as RFC 5321 4.5.3.2 has it)
Security
  --tls never               nor STARTTLS
  --tls opportunistic       STARTTLS where it is offered, with whatever certificate; otherwise, or where it fails, clear
                            text (RFC 7435). The default without --user
  --tls require             STARTTLS, or nothing is sent. The default with --user
  --tls implicit            TLS from the first octet (port 465)
  --ca FILE                 trust the certificates in this PEM file instead of the machine's
  --tls-name NAME           what the certificate has to prove (default: the HOST of --to)
  --insecure                take any certificate. Otherwise it is verified with require, implicit and --user
  --user NAME               log in, inside TLS, by the strongest mechanism that is offered and permitted
  --password-file FILE      its first line is the password
  --token-file FILE         its first line is a bearer token, for OAUTHBEARER and XOAUTH2
  --client-certificate FILE our certificate and its key (PEM): log in by EXTERNAL; goes without --user
  --act-as NAME             in place of the one who logs in
  --auth LIST               no other mechanisms than these, the preferred ones first: SCRAM-SHA-256,PLAIN
  --auth-minimum STRENGTH   none below clear-text (the default), challenge (the password is not said), mutual (and the
                            server proves that it knows it), channel-bound (and nobody is in between)
  --allow-plaintext-auth    log in outside TLS, too: what is sent can be read by anybody on the way
What is used of what the server offers
  --no-pipelining           one command at a time
  --chunking                send by BDAT where it is offered
  --chunk-size OCTETS       of one chunk (default: 1048576); goes with --chunking
  --dsn-notify LIST         never, or some of success,failure,delay
  --dsn-ret full|headers    what of the message a failure notice returns
  --dsn-envid TEXT          is told with each notice
  --dkim-sign DOMAIN:SELECTOR:KEYFILE
                            sign with this private key (PEM; RSA or Ed25519). Repeatable: each makes a signature
  --transcript              show the dialogue and the engine's events on standard error
  --record FILE             write the session into it, without secrets, for ehlo-explain
  --quiet                   do not tell on standard error what a failure means and how to find its cause
Lines that end in LF alone are sent with CRLF. SIZE, BODY=8BITMIME and SMTPUTF8 are declared as the message needs them.
Looking around (ehlo-send only)
  --probe HOST              go to the ports of a server and tell what it says and offers there, its TLS and certificate,
                            and what is wrong. No message is begun. Status 0 if any port answers as SMTP, else 75
  --ports LIST              which (default: 25,465,587,2525). 465, and N/tls, begin in TLS. At most --patience SECONDS
                            (default: 20) are spent, all ports at the same time
Exit status, the highest that applies to any recipient: 0 delivered; 64 wrong options; 66 a file cannot be read,
or not signed; 69 refused for good; 75 refused for now, or unknown: try again later; 76 the server broke the protocol.
)";

namespace status {
inline constexpr int delivered = 0, wrong_usage = 64, no_input = 66, refused = 69, software = 70, later = 75,
                     protocol = 76;
}

template <class... Texts>
void say(Texts const&... parts) {
  std::string line;
  (line.append(parts), ...);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}
inline std::string_view program = "ehlo-send";

template <class... Texts>
[[noreturn]] void fail(int exit_status, Texts const&... parts) {
  say(program, ": ", parts...);
  std::exit(exit_status);
}

enum class security { unstated, never, opportunistic, require, implicit };

struct probed_port {
  std::uint16_t number = 0;
  bool implicit_tls = false;
};

/// Stays where it is: the engine's options view texts of their own host here.
struct options {
  options() = default;
  options(options const&) = delete;
  options& operator=(options const&) = delete;

  ehlo::client_options smtp{};
  ehlo::mail_params mail{};  ///< as far as they do not depend on the message
  ehlo::rcpt_params rcpt{};
  std::string host, port, tls_name, ca, password, token, client_certificate, envid;
  std::string_view from, password_file, token_file;
  std::vector<ehlo::sasl::mechanism> auth_order{ehlo::sasl::strongest_first.begin(), ehlo::sasl::strongest_first.end()};
  ehlo::sasl::strength auth_minimum = ehlo::sasl::strength::clear_text;
  ehlo::sasl::mechanism_names auth_names;  ///< those that are permitted, in their order
  std::vector<std::string_view> recipients;
  mutable signing_domains signing;  ///< they hash, which changes nothing of what they say
  std::vector<std::string> files;
  ehlo::milliseconds connect_timeout = 30 * ehlo::one_second;  ///< for each address
  enum security security = security::unstated;
  std::vector<probed_port> ports{{25, false}, {465, true}, {587, false}, {2525, false}};
  ehlo::milliseconds patience = 20 * ehlo::one_second;  ///< with one port that is probed
  bool probe = false;
  bool has_from = false;
  bool insecure = false;
  bool stdio = false;
  bool transcript = false;
  std::string record;
  bool quiet = false;

  /// A relay takes any certificate: whoever could forge one could as well suppress the offer of STARTTLS. A password is
  /// only for the server that it belongs to.
  [[nodiscard]] tls::trust trust() const {
    bool const any = insecure || (security == security::opportunistic && !logs_in());
    return any ? tls::trust::any : tls::trust::verified;
  }
  [[nodiscard]] bool logs_in() const { return !smtp.user_name.empty() || !client_certificate.empty(); }
  [[nodiscard]] std::uint16_t port_number() const {
    std::uint16_t number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    return number;
  }
};

inline bool read_address(options& o, std::string_view text) {
  std::size_t const colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  o.host = text.substr(0, colon);
  o.port = text.substr(colon + 1);
  if (o.host.starts_with('[') && o.host.ends_with(']')) o.host = o.host.substr(1, o.host.size() - 2);
  return !o.host.empty();
}

inline bool read_probed_host(options& o, std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  o.host = host;
  return o.probe = !o.host.empty();
}

inline bool read_ports(options& o, std::string_view list) {
  o.ports.clear();
  while (!list.empty()) {
    std::string_view const word = list.substr(0, list.find(','));
    list.remove_prefix((std::min)(word.size() + 1, list.size()));
    probed_port& p = o.ports.emplace_back();
    auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), p.number);
    std::string_view const rest = word.substr(static_cast<std::size_t>(end - word.data()));
    p.implicit_tls = rest == "/tls" || p.number == 465;
    if (error != std::errc{} || p.number == 0 || !(rest.empty() || rest == "/tls")) return false;
  }
  return !o.ports.empty();
}

inline bool read_security(options& o, std::string_view word) {
  constexpr std::string_view names[]{"", "never", "opportunistic", "require", "implicit"};
  auto const* const name = std::find(std::begin(names) + 1, std::end(names), word);
  if (name == std::end(names)) return false;
  o.security = static_cast<security>(name - std::begin(names));
  return true;
}

inline bool read_patience(options& o, std::string_view text) {
  std::uint32_t seconds = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds == 0) return false;
  ehlo::milliseconds const patience = seconds * ehlo::one_second;
  o.patience = patience;
  for (auto* const t : {&o.smtp.greeting_timeout, &o.smtp.command_timeout, &o.smtp.mail_timeout, &o.smtp.rcpt_timeout,
                        &o.smtp.data_timeout, &o.smtp.block_timeout, &o.smtp.verdict_timeout})
    *t = patience;
  for (auto* const t : {&o.smtp.quit_timeout, &o.connect_timeout}) *t = (std::min)(*t, patience);
  return true;
}

inline bool read_notify(options& o, std::string_view list) {
  using enum ehlo::notify_type;
  if (list == "never") return o.rcpt.notify = never, true;
  while (!list.empty()) {
    std::string_view const word = list.substr(0, list.find(','));
    list.remove_prefix((std::min)(word.size() + 1, list.size()));
    ehlo::notify_type const one = word == "success" ? success : word == "failure" ? failure : delay;
    if (one == delay && word != "delay") return false;
    o.rcpt.notify = o.rcpt.notify | one;
  }
  return o.rcpt.notify != unstated;
}

inline bool read_envid(options& o, std::string_view text) {
  o.envid.resize(3 * text.size());
  ehlo::decoded const made = ehlo::encode_xtext(text, o.envid);
  o.envid.resize(made.size);
  return made.valid && !text.empty();
}

inline bool read_auth_order(options& o, std::string_view list) {
  o.auth_order.clear();
  while (!list.empty()) {
    std::string_view const word = list.substr(0, list.find(','));
    list.remove_prefix((std::min)(word.size() + 1, list.size()));
    if (o.auth_order.emplace_back(ehlo::sasl::find_mechanism(word)) == ehlo::sasl::mechanism::none) return false;
  }
  return !o.auth_order.empty();
}

inline bool read_auth_minimum(options& o, std::string_view word) {
  constexpr std::string_view names[]{"", "clear-text", "challenge", "mutual", "channel-bound"};
  auto const* const name = std::find(std::begin(names) + 1, std::end(names), word);
  if (name == std::end(names)) return false;
  o.auth_minimum = static_cast<ehlo::sasl::strength>(name - std::begin(names));
  return true;
}

inline bool read_dkim_sign(options& o, std::string_view text) {
  signing_key_error const e = add_signing_key(o.signing, text);
  if (!e.why.empty()) fail(e.of_file ? status::no_input : status::wrong_usage, "--dkim-sign: ", e.why);
  return true;
}

struct valued_option {
  std::string_view name;
  bool (*set)(options& o, std::string_view value);  ///< false: not a value for it
};

inline constexpr valued_option valued_options[]{
    {"--to", read_address},
    {"--probe", read_probed_host},
    {"--ports", read_ports},
    {"--from", [](options& o, std::string_view value) { return o.from = value, o.has_from = true; }},
    {"--rcpt", [](options& o, std::string_view value) { return !o.recipients.emplace_back(value).empty(); }},
    {"--record", [](options& o, std::string_view value) { return !(o.record = value).empty(); }},
    {"--helo", [](options& o, std::string_view value) { return !(o.smtp.hostname = value).empty(); }},
    {"--patience", read_patience},
    {"--tls", read_security},
    {"--ca", [](options& o, std::string_view value) { return !(o.ca = value).empty(); }},
    {"--tls-name", [](options& o, std::string_view value) { return !(o.tls_name = value).empty(); }},
    {"--user", [](options& o, std::string_view value) { return !(o.smtp.user_name = value).empty(); }},
    {"--password-file", [](options& o, std::string_view value) { return !(o.password_file = value).empty(); }},
    {"--token-file", [](options& o, std::string_view value) { return !(o.token_file = value).empty(); }},
    {"--client-certificate",
     [](options& o, std::string_view value) { return !(o.client_certificate = value).empty(); }},
    {"--act-as", [](options& o, std::string_view value) { return !(o.smtp.authorization_identity = value).empty(); }},
    {"--auth", read_auth_order},
    {"--auth-minimum", read_auth_minimum},
    {"--chunk-size",
     [](options& o, std::string_view value) {
       auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), o.smtp.chunk_size);
       return error == std::errc{} && end == value.data() + value.size() && o.smtp.chunk_size != 0;
     }},
    {"--dsn-notify", read_notify},
    {"--dsn-ret",
     [](options& o, std::string_view value) {
       o.mail.ret = value == "full" ? ehlo::ret_type::full : ehlo::ret_type::headers;
       return value == "full" || value == "headers";
     }},
    {"--dsn-envid", read_envid},
    {"--dkim-sign", read_dkim_sign},
};

inline void read_secret(std::string_view name, std::string_view what, std::string& out) {
  if (name.empty()) return;
  std::ifstream file{std::string{name}};
  if (!std::getline(file, out)) fail(status::no_input, name, ": no ", what, " can be read from it");
  if (out.ends_with('\r')) out.pop_back();
}

/// What we log in with, and by what.
inline void read_login(options& o) {
  if (!o.logs_in()) return;
  read_secret(o.password_file, "password", o.password);
  read_secret(o.token_file, "token", o.token);
  o.smtp.password = o.password;
  bool const in_tls = o.security != security::never;
  if (!crypto::available)
    std::erase_if(o.auth_order, [](auto one) { return info(one).gives > ehlo::sasl::strength::clear_text; });
  ehlo::sasl::selection const by{.order = o.auth_order,
                                 .minimum = o.auth_minimum,
                                 .tls = in_tls,
                                 .allow_overheard = o.smtp.auth_in_cleartext,
                                 .has_password = !o.password.empty(),
                                 .has_token = !o.token.empty(),
                                 .has_channel = in_tls,
                                 .has_certificate = !o.client_certificate.empty()};
  o.smtp.mechanisms = write_permitted(by, o.auth_names);
  if (o.smtp.mechanisms.empty())
    fail(status::wrong_usage, "no mechanism is left that --auth and --auth-minimum permit (--help)");
}

/// The engine's own options, when all others are read.
inline void check_engine(options const& o) {
  if (ehlo::option_error const e = o.smtp.check()) {
    std::string_view const name = e.option == "hostname" ? "helo" : e.option;
    fail(status::wrong_usage, "--", name, ": ", e.why, " (--help)");
  }
}

/// Whatever certificate is shown is looked at.
inline void check_probe(options& o) {
  if (o.stdio || !o.port.empty() || o.has_from || !o.recipients.empty() || !o.files.empty() || o.logs_in())
    fail(status::wrong_usage, "--probe sends nothing: it goes without --to, --from, --rcpt, --user and FILE (--help)");
  o.insecure = true;
  if (o.security == security::unstated) o.security = tls::available ? security::opportunistic : security::never;
  o.smtp.tls = o.security == security::never ? ehlo::tls_policy::never : ehlo::tls_policy::opportunistic;
  if (o.tls_name.empty()) o.tls_name = o.host;
  o.connect_timeout = (std::min)(o.connect_timeout, o.patience / 2);  // so that a second address has its turn
  check_engine(o);
}

/// What only the options together can tell.
inline void check(options& o) {
  auto const wrong = [](auto const&... why) { fail(status::wrong_usage, why..., " (--help)"); };
  if (o.probe) return check_probe(o);
  if (o.stdio == !o.host.empty()) wrong("one of --to and --stdio is needed, and only one");
  if (!o.has_from) wrong("--from is needed; '' where there may be no bounces");
  if (o.recipients.empty()) wrong("--rcpt is needed");
  if (o.files.empty()) wrong("FILE is needed; - for standard input");
  if (std::count(o.files.begin(), o.files.end(), "-") > (o.stdio ? 0 : 1))
    wrong("standard input is not to be had more than once");
  if (o.smtp.user_name.empty() != (o.password_file.empty() && o.token_file.empty()))
    wrong("--user needs --password-file or --token-file, and they need it");
  if (o.security == security::unstated)
    o.security = !tls::available ? security::never : !o.logs_in() ? security::opportunistic : security::require;
  bool const may_use_tls = o.security != security::never;
  if (may_use_tls && !tls::available) wrong("--tls: this program was built without TLS, as OpenSSL was not there");
  if (!may_use_tls && o.logs_in() && !o.smtp.auth_in_cleartext) wrong("--user needs TLS, or --allow-plaintext-auth");
  if (o.tls_name.empty()) o.tls_name = o.host;
  if (may_use_tls && o.tls_name.empty() && o.trust() == tls::trust::verified)
    wrong("--stdio needs --tls-name: nothing else says whom the certificate has to name");
  o.smtp.tls = o.security == security::never           ? ehlo::tls_policy::never
               : o.security == security::opportunistic ? ehlo::tls_policy::opportunistic
                                                       : ehlo::tls_policy::require;
  read_login(o);
  o.mail.envid = o.envid;
  o.smtp.newline = ehlo::bare_newline::normalize;
  check_engine(o);
}

inline void parse_arguments(options& o, int count, char** arguments) {
  if (count > 0) program = arguments[0];
  program.remove_prefix(program.rfind('/') + 1);
  static char machine[256] = "localhost";
  o.smtp.hostname = gethostname(machine, sizeof machine - 1) == 0 ? machine : "localhost";
  bool no_pipelining = false;
  struct {
    std::string_view name;
    bool* value;
  } const flags[]{{"--stdio", &o.stdio},
                  {"--lmtp", &o.smtp.lmtp},
                  {"--insecure", &o.insecure},
                  {"--allow-plaintext-auth", &o.smtp.auth_in_cleartext},
                  {"--no-pipelining", &no_pipelining},
                  {"--chunking", &o.smtp.chunking},
                  {"--transcript", &o.transcript},
                  {"--quiet", &o.quiet}};
  bool only_files = false;
  for (int i = 1; i < count; ++i) {
    std::string_view const name = arguments[i];
    auto const named = [name](auto const& option) { return option.name == name; };
    if (only_files || !name.starts_with("--")) {
      if (!only_files && name.size() > 1 && name.starts_with('-')) fail(status::wrong_usage, "no such option: ", name);
      o.files.emplace_back(name);
    } else if (name == "--") {
      only_files = true;
    } else if (name == "--help") {
      std::printf("usage: %.*s%s", static_cast<int>(program.size()), program.data(), usage);
      std::exit(0);
    } else if (auto const* const flag = std::find_if(std::begin(flags), std::end(flags), named);
               flag != std::end(flags)) {
      *flag->value = true;
    } else {
      auto const* const option = std::find_if(std::begin(valued_options), std::end(valued_options), named);
      if (option == std::end(valued_options)) fail(status::wrong_usage, "no such option: ", name, " (--help)");
      if (++i == count) fail(status::wrong_usage, name, " needs a value");
      if (!option->set(o, arguments[i])) fail(status::wrong_usage, name, ": '", arguments[i], "' is no value for it");
    }
  }
  if (no_pipelining) o.smtp.ignored.add(ehlo::capability::pipelining);
  check(o);
}

/// For a host whose loop knows sockets only.
inline void refuse_what_only_ehlo_send_does(options const& o) {
  if (o.stdio || o.probe) fail(status::wrong_usage, o.probe ? "--probe" : "--stdio", ": only ehlo-send does that");
}

/// Whom to trust, before anybody connects; without a value where no TLS is wanted.
inline std::optional<tls::context> tls_context(options const& o) {
  if (o.security == security::never) return {};
  tls::context made = tls::context::for_client(o.ca);
  if (!o.client_certificate.empty()) made.show(o.client_certificate);
  if (!made.error().empty()) fail(status::no_input, made.error());
  return made;
}

}  // namespace sending
