// SPDX-License-Identifier: BSL-1.0
// RFC 5321 5.1: each of the addresses in their order, until one takes the message or says that none will.
#include "ehlo/route/delivery_attempts.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "ehlo/route/dane_attempt.hpp"
#include "ehlo/route/retry.hpp"
#include "ehlo/session/client_outcome.hpp"
#include "zone_lookup.hpp"

namespace {

using ehlo::advice;
using ehlo::errc;
using namespace ehlo::route;
using zones::text_of;
using zones::zone;

// RFC 5321 4.5.4.1: its figures.
static_assert(least_retry_interval == 1'800'000 && later_retry_interval == 2 * 3'600'000);
static_assert(longest_retry_interval == 3 * 3'600'000 && least_give_up_time == 345'600'000);
static_assert(give_up_time == 432'000'000 && attempts_in_first_hour == 2 && least_addresses_tried == 2);

constexpr std::string_view two_hosts =
    "example.org. MX 10 a.example.org.\n"
    "example.org. MX 20 b.example.org.\n"
    "a.example.org. A 192.0.2.1\n"
    "a.example.org. A 192.0.2.2\n"
    "b.example.org. A 192.0.2.3\n";

// As the client engine says them.
constexpr attempt_ending delivered{};
constexpr attempt_ending greeting_421{errc::peer_greeting, advice::next_host, 421};
constexpr attempt_ending greeting_450{errc::peer_greeting, advice::next_host, 450, {4, 3, 2}};
constexpr attempt_ending greeting_554{errc::peer_greeting, advice::next_host, 554, {5, 7, 1}};
constexpr attempt_ending greeting_554_final{errc::peer_greeting, advice::give_up, 554};
constexpr attempt_ending greeting_521{errc::peer_greeting, advice::give_up, 521};
constexpr attempt_ending hello_550{errc::peer_hello, advice::next_host, 550};
constexpr attempt_ending closing_421{errc::peer_closing, advice::next_host, 421, {4, 3, 2}};
constexpr attempt_ending gone{errc::peer_gone, advice::next_host};
constexpr attempt_ending timeout{errc::peer_timeout, advice::next_host};
constexpr attempt_ending no_tls{errc::peer_tls_unavailable, advice::next_host};
constexpr attempt_ending tls_failed{errc::peer_tls_failed, advice::next_host};
constexpr attempt_ending tls_failed_opportunistic{errc::peer_tls_failed, advice::reconnect_cleartext};
constexpr attempt_ending rcpt_450{errc::ok, advice::retry_later, 450, {4, 2, 0}};
constexpr attempt_ending rcpt_550{errc::ok, advice::give_up, 550, {5, 1, 1}};
constexpr attempt_ending reply_lost{errc::peer_gone, advice::retry_later};
constexpr attempt_ending reconnect{errc::peer_closing, advice::reconnect, 421};
constexpr attempt_ending limit_reached{errc::local_limits, advice::reconnect, {}, {}, true};
constexpr attempt_ending next_transaction{errc::peer_closing, advice::next_transaction, 421, {}, true};
constexpr attempt_ending eight_bit{errc::local_eightbitmime, advice::convert};
constexpr attempt_ending no_requiretls{errc::local_requiretls, advice::next_host};

std::string outcome_of(delivery_attempts const& attempts) {
  delivery_outcome const& end = attempts.outcome();
  std::string out{name(end.advice)};
  if (end.code || end.status) out += " " + text_of(end.code, end.status);
  if (end.lookup != mx_outcome::found) out.append(" ").append(name(end.lookup));
  if (end.error != errc::ok) out.append(" ").append(message(end.error));
  return out;
}

/// The last parts of the addresses that were tried, and what came of it.
std::string deliver(mx_lookup_core const& lookup, std::initializer_list<attempt_ending> endings, std::size_t most = 5) {
  std::string out;
  delivery_attempts attempts{lookup, most};
  for (attempt_ending const& one : endings) {
    if (attempts.over()) return out + "over before the end";
    delivery_attempt const to = attempts.attempt();
    out += std::to_string(to.address.octets[3]) + (to.again ? "again" : "") + (to.cleartext ? "clear" : "") + " ";
    EXPECT_EQ(attempts.ended(one), errc::ok);
  }
  if (!attempts.over()) return out + "...";
  EXPECT_EQ(attempts.ended(delivered), errc::local_order);
  EXPECT_EQ(attempts.skip_host(delivered), errc::local_order);
  EXPECT_EQ(attempts.attempt().address.kind, ehlo::literal_kind::none);
  return out + outcome_of(attempts);
}

std::string deliver(std::string_view text, std::initializer_list<attempt_ending> endings, std::size_t most = 5) {
  mx_lookup lookup{"example.org", {}};
  zones::play(lookup, zone{text}, [](std::size_t) { return std::size_t{0}; });
  return deliver(lookup, endings, most);
}

std::string deliver(std::initializer_list<attempt_ending> endings, std::size_t most = 5) {
  return deliver(two_hosts, endings, most);
}

TEST(DeliveryAttempts, EachAddressInItsOrderUntilOneTakesIt) {
  EXPECT_EQ(deliver({delivered}), "1 done");
  EXPECT_EQ(deliver({not_connected, delivered}), "1 2 done");
  EXPECT_EQ(deliver({not_connected, timeout, delivered}), "1 2 3 done");
  EXPECT_EQ(deliver({not_connected, gone}), "1 2 ...");
}

TEST(DeliveryAttempts, WhereNoneConnectsItIsTemporary) {
  EXPECT_EQ(deliver({not_connected, not_connected, not_connected}), "1 2 3 retry_later 0 4.4.1 connection ended");
  EXPECT_EQ(deliver({not_connected, not_connected, timeout}), "1 2 3 retry_later 0 4.4.2 timeout");
}

// "Before MAIL" another server may take it: greeting, EHLO, TLS under `require`, 421.
TEST(DeliveryAttempts, WhatOneServerRefusesBeforeMailAnotherMayTake) {
  EXPECT_EQ(deliver({greeting_421, greeting_450, delivered}), "1 2 3 done");
  EXPECT_EQ(deliver({hello_550, closing_421, delivered}), "1 2 3 done");
  EXPECT_EQ(deliver({no_tls, tls_failed, delivered}), "1 2 3 done");
  EXPECT_EQ(deliver({greeting_421, greeting_421, greeting_421}),
            "1 2 3 retry_later 421 4.3.2 the server refuses service");
  EXPECT_EQ(deliver({no_tls, no_tls, no_tls}), "1 2 3 retry_later 0 4.7.4 TLS is required and cannot be had");
  EXPECT_EQ(deliver({tls_failed, tls_failed, tls_failed}), "1 2 3 retry_later 0 4.7.5 the TLS handshake failed");
}

// A 5yz to MAIL, RCPT, DATA or the dot is final, and what was refused for now waits for another day: no other host.
TEST(DeliveryAttempts, WhatWasSaidInATransactionIsNotAskedAgainElsewhere) {
  EXPECT_EQ(deliver({rcpt_550}), "1 give_up 550 5.1.1");
  EXPECT_EQ(deliver({rcpt_450}), "1 retry_later 450 4.2.0");
  EXPECT_EQ(deliver({reply_lost}), "1 retry_later 0 4.4.2 connection ended");
  EXPECT_EQ(deliver({not_connected, rcpt_550}), "1 2 give_up 550 5.1.1");
  EXPECT_EQ(deliver({eight_bit}), "1 convert 0 5.6.3 an 8-bit body, and the server does not offer 8BITMIME");
}

// RFC 3463 3.4, 3.7, RFC 6531 3.5: what a relay would say of a message that this server cannot be sent.
TEST(DeliveryAttempts, WhatTheServerDoesNotOfferHasACode) {
  struct {
    errc why;
    std::string_view status;
  } const rows[]{{errc::local_size, "5.3.4"},
                 {errc::local_eightbitmime, "5.6.3"},
                 {errc::local_binarymime, "5.6.3"},
                 {errc::local_smtputf8, "5.6.7"}};
  for (auto const& one : rows)
    EXPECT_EQ(deliver({{one.why, ehlo::advice_for(one.why)}}),
              std::string{"1 "}.append(name(ehlo::advice_for(one.why))) + " 0 " + std::string{one.status} + " " +
                  std::string{message(one.why)});
}

// Of greetings: by option. Only if all say so, and there is none that was not asked, it is for good.
TEST(DeliveryAttempts, A5yzGreetingIsFinalOnlyIfAllSaySo) {
  EXPECT_EQ(deliver({greeting_554, delivered}), "1 2 done");
  EXPECT_EQ(deliver({greeting_554, greeting_554, hello_550}),
            "1 2 3 give_up 550 5.3.2 the server refuses the greeting of the client");
  EXPECT_EQ(deliver({greeting_554, not_connected, greeting_554}), "1 2 3 retry_later 0 4.4.1 connection ended");
  EXPECT_EQ(deliver({gone, greeting_554, greeting_554}), "1 2 3 retry_later 0 4.4.2 connection ended");
  EXPECT_EQ(deliver({greeting_554, greeting_554}, 2), "1 2 retry_later 554 4.7.1 the server refuses service");
  EXPECT_EQ(deliver({greeting_554_final}), "1 give_up 554 5.3.2 the server refuses service");
  std::string const failing = std::string{two_hosts} + "b.example.org. AAAA SERVFAIL";
  EXPECT_EQ(deliver(failing, {greeting_554, greeting_554, greeting_554}),
            "1 2 3 retry_later 554 4.7.1 the server refuses service");
}

// RFC 7504 3: "the host does not accept mail under any circumstances".
TEST(DeliveryAttempts, A521IsNeverTriedElsewhere) {
  EXPECT_EQ(deliver({greeting_521}), "1 give_up 521 5.3.2 the server refuses service");
}

TEST(DeliveryAttempts, ReconnectIsTheSameAddressOnce) {
  EXPECT_EQ(deliver({reconnect, delivered}), "1 1again done");
  EXPECT_EQ(deliver({reconnect, reconnect}), "1 1again retry_later 421 4.3.2 the server ends the connection");
  EXPECT_EQ(deliver({reconnect, not_connected, delivered}), "1 1again 2 done");
  EXPECT_EQ(deliver({reconnect, not_connected, reconnect, delivered}), "1 1again 2 2again done");
  // As often as something comes of it.
  EXPECT_EQ(deliver({limit_reached, limit_reached, limit_reached, delivered}), "1 1again 1again 1again done");
  EXPECT_EQ(deliver({next_transaction, delivered}), "1 1again done");
}

TEST(DeliveryAttempts, ReconnectInClearTextIsTheSameAddressOnce) {
  EXPECT_EQ(deliver({tls_failed_opportunistic, delivered}), "1 1againclear done");
  EXPECT_EQ(deliver({tls_failed_opportunistic, not_connected, delivered}), "1 1againclear 2 done");
  EXPECT_EQ(deliver({tls_failed_opportunistic, tls_failed_opportunistic, delivered}), "1 1againclear 2 done");
  EXPECT_EQ(deliver({tls_failed_opportunistic, reconnect, delivered}), "1 1againclear 1againclear done");
  EXPECT_EQ(deliver({reconnect, tls_failed_opportunistic, delivered}), "1 1again 1againclear done");
}

// "there MAY also be a configurable limit on the number of alternate addresses".
TEST(DeliveryAttempts, AtMostSoManyAddresses) {
  EXPECT_EQ(deliver({not_connected}, 1), "1 retry_later 0 4.4.1 connection ended");
  EXPECT_EQ(deliver({not_connected, not_connected}, 2), "1 2 retry_later 0 4.4.1 connection ended");
  EXPECT_EQ(deliver({reconnect, tls_failed_opportunistic, not_connected, delivered}, 2), "1 1again 1againclear 2 done");
  std::string many = "example.org. A 192.0.2.1\n";
  for (int i = 2; i != 8; ++i) many += "example.org. A 192.0.2." + std::to_string(i) + "\n";
  EXPECT_EQ(deliver(many, {gone, gone, gone, gone, gone}), "1 2 3 4 5 retry_later 0 4.4.2 connection ended");
  EXPECT_EQ(deliver(many, {gone, gone, gone, gone, gone, gone, delivered}, 0), "1 2 3 4 5 6 7 done");
}

// RFC 8689 4.2.1: "If there are no more MX hosts, the client MUST NOT transmit"; 5.7.30.
TEST(DeliveryAttempts, RequireTlsThatNobodyOffersIsFinal) {
  EXPECT_EQ(deliver({no_requiretls, no_requiretls, delivered}), "1 2 3 done");
  EXPECT_EQ(deliver({no_requiretls, no_requiretls, no_requiretls}),
            "1 2 3 give_up 0 5.7.30 no verified TLS to a server that offers REQUIRETLS");
  EXPECT_EQ(deliver({no_requiretls, gone, no_requiretls}), "1 2 3 retry_later 0 4.4.2 connection ended");
}

TEST(DeliveryAttempts, AHostMayBeSkippedAsAWhole) {
  mx_lookup lookup{"example.org", {}};
  zones::play(lookup, zone{two_hosts}, [](std::size_t) { return std::size_t{0}; });
  delivery_attempts attempts{lookup, 1};
  EXPECT_EQ(attempts.skip_host(no_tlsa_answer), errc::ok);
  EXPECT_FALSE(attempts.over()) << "it was not tried";
  EXPECT_EQ(attempts.attempt().host, "b.example.org");
  EXPECT_EQ(attempts.attempt().host_index, 1U);
  EXPECT_EQ(attempts.attempt().number, 1U);
  EXPECT_EQ(attempts.skip_host(no_tlsa_answer), errc::ok);
  EXPECT_EQ(outcome_of(attempts), "retry_later 0 4.4.3 TLS is required and cannot be had");
}

constexpr std::string_view one_address_of_two_hosts =
    "example.org. MX 10 a.example.org.\n"
    "example.org. MX 20 b.example.org.\n"
    "a.example.org. A 192.0.2.1\n"
    "b.example.org. A 192.0.2.1\n"
    "b.example.org. A 192.0.2.2\n";

TEST(DeliveryAttempts, AnAddressThatSeveralHostsHaveIsTriedOnce) {
  EXPECT_EQ(deliver(one_address_of_two_hosts, {not_connected, delivered}), "1 2 done");
  EXPECT_EQ(deliver(one_address_of_two_hosts, {greeting_554, delivered}), "1 2 done");
  EXPECT_EQ(deliver(one_address_of_two_hosts, {greeting_554, greeting_554}),
            "1 2 give_up 554 5.7.1 the server refuses service");
}

// RFC 8461 4.1, RFC 7672 2.1.2, RFC 8689 4.2.1: what one name does not allow, another name of the same machine may.
TEST(DeliveryAttempts, WhatFailedByTheNameOfAHostIsTriedByAnother) {
  mx_lookup lookup{"example.org", {}};
  zones::play(lookup, zone{one_address_of_two_hosts}, [](std::size_t) { return std::size_t{0}; });
  delivery_attempts attempts{lookup};
  EXPECT_EQ(attempts.skip_host(no_tlsa_answer), errc::ok);
  EXPECT_EQ(attempts.attempt().host, "b.example.org");
  EXPECT_EQ(attempts.attempt().address, ehlo::parse_ip_address("192.0.2.1"));
  EXPECT_EQ(attempts.attempt().number, 1U);
  for (attempt_ending const& by_name : {tls_failed, no_tls, no_requiretls}) {
    EXPECT_EQ(deliver(one_address_of_two_hosts, {by_name, delivered}), "1 1 done");
    EXPECT_EQ(deliver(one_address_of_two_hosts, {by_name, gone, delivered}), "1 1 2 done");
  }
}

TEST(DeliveryAttempts, WhereThereIsNothingToTryTheLookupSaysWhy) {
  EXPECT_EQ(deliver("example.org. MX 0 .", {}), "give_up 556 5.1.10 null_mx");
  EXPECT_EQ(deliver("example.net. MX 0 .", {}), "give_up 550 5.1.2 no_such_domain");
  EXPECT_EQ(deliver("example.org. MX SERVFAIL", {}), "retry_later 451 4.4.3 lookup_failed");
  EXPECT_EQ(deliver("example.org. A 127.0.0.1", {}), "give_up 554 5.4.6 own_host");
  mx_lookup const open{"example.org", {}};
  EXPECT_EQ(deliver(open, {}), "retry_later open") << "the lookup is not done";
}

TEST(DeliveryAttempts, TellWhatTheyKnowOfTheHost) {
  mx_lookup lookup{"example.org", {}};
  zone const from{
      "; secure denial\nexample.org. MX 10 a.example.org. ; secure\na.example.org. A 192.0.2.1 ; secure\n"
      "a.example.org. AAAA 2001:db8::1"};
  zones::play(lookup, from, [](std::size_t) { return std::size_t{0}; });
  delivery_attempts attempts{lookup};
  EXPECT_EQ(attempts.attempt().address, ehlo::parse_ip_address("2001:db8::1"));
  EXPECT_EQ(attempts.attempt().host, "a.example.org");
  EXPECT_FALSE(attempts.attempt().secure_address);
  EXPECT_EQ(attempts.ended(gone), errc::ok);
  EXPECT_TRUE(attempts.attempt().secure_address);
  EXPECT_EQ(attempts.attempt().number, 2U);

  mx_lookup const literal{"[192.0.2.9]", {}};
  EXPECT_EQ(deliver(literal, {delivered}), "9 done");
  EXPECT_TRUE(delivery_attempts{literal}.attempt().host.empty());
}

// RFC 7672 2.2.1, 2.2.2: what is secure on the way to each address decides whose TLSA records are asked for.
TEST(DeliveryAttempts, InTheWordsOfDane) {
  struct {
    std::string_view zone, names, identifiers;
  } const rows[]{
      {"example.org. MX 10 a.example.net. ; secure\na.example.net. A 192.0.2.1 ; secure", "a.example.net",
       "a.example.net example.org"},
      {"example.org. MX 10 a.example.net.\na.example.net. A 192.0.2.1 ; secure", "a.example.net", "a.example.net"},
      {"example.org. MX 10 a.example.net. ; secure\na.example.net. A 192.0.2.1", "", ""},
      {"example.org. MX 10 a.example.net. ; secure\na.example.net. CNAME b.example.net. ; secure\n"
       "b.example.net. A 192.0.2.1 ; secure",
       "b.example.net a.example.net", "b.example.net example.org"},
      {"example.org. MX 10 a.example.net. ; secure\na.example.net. CNAME b.example.net. ; secure\n"
       "b.example.net. A 192.0.2.1",
       "a.example.net", "a.example.net example.org"},
      {"example.org. MX 10 a.example.net. ; secure\na.example.net. CNAME b.example.net.\n"
       "b.example.net. A 192.0.2.1 ; secure",
       "", ""},
      {"example.org. CNAME example.com. ; secure\nexample.com. MX 10 a.example.net. ; secure\n"
       "a.example.net. A 192.0.2.1 ; secure",
       "a.example.net", "a.example.net example.org example.com"},
      {"; secure denial\nexample.org. A 192.0.2.1 ; secure", "example.org", "example.org"},
  };
  for (auto const& one : rows) {
    mx_lookup lookup{"example.org", {.order = address_order::ipv4_only, .dane = true}};
    zones::play(lookup, zone{one.zone}, [](std::size_t) { return std::size_t{0}; });
    delivery_attempts const attempts{lookup};
    ASSERT_FALSE(attempts.over()) << one.zone;
    dane_host const host = dane_host_of(lookup, attempts.attempt());
    dane_names const asked = find_dane_names(host);
    std::string names, identifiers;
    for (std::size_t i = 0; i != asked.count; ++i) names.append(i == 0 ? "" : " ").append(asked.base_domains[i]);
    EXPECT_EQ(names, one.names) << one.zone;
    if (asked.count == 0) continue;
    dane_identifiers const who = reference_identifiers(host, asked.base_domains[0]);
    for (std::size_t i = 0; i != who.count; ++i) identifiers.append(i == 0 ? "" : " ").append(who.names[i]);
    EXPECT_EQ(identifiers, one.identifiers) << one.zone;
  }
  mx_lookup const literal{"[192.0.2.9]", {}};
  EXPECT_EQ(find_dane_names(dane_host_of(literal, delivery_attempts{literal}.attempt())).count, 0U);
  EXPECT_TRUE(dane_host_of(literal, {.host_index = 7}).name.empty());
}

}  // namespace
