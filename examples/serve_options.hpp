// SPDX-License-Identifier: BSL-1.0
// What ehlo-serve is told on its command line. Every text is a view of an argument, which outlives the sessions.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/grammar/mailbox.hpp"
#include "ehlo/route/relay.hpp"
#include "ehlo/server.hpp"
#include "serve_users.hpp"
#include "tls.hpp"

namespace serve {

inline constexpr char usage[] =
    R"(usage: ehlo-serve --stdio | --listen ADDRESS:PORT  [options]
  --stdio                   speak SMTP on standard input and output: one session
  --listen ADDRESS:PORT     serve connections; [::1]:2525 for IPv6; port 0 takes a free one
  --hostname NAME           our name (default: this machine's)
  --maildir DIR             where messages are stored; without it they are accepted and thrown away
  --discard                 throw them away, and say nothing of it
  --profile strict|interoperable|lenient        what is tolerated (default: interoperable)
  --bare-newline reject|normalize               CR or LF alone in a message (default: the profile's)
  --max-size OCTETS         of a message (default: 50000000; 0: no limit)
  --max-recipients N        of a message (default: 1000; at least 100)
  --lmtp                    speak LMTP
  --local-domain DOMAIN     take mail for it, beside mail for our name; '.DOMAIN': for those below it; '[192.0.2.1]':
                            for that address; '*': for every domain, whoever sends it. Repeatable
  --relay-domain DOMAIN     take mail for it as a relay does, though it goes into the same Maildir. Repeatable
  --relay-from NETWORK      who may send to everybody: 192.0.2.0/24 or 2001:db8::/32. Repeatable
  --refuse ADDRESS=REPLY    answer this recipient with a 4yz or 5yz: 'a@b=450 4.2.1 later'. Repeatable
  --starttls CERT KEY       offer STARTTLS, with the certificate (and its chain) and the key in these PEM files
  --implicit-tls CERT KEY   begin every connection in TLS (port 465)
  --require-tls             530 before STARTTLS
  --user NAME:PASSWORD      may log in, inside TLS, by SCRAM (bound to its channel, too), CRAM-MD5, PLAIN or LOGIN.
                            Repeatable
  --token NAME:TOKEN        may log in with a bearer token, inside TLS, by OAUTHBEARER or XOAUTH2. Repeatable
  --allow-plaintext-auth    outside TLS, too: what is sent can be read by anybody on the way
  --proxy-protocol          every connection begins with a PROXY header, of version 1 or 2; a load balancer sends it
  --xclient-from ADDRESS    who may say, by XCLIENT, for whom it speaks. Repeatable
  --patience SECONDS        with a silent client, and with one that does not read (default: 300; RFC 5321 4.5.3.2.7)
  --authenticate report|enforce
                            check by SPF, DKIM and DMARC who sends, and write the results before the message (ehlo-serve
                            only). report: nothing is refused for them. enforce: what the policy of the author's domain
                            rejects is refused, and what names no author; what it quarantines goes into the folder
                            .Junk of the Maildir; without a policy, SPF's `fail` is refused unless a signature is valid;
                            what the DNS leaves open is refused for now; nothing of a client without an address, as on
                            --stdio. Always refused: a header of more than 65536 octets. Not checked: who has logged in,
                            and who is in a --relay-from
  --dns ADDRESS[:PORT],...  the name servers that are asked for it (default: the system's)
  --dns-patience SECONDS    how long a message waits for them (default: 20)
  --threads N               as many loops, each with a thread of its own (ehlo-serve only)
  --once                    end after the first connection
  --transcript              show the dialogue and the engine's events on standard error
  --record DIR              write each session into a file there, without secrets, for ehlo-explain
)";

/// Checking senders takes c-ares and OpenSSL.
#if defined(EHLO_HAS_CARES) && defined(EHLO_HAS_OPENSSL)
inline constexpr bool can_authenticate = true;
#else
inline constexpr bool can_authenticate = false;
#endif

template <class... Texts>
void say(Texts const&... parts) {
  std::string line;
  (line.append(parts), ...);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}
inline std::string_view program = "ehlo-serve";

/// Status 2: wrong options; 1: what they ask for is not to be had.
template <class... Texts>
[[noreturn]] void fail(int status, Texts const&... parts) {
  say(program, ": ", parts...);
  std::exit(status);
}

struct refusal {
  std::string_view address;
  ehlo::reply reply;
};

/// What becomes of a sender who is not who he says.
enum class authenticate : std::uint8_t { no, report, enforce };

struct options {
  ehlo::server_options smtp{.hostname = {}, .max_message_size = 50'000'000};
  ehlo::server_options smtp_with_xclient;  ///< for those in `xclients`
  std::string_view listen, maildir, record;
  std::vector<std::string_view> local_domains, relay_domains;
  std::vector<ehlo::address_literal> own_addresses;
  std::vector<ehlo::ip_network> relay_from;
  bool takes_everything = false;  ///< `--local-domain '*'`
  serve::users users;
  std::vector<refusal> refusals;
  std::string certificate, key;            ///< the files; empty: no TLS
  std::vector<std::string_view> xclients;  ///< addresses
  serve::authenticate authenticate = authenticate::no;
  std::string_view dns;
  ehlo::milliseconds dns_patience = 20 * ehlo::one_second;
  unsigned threads = 1;
  bool stdio = false;
  bool discard = false;
  bool proxy_protocol = false;
  bool implicit_tls = false;
  bool plaintext_auth = false;
  bool once = false;
  bool transcript = false;

  [[nodiscard]] ehlo::server_options const& options_for(std::string_view peer) const {
    return std::find(xclients.begin(), xclients.end(), peer) != xclients.end() ? smtp_with_xclient : smtp;
  }

  /// Views of this object.
  [[nodiscard]] ehlo::route::relay_options relay() const {
    return {.local_domains = local_domains,
            .relay_domains = relay_domains,
            .networks = relay_from,
            .own_addresses = own_addresses,
            .authentication_offered = !users.empty()};
  }

  [[nodiscard]] ehlo::reply const* refusal_of(std::string_view address) const {
    for (refusal const& r : refusals)
      if (ehlo::equal_ignoring_case(r.address, address)) return &r.reply;
    return nullptr;
  }
};

/// `450 4.2.1 later`, the enhanced code and the text optional; a code of 0 if it is none.
inline ehlo::reply parse_refusal(char const* text) {
  std::uint16_t code = 0;
  auto [at, error] = std::from_chars(text, text + std::strlen(text), code);
  if (error != std::errc{} || code < 400 || code > 599 || (*at != ' ' && *at != '\0')) return {};
  ehlo::reply r{code};
  unsigned c = 0, subject = 0, detail = 0;
  int length = 0;
  if (std::sscanf(at, " %1u.%3u.%3u%n", &c, &subject, &detail, &length) == 3) {
    r.status = {static_cast<std::uint8_t>(c), static_cast<std::uint16_t>(subject), static_cast<std::uint16_t>(detail)};
    if (!r.status.fits(code)) return {};
    at += length;
  }
  r.text = at + (*at == ' ' ? 1 : 0);
  return r;
}

/// ADDRESS=REPLY; an address may hold `=` itself, so it ends at the first one with a reply behind it.
inline bool add_refusal(options& o, char const* text) {
  for (char const* equals = text; (equals = std::strchr(equals, '=')) != nullptr; ++equals) {
    ehlo::reply const reply = parse_refusal(equals + 1);
    if (!reply.code || equals == text) continue;
    o.refusals.push_back({{text, static_cast<std::size_t>(equals - text)}, reply});
    return true;
  }
  return false;
}

inline bool add_user(options& o, char const* text) {
  char const* const colon = std::strchr(text, ':');
  if (colon == nullptr || colon == text) return false;
  o.users.add({text, static_cast<std::size_t>(colon - text)}, colon + 1);
  return true;
}

inline bool add_token(options& o, char const* text) {
  char const* const colon = std::strchr(text, ':');
  if (colon == nullptr || colon == text || colon[1] == '\0') return false;
  o.users.add_token({text, static_cast<std::size_t>(colon - text)}, colon + 1);
  return true;
}

inline bool add_local_domain(options& o, char const* text) {
  std::string_view domain = text;
  if (domain == "*") return o.takes_everything = true;
  if (ehlo::address_literal const own = ehlo::parse_address_literal(domain); own.kind != ehlo::literal_kind::none) {
    o.own_addresses.push_back(own);
    return true;
  }
  o.local_domains.push_back(domain);
  if (domain.starts_with('.')) domain.remove_prefix(1);
  return ehlo::is_domain(domain, ehlo::tolerance::loose_domain, true);
}

inline bool add_relay_domain(options& o, char const* text) {
  std::string_view domain = o.relay_domains.emplace_back(text);
  if (domain.starts_with('.')) domain.remove_prefix(1);
  return ehlo::is_domain(domain, ehlo::tolerance::loose_domain, true);
}

inline bool add_relay_network(options& o, char const* text) {
  return parse_ip_network(text, o.relay_from.emplace_back());
}

template <class Value>
bool choose(Value& to, std::string_view word, std::initializer_list<std::pair<std::string_view, Value>> choices) {
  for (auto const& [name, value] : choices)
    if (name == word) return to = value, true;
  return false;
}

template <class Number>
bool read_number(Number& to, std::string_view text) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc{} && end == text.data() + text.size();
}

inline bool set_authentication(options& o, char const* text) {
  return choose<authenticate>(o.authenticate, text,
                              {{"report", authenticate::report}, {"enforce", authenticate::enforce}});
}

struct valued_option {
  std::string_view name;
  bool (*set)(options& o, char const* value);  ///< false: not a value for it
};

inline bool read_seconds(ehlo::milliseconds& to, char const* text) {
  if (!read_number(to, text) || to <= 0 || to > 1'000'000) return false;
  to *= ehlo::one_second;
  return true;
}
inline bool set_patience(options& o, char const* text) {
  if (!read_seconds(o.smtp.command_timeout, text)) return false;
  o.smtp.data_timeout = o.smtp.write_timeout = o.smtp.command_timeout;
  return true;
}

inline constexpr valued_option valued_options[]{
    {"--listen", [](options& o, char const* value) { return !(o.listen = value).empty(); }},
    {"--hostname", [](options& o, char const* value) { return !(o.smtp.hostname = value).empty(); }},
    {"--maildir", [](options& o, char const* value) { return !(o.maildir = value).empty(); }},
    {"--record", [](options& o, char const* value) { return !(o.record = value).empty(); }},
    {"--max-size", [](options& o, char const* value) { return read_number(o.smtp.max_message_size, value); }},
    {"--max-recipients", [](options& o, char const* value) { return read_number(o.smtp.max_recipients, value); }},
    {"--local-domain", add_local_domain},
    {"--relay-domain", add_relay_domain},
    {"--relay-from", add_relay_network},
    {"--refuse", add_refusal},
    {"--xclient-from", [](options& o, char const* value) { return !o.xclients.emplace_back(value).empty(); }},
    {"--patience", set_patience},
    {"--authenticate", set_authentication},
    {"--dns", [](options& o, char const* value) { return !(o.dns = value).empty(); }},
    {"--dns-patience", [](options& o, char const* value) { return read_seconds(o.dns_patience, value); }},
    {"--threads", [](options& o, char const* value) { return read_number(o.threads, value) && o.threads != 0; }},
    {"--user", add_user},
    {"--token", add_token},
    {"--profile",
     [](options& o, char const* value) {
       return choose<ehlo::tolerance>(
           o.smtp.tolerances, value,
           {{"strict", ehlo::strict}, {"interoperable", ehlo::interoperable}, {"lenient", ehlo::lenient}});
     }},
    {"--bare-newline",
     [](options& o, char const* value) {
       return choose<ehlo::bare_newline>(
           o.smtp.newline, value,
           {{"reject", ehlo::bare_newline::reject}, {"normalize", ehlo::bare_newline::normalize}});
     }},
};

/// Exit status 64: the options are right, but this program was built without what they need.
inline void read_certificate(options& o, std::string_view name, char** files, int given) {
  if (!tls::available) fail(64, name, ": this program was built without TLS, as OpenSSL was not there");
  if (given < 2) fail(2, name, " needs two values: the file of the certificate and the file of its key");
  if (!o.certificate.empty()) fail(2, name, ": there is a certificate already; only one is served");
  o.certificate = files[0];
  o.key = files[1];
  o.implicit_tls = name == "--implicit-tls";
  if (!o.implicit_tls) o.smtp.offer.add(ehlo::capability::starttls);
}

/// What is offered to these users, the strongest first.
inline std::string_view mechanisms(users const& who, bool in_tls) {
  static std::string lists[2];  // options move, and the engine's view it
  std::string& names = lists[in_tls ? 1 : 0];
  auto const add = [&names](std::string_view more) { names.append(names.empty() ? "" : " ").append(more); };
  if (who.have_passwords() && crypto::available && in_tls) add("SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS");
  if (who.have_passwords() && crypto::available) add("SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5");
  if (who.have_tokens()) add("OAUTHBEARER XOAUTH2");
  if (who.have_passwords()) add("PLAIN LOGIN");
  return names;
}

/// Who may log in, and where.
inline void check_auth(options& o) {
  if (o.users.empty()) {
    if (o.plaintext_auth) fail(2, "--allow-plaintext-auth needs a --user or --token");
    return;
  }
  bool const in_tls = !o.certificate.empty();
  if (!in_tls && !o.plaintext_auth)
    fail(2, "--user needs --starttls, --implicit-tls or --allow-plaintext-auth: nobody could log in otherwise");
  if (o.plaintext_auth && (o.smtp.require_tls || o.implicit_tls))
    fail(2, "--allow-plaintext-auth has no meaning with --require-tls or --implicit-tls");
  o.smtp.offer.add(ehlo::capability::auth);
  if (crypto::available && o.users.have_passwords() && !o.users.make_keys())
    fail(2, "--user: the password has to be UTF-8, of 255 octets at most");
  if (in_tls) o.smtp.auth_mechanisms = mechanisms(o.users, true);
  if (o.plaintext_auth) o.smtp.auth_mechanisms_cleartext = mechanisms(o.users, false);
}

inline void check_authentication(options const& o) {
  bool const asked = o.authenticate != authenticate::no;
  if (asked && !can_authenticate)
    fail(64, "--authenticate: only ehlo-serve does that, where it was built with both c-ares and OpenSSL");
  if (!asked && !o.dns.empty()) fail(2, "--dns: without --authenticate nothing is asked");
}

/// What only the options together can tell.
inline void check(options& o) {
  if (o.stdio == !o.listen.empty()) fail(2, "one of --stdio and --listen is needed, and only one");
  if (o.discard && !o.maildir.empty()) fail(2, "--discard and --maildir contradict each other");
  if (o.threads > 1 && o.stdio) fail(2, "--threads: a session on --stdio has one");
  if (o.smtp.require_tls && o.certificate.empty()) fail(2, "--require-tls needs --starttls or --implicit-tls");
  check_auth(o);
  check_authentication(o);
  o.smtp_with_xclient = o.smtp;
  o.smtp_with_xclient.offer.add(ehlo::capability::xclient);
  o.smtp_with_xclient.xclient_attributes = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";
  if (ehlo::option_error const wrong = o.smtp.check()) {
    std::string name{wrong.option};
    std::replace(name.begin(), name.end(), '_', '-');
    fail(2, "--", name, ": ", wrong.why);
  }
  // In a Received line nothing else may stand; mail for it is ours.
  if (!ehlo::is_host(o.smtp.hostname) || !add_local_domain(o, o.smtp.hostname.data()))
    fail(2, "--hostname: '", o.smtp.hostname, "' is neither a domain nor an address literal");
}

inline options parse_arguments(int count, char** arguments) {
  static char machine[256] = "localhost";
  options o;
  program = arguments[0];
  program.remove_prefix(program.rfind('/') + 1);
  o.smtp.hostname = gethostname(machine, sizeof machine - 1) == 0 ? machine : "localhost";
  struct {
    std::string_view name;
    bool* value;
  } const flags[]{{"--stdio", &o.stdio},
                  {"--discard", &o.discard},
                  {"--proxy-protocol", &o.proxy_protocol},
                  {"--lmtp", &o.smtp.lmtp},
                  {"--require-tls", &o.smtp.require_tls},
                  {"--allow-plaintext-auth", &o.plaintext_auth},
                  {"--once", &o.once},
                  {"--transcript", &o.transcript}};
  for (int i = 1; i < count; ++i) {
    std::string_view const name = arguments[i];
    if (name == "--help") {
      std::fputs(usage, stdout);
      std::exit(0);
    }
    auto const named = [name](auto const& option) { return option.name == name; };
    if (auto const* const flag = std::find_if(std::begin(flags), std::end(flags), named); flag != std::end(flags)) {
      *flag->value = true;
      continue;
    }
    if (name == "--starttls" || name == "--implicit-tls") {
      read_certificate(o, name, arguments + i + 1, count - i - 1);
      i += 2;
      continue;
    }
    auto const* const option = std::find_if(std::begin(valued_options), std::end(valued_options), named);
    if (option == std::end(valued_options)) fail(2, "no such option: ", name, " (--help lists them)");
    if (++i == count) fail(2, name, " needs a value");
    if (!option->set(o, arguments[i])) fail(2, name, ": '", arguments[i], "' is not a value for it (--help)");
  }
  check(o);
  return o;
}

}  // namespace serve
