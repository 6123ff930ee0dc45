// SPDX-License-Identifier: BSL-1.0
// What a failure means: a table as an experienced postmaster would fill it in, and nothing registered without an
// answer.
#include "ehlo/trace/diagnosis.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "ehlo/model/enhanced_text.hpp"
#include "ehlo/model/errc_name.hpp"
#include "ehlo/trace/diagnosis_text.hpp"

namespace {

using namespace ehlo;
using trace::command_values;
using trace::diagnose;
using trace::diagnosis;
using trace::failure;
using trace::stage;
using trace::tls_state;
using via = trace::transport_failure;

constexpr bool means(failure const& f, std::string_view name) { return diagnose(f).name == name; }
constexpr bool reply_means(stage at, std::uint16_t code, enhanced_code status, std::string_view name) {
  return means({.at = at, .code = code, .status = status}, name);
}
constexpr bool error_means(errc error, stage at, std::string_view name) {
  return means({.error = error, .at = at}, name);
}

// Names, connections, TLS.
static_assert(means({.transport = via::name_not_found, .at = stage::resolve}, "host_not_found"));
static_assert(means({.transport = via::name_server_failed}, "dns_failed"));
static_assert(means({.transport = via::refused, .at = stage::connect, .port = 25}, "connection_refused"));
static_assert(means({.transport = via::timeout, .at = stage::connect, .port = 25}, "port_25_blocked"));
static_assert(means({.transport = via::timeout, .at = stage::connect, .port = 587}, "connection_timeout"));
static_assert(means({.transport = via::tls_not_spoken, .port = 465}, "tls_not_spoken"));
static_assert(means({.transport = via::tls_not_spoken, .port = 587}, "starttls_expected"));
static_assert(means({.transport = via::certificate_expired, .error = errc::peer_tls_failed}, "certificate_expired"));
static_assert(means({.transport = via::reset, .at = stage::connect}, "connection_reset"));
static_assert(means({.transport = via::reset, .at = stage::verdict}, "outcome_unknown"));

// Connections that are lost or stand still, by stage (RFC 5321 3.8, 4.5.3.2).
constexpr failure in_clear_on_465{.at = stage::greeting, .port = 465, .tls = tls_state::cleartext};
constexpr bool clear_on_465_means(errc error, std::string_view name) {
  failure f = in_clear_on_465;
  f.error = error;
  return means(f, name);
}
static_assert(clear_on_465_means(errc::peer_timeout, "implicit_tls_expected"));
static_assert(clear_on_465_means(errc::peer_gone, "implicit_tls_expected"));
static_assert(clear_on_465_means(errc::peer_reply, "implicit_tls_expected"), "an alert of TLS");
static_assert(error_means(errc::peer_gone, stage::greeting, "lost_before_greeting"));
static_assert(error_means(errc::peer_timeout, stage::greeting, "no_greeting"));
static_assert(error_means(errc::peer_gone, stage::hello, "lost_in_hello"));
static_assert(error_means(errc::peer_gone, stage::tls, "lost_in_tls"));
static_assert(error_means(errc::peer_gone, stage::auth, "lost_in_auth"));
static_assert(error_means(errc::peer_gone, stage::rcpt, "lost_in_envelope"));
static_assert(error_means(errc::peer_gone, stage::text, "lost_in_message"));
static_assert(error_means(errc::peer_gone, stage::verdict, "outcome_unknown"));
static_assert(error_means(errc::peer_timeout, stage::verdict, "verdict_timeout"));
static_assert(error_means(errc::peer_timeout, stage::text, "timeout_in_message"));
static_assert(error_means(errc::peer_gone, stage::ready, "connection_lost"));
static_assert(error_means(errc::peer_reply, stage::greeting, "no_smtp"));
static_assert(error_means(errc::peer_reply, stage::rcpt, "malformed_reply"));
static_assert(error_means(errc::peer_surplus_reply, stage::text, "surplus_reply"));

// What is needed and not there.
static_assert(error_means(errc::peer_tls_unavailable, stage::hello, "starttls_not_offered"));
static_assert(error_means(errc::peer_tls_failed, stage::tls, "tls_failed"));
static_assert(means({.error = errc::peer_auth_unavailable, .tls = tls_state::active}, "login_not_offered"));
static_assert(means({.error = errc::peer_auth_unavailable, .tls = tls_state::cleartext},
                    "login_not_offered_in_cleartext"));
static_assert(error_means(errc::local_size, stage::ready, "too_large_for_server"));
static_assert(error_means(errc::local_smtputf8, stage::ready, "smtputf8_needed"));
static_assert(error_means(errc::local_eightbitmime, stage::ready, "eightbitmime_needed"));
static_assert(error_means(errc::local_order, stage::ready, "program_fault"));

// Logging in and TLS (RFC 4954 6, RFC 3207 4).
static_assert(reply_means(stage::auth, 535, {5, 7, 8}, "auth_failed"));
static_assert(reply_means(stage::auth, 535, {5, 7, 139}, "auth_failed"), "Microsoft 365");
static_assert(reply_means(stage::auth, 535, {}, "auth_failed"));
static_assert(reply_means(stage::auth, 534, {5, 7, 9}, "mechanism_too_weak"), "Gmail: an app password is needed");
static_assert(reply_means(stage::auth, 538, {5, 7, 11}, "encryption_required"));
static_assert(reply_means(stage::auth, 432, {4, 7, 12}, "password_transition"));
static_assert(reply_means(stage::auth, 454, {4, 7, 0}, "auth_failed_for_now"));
static_assert(reply_means(stage::auth, 504, {5, 5, 4}, "mechanism_not_available"));
static_assert(reply_means(stage::auth, 421, {4, 7, 0}, "too_many_logins"));
static_assert(reply_means(stage::auth, 525, {5, 7, 13}, "account_disabled"));
static_assert(reply_means(stage::starttls, 454, {}, "tls_not_available_now"));
static_assert(means({.error = errc::peer_tls_unavailable, .at = stage::starttls, .code = 454},
                    "tls_not_available_now"));
static_assert(means({.at = stage::mail, .code = 530, .status = {5, 7, 0}}, "tls_or_auth_required"));
static_assert(means({.at = stage::mail, .code = 530, .tls = tls_state::active}, "auth_required"));
static_assert(reply_means(stage::hello, 502, {}, "ehlo_not_known"));

// Who we are (RFC 5321 3.1, 7.8, RFC 7504).
static_assert(reply_means(stage::greeting, 554, {}, "blocked"));
static_assert(reply_means(stage::greeting, 554, {5, 7, 1}, "blocked"));
static_assert(reply_means(stage::hello, 550, {5, 7, 1}, "blocked"));
static_assert(reply_means(stage::greeting, 421, {4, 7, 0}, "blocked_for_now"));
static_assert(reply_means(stage::greeting, 421, {}, "no_service_now"));
static_assert(reply_means(stage::greeting, 521, {}, "takes_no_mail"));
static_assert(reply_means(stage::hello, 504, {5, 5, 2}, "syntax_refused"), "Postfix, of a name that is no full domain");

// The recipient.
static_assert(reply_means(stage::rcpt, 550, {5, 1, 1}, "unknown_user"));
static_assert(reply_means(stage::rcpt, 550, {}, "recipient_refused"));
static_assert(reply_means(stage::rcpt, 550, {5, 4, 1}, "recipient_not_accepted"), "Microsoft 365");
static_assert(reply_means(stage::rcpt, 550, {5, 1, 2}, "bad_domain"));
static_assert(reply_means(stage::rcpt, 556, {5, 1, 10}, "null_mx"));
static_assert(reply_means(stage::rcpt, 556, {}, "null_mx"));
static_assert(reply_means(stage::rcpt, 452, {4, 2, 2}, "mailbox_full"));
static_assert(reply_means(stage::rcpt, 552, {5, 2, 2}, "mailbox_full"));
static_assert(reply_means(stage::rcpt, 452, {4, 5, 3}, "too_many_recipients"));
static_assert(reply_means(stage::rcpt, 450, {4, 7, 1}, "greylisted"));
static_assert(reply_means(stage::rcpt, 451, {4, 7, 1}, "greylisted"));
static_assert(reply_means(stage::rcpt, 450, {4, 2, 0}, "greylisted"));
static_assert(reply_means(stage::rcpt, 451, {}, "greylisted"));
static_assert(reply_means(stage::rcpt, 554, {5, 7, 1}, "relay_denied"));
static_assert(reply_means(stage::rcpt, 550, {5, 7, 1}, "relay_denied"));
static_assert(reply_means(stage::rcpt, 454, {4, 7, 1}, "relay_denied"), "Postfix");
static_assert(reply_means(stage::rcpt, 554, {}, "relay_denied"));
static_assert(reply_means(stage::rcpt, 553, {}, "recipient_name_refused"));

// The sender and the message (RFC 7372, RFC 7505, RFC 8689).
static_assert(reply_means(stage::mail, 550, {5, 7, 1}, "sender_not_allowed"));
static_assert(reply_means(stage::mail, 450, {4, 1, 8}, "bad_sender_domain"));
static_assert(reply_means(stage::mail, 552, {5, 3, 4}, "too_large"));
static_assert(reply_means(stage::verdict, 552, {}, "too_large"));
static_assert(reply_means(stage::verdict, 554, {5, 7, 1}, "message_refused"));
static_assert(reply_means(stage::verdict, 550, {5, 7, 23}, "spf_failed"));
static_assert(reply_means(stage::verdict, 451, {4, 7, 24}, "spf_error"));
static_assert(reply_means(stage::verdict, 550, {5, 7, 20}, "dkim_failed"));
static_assert(reply_means(stage::verdict, 550, {5, 7, 22}, "dkim_not_aligned"));
static_assert(reply_means(stage::verdict, 550, {5, 7, 25}, "reverse_dns_failed"));
static_assert(reply_means(stage::verdict, 550, {5, 7, 26}, "dmarc_failed"));
static_assert(reply_means(stage::verdict, 421, {4, 7, 32}, "dmarc_failed"), "Gmail");
static_assert(reply_means(stage::mail, 550, {5, 7, 27}, "sender_has_null_mx"));
static_assert(reply_means(stage::verdict, 421, {4, 7, 28}, "mail_flood"));
static_assert(reply_means(stage::mail, 530, {5, 7, 57}, "auth_required"), "Microsoft 365");
static_assert(reply_means(stage::mail, 550, {5, 7, 30}, "requiretls_refused"));
static_assert(reply_means(stage::rcpt, 550, {5, 6, 7}, "smtputf8_refused"));
static_assert(reply_means(stage::verdict, 554, {5, 4, 6}, "mail_loop"));
static_assert(reply_means(stage::verdict, 554, {5, 6, 0}, "content_refused"));
static_assert(reply_means(stage::data, 554, {5, 5, 1}, "no_valid_recipients"));
static_assert(reply_means(stage::text, 421, {4, 4, 2}, "server_lost_patience"));
static_assert(reply_means(stage::mail, 421, {4, 3, 2}, "server_not_accepting"));
static_assert(reply_means(stage::mail, 421, {}, "server_closes"));
static_assert(reply_means(stage::verdict, 451, {4, 3, 0}, "server_trouble"));

// A delivery report has a status without a code (RFC 3464 2.3.4); what succeeded has no diagnosis.
static_assert(means({.status = {5, 1, 1}}, "unknown_user") && means({.status = {4, 4, 7}}, "delivery_expired"));
static_assert(means({.status = {2, 1, 5}}, "not_known") && means({.code = 250}, "not_known") && means({}, "not_known"));
// An error that a server gives stands for the reply that it deserves.
static_assert(error_means(errc::peer_message_too_large, stage::unknown, "too_large"));
static_assert(error_means(errc::shutdown, stage::unknown, "server_not_accepting"));

template <class Action>
void for_each_diagnosis(Action action) {
  for (auto const table : trace::diagnosis_rows::all)
    for (trace::diagnosis_rows::diagnosis_row const& row : table) action(row);
}

TEST(diagnosis, of_every_error) {
  for (errc_info const& one : errc_table)
    if (one.what != errc::ok) {
      EXPECT_NE(diagnose({.error = one.what}).name, "not_known") << name(one.what);
    }
}

TEST(diagnosis, of_every_transport_failure) {
  for (std::size_t i = 1; i != trace::transport_failure_names.size(); ++i)
    EXPECT_NE(diagnose({.transport = static_cast<via>(i)}).name, "not_known") << trace::transport_failure_names[i];
}

TEST(diagnosis, of_every_code_at_every_stage) {
  for (std::uint8_t at = 0; at != trace::stage_names.size(); ++at)
    for (std::uint16_t code = 400; code != 600; ++code) {
      failure const plain{.at = static_cast<stage>(at), .code = code};
      EXPECT_NE(diagnose(plain).name, "not_known") << code;
      if (code % 50 != 0) continue;
      for (enhanced_text_row const& row : enhanced_text_table) {
        failure f = plain;
        f.status = {static_cast<std::uint8_t>(code / 100), row.subject, row.detail};
        EXPECT_NE(diagnose(f).name, "not_known") << code << ' ' << row.text;
        f.code = {};
        EXPECT_NE(diagnose(f).name, "not_known") << row.text;
      }
    }
}

// Every registered code has a row of its subject at least; X.0.0 says nothing, so that the code alone decides.
TEST(diagnosis, of_every_registered_status_by_its_own_row) {
  for (enhanced_text_row const& row : enhanced_text_table) {
    std::string_view const general = diagnose({.status = {5, 0, 0}}).name;
    bool const says_nothing = row.subject == 0;
    EXPECT_EQ(diagnose({.status = {5, row.subject, row.detail}}).name == general, says_nothing) << row.text;
  }
}

TEST(diagnosis, has_no_row_that_an_earlier_one_hides) {
  for_each_diagnosis([](trace::diagnosis_rows::diagnosis_row const& row) {
    trace::diagnosis_rows::pattern const& when = row.when;
    failure f{.transport = when.transport, .error = when.error, .port = when.port, .tls = when.tls};
    f.code = when.code < 10 ? static_cast<std::uint16_t>(when.code * 100 + 59) : when.code;  // 459, 559: nobody's own
    auto const number = [](int n) { return static_cast<std::uint16_t>(n < 0 ? 99 : n); };
    std::uint8_t const status_class = when.code == 0 ? 5 : static_cast<std::uint8_t>(f.code.number() / 100);
    if (when.status.subject >= 0) f.status = {status_class, number(when.status.subject), number(when.status.detail)};
    bool found = when.stages == 0 && diagnose(f).name == row.what.name;
    for (std::uint8_t at = 0; at != trace::stage_names.size(); ++at)
      if ((when.stages >> at & 1U) != 0) {
        f.at = static_cast<stage>(at);
        found = found || diagnose(f).name == row.what.name;
      }
    EXPECT_TRUE(found) << row.what.name << " is hidden by " << diagnose(f).name;
  });
}

bool is_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

TEST(diagnosis, texts_are_complete_and_each_name_has_one_symptom) {
  std::map<std::string_view, std::string_view> symptoms;
  for_each_diagnosis([&](trace::diagnosis_rows::diagnosis_row const& row) {
    diagnosis const& d = row.what;
    EXPECT_EQ(symptoms.try_emplace(d.name, d.symptom).first->second, d.symptom) << d.name;
    EXPECT_TRUE(is_text(d.name) && d.name.find(' ') == std::string_view::npos) << d.name;
    EXPECT_TRUE(is_text(d.symptom) && d.symptom.ends_with('.') && d.symptom[0] >= 'A' && d.symptom[0] <= 'Z') << d.name;
    EXPECT_TRUE(!d.causes().empty() && !d.checks().empty()) << d.name;
    for (std::string_view const cause : d.causes()) EXPECT_TRUE(is_text(cause) && !cause.ends_with('.')) << cause;
    for (trace::check const& one : d.checks()) EXPECT_TRUE(is_text(one.what) && !one.what.ends_with('.')) << one.what;
    EXPECT_TRUE(d.source.empty() || is_text(d.source)) << d.name;
  });
  EXPECT_GT(symptoms.size(), 100U);
}

TEST(diagnosis, of_values_that_are_no_enumerators) {
  for (unsigned i = 0; i != 256; ++i) {
    failure const f{.transport = static_cast<via>(i), .error = static_cast<errc>(i), .at = static_cast<stage>(i)};
    EXPECT_FALSE(diagnose(f).symptom.empty());
  }
  EXPECT_EQ(diagnose({.error = static_cast<errc>(200), .at = static_cast<stage>(200)}).name, "not_known");
}

static_assert(trace::stage_of(client_state::verdict) == stage::verdict &&
              trace::stage_of(client_state::closed) == stage{});
static_assert(trace::stage_of(reply_phase::chunk) == stage::text && trace::stage_of(reply_phase::none) == stage{});

// The text.

command_values const known{.host = "mx.example.org",
                           .port = 25,
                           .domain = "example.org",
                           .sender_domain = "client.test",
                           .client = "192.0.2.1",
                           .helo = "host.client.test"};

std::string filled_in(std::string_view command, command_values const& values) {
  std::array<char, 4096> room{};
  text_writer out{room};
  return trace::write_command_line(out, command, values) ? std::string{out.written()} : "refused";
}
std::string text_of(diagnosis const& d, command_values const& values) {
  std::array<char, trace::diagnosis_text_room> room{};
  text_writer out{room};
  EXPECT_TRUE(trace::write_diagnosis(out, d, values)) << d.name;
  return std::string{out.written()};
}

TEST(diagnosis_text, lines) {
  EXPECT_EQ(text_of(diagnose({.at = stage::verdict, .code = 550, .status = {5, 7, 25}}), known),
            "Our address has no valid name in the DNS.\n"
            "  likely: no PTR record, which only the owner of the address (the provider,\n"
            "            the cloud) can set\n"
            "          the name does not lead back to the address\n"
            "          mail goes out by IPv6, and only the IPv4 address has a name\n"
            "  check:  the name of our address, which has to lead back to it\n"
            "              dig +short -x 192.0.2.1\n"
            "          whether that name leads back, and is what we say in EHLO\n"
            "              dig +short host.client.test A host.client.test AAAA\n"
            "  see:    RFC 7372 3.3\n");
}

TEST(diagnosis_text, commands) {
  EXPECT_EQ(filled_in("nc {host} {port}; dig {domain} {sender_domain}", known),
            "nc mx.example.org 25; dig example.org client.test");
  EXPECT_EQ(filled_in("{starttls}-connect {endpoint}", known), "-starttls smtp -connect mx.example.org:25");
  command_values tls{.host = "2001:db8::1", .port = 465, .client = "2001:db8::1"};
  EXPECT_EQ(filled_in("{starttls}-connect {endpoint}", tls), "-connect '[2001:db8::1]':465");
  EXPECT_EQ(filled_in("{client_reversed}.x {client}", known), "1.2.0.192.x 192.0.2.1");
  EXPECT_EQ(filled_in("{client_reversed}", tls), "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
  EXPECT_EQ(filled_in("{host} {port} {endpoint} {domain} {sender_domain} {client} {client_reversed} {helo}", {}),
            "HOST PORT HOST:PORT DOMAIN SENDER_DOMAIN OUR_ADDRESS OUR_ADDRESS_REVERSED OUR_NAME");
  EXPECT_EQ(filled_in("{nonsense}", known), "refused");
  EXPECT_EQ(filled_in("{host", known), "refused");
}

TEST(diagnosis_text, nothing_but_plain_names_goes_into_a_command) {
  for (std::string_view const plain : {"a", "mx-1.example.org", "_dmarc-is-not-first.example", "192.0.2.1", "::1",
                                       "2001:db8::192.0.2.1", "example.org.", "xn--bcher-kva.example", "a_b"})
    EXPECT_EQ(trace::is_plain_host(plain), plain[0] != '_') << plain;
  std::string const bare{text_of(diagnose({.transport = via::refused}), {})};
  std::string const null{"a\0b", 3};
  std::string const too_long(256, 'a');
  for (std::string_view const bad : {"",
                                     "a b",
                                     "$(reboot)",
                                     "`reboot`",
                                     "a;reboot",
                                     "a|b",
                                     "a&b",
                                     "a\nreboot",
                                     "a'b",
                                     "a\"b",
                                     "-f/etc/passwd",
                                     "--help",
                                     "@8.8.8.8",
                                     "+trace",
                                     "a>b",
                                     "a*",
                                     "a?",
                                     "~root",
                                     "a\\b",
                                     "{a,b}",
                                     "a/b",
                                     "[192.0.2.1]",
                                     "[::1]",
                                     "fe80::1%$(id)",
                                     "b\xC3\xBC"
                                     "cher.example",
                                     "\xE2\x80\xAE.example",
                                     "a\x1B[2J",
                                     ".example",
                                     "_a",
                                     "=a",
                                     "!!",
                                     "#a",
                                     "a\r",
                                     ":",
                                     "1:2"}) {
    EXPECT_FALSE(trace::is_plain_host(bad)) << bad;
    command_values const hostile{.host = bad, .domain = bad, .sender_domain = bad, .client = bad, .helo = bad};
    for_each_diagnosis([&](trace::diagnosis_rows::diagnosis_row const& row) {
      EXPECT_EQ(text_of(row.what, hostile), text_of(row.what, {})) << bad;
    });
  }
  EXPECT_FALSE(trace::is_plain_host(null) || trace::is_plain_host(too_long));
  for (int c = 0; c != 256; ++c) {
    bool const plain = c < 128 && (std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_');
    EXPECT_EQ(trace::is_plain_host(std::string{'a', static_cast<char>(c), 'b'}), plain) << c;
    EXPECT_EQ(trace::is_plain_host(std::string(1, static_cast<char>(c))), c < 128 && std::isalnum(c) != 0) << c;
  }
}

TEST(diagnosis_text, every_line_but_a_command_has_at_most_78_columns) {
  std::string const long_name = std::string(255, 'a');
  command_values const longest{long_name, 65535, long_name, long_name, long_name, long_name};
  for_each_diagnosis([&](trace::diagnosis_rows::diagnosis_row const& row) {
    std::string const text = text_of(row.what, longest);
    for (std::string_view rest = text; !rest.empty();) {
      std::string_view const line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      EXPECT_TRUE(line.size() <= 78 || line.starts_with("              ")) << line;
    }
  });
}

TEST(diagnosis_text, too_little_room_is_told) {
  diagnosis const& d = diagnose({.at = stage::rcpt, .code = 550, .status = {5, 7, 1}});
  std::string const whole = text_of(d, known);
  std::array<char, trace::diagnosis_text_room> room{};
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    text_writer out{std::span{room}.first(size)};
    EXPECT_EQ(trace::write_diagnosis(out, d, known), size == whole.size());
    EXPECT_TRUE(whole.starts_with(out.written()));
  }
}

}  // namespace
