// SPDX-License-Identifier: BSL-1.0
// What a DNS message says about a question (RFC 1035 4.1, RFC 2308), and what no message may say.
#include "cares/dns_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace {

using ehlo::dns_status, ehlo::dns_type;

std::string number(unsigned n) { return {static_cast<char>(n >> 8U), static_cast<char>(n)}; }
std::string text(std::string_view s) { return static_cast<char>(s.size()) + std::string{s}; }
/// A name, one label after the other; it ends with the root.
std::string name(std::string_view dotted) {
  std::string all;
  while (!dotted.empty()) {
    std::string_view const label = dotted.substr(0, dotted.find('.'));
    all += text(label);
    dotted.remove_prefix((std::min)(label.size() + 1, dotted.size()));
  }
  return all + '\0';
}
std::string record(std::string const& owner, unsigned type, unsigned ttl, std::string const& data) {
  return owner + number(type) + number(1) + number(0) + number(ttl) + number(static_cast<unsigned>(data.size())) + data;
}
std::string const here = "\xC0\x0C";  // the name in the question, which stands behind the header of 12 octets

/// What is told of a message with these answers to a question for x.test, and with these records of authority.
struct told {
  told(dns_type type, std::string const& answers, unsigned count, std::string const& authority = {},
       int status = ARES_SUCCESS, std::string_view asked = "x.test") {
    std::string const question = name("x.test") + number(static_cast<unsigned>(type)) + number(1);
    octets = number(1) + "\x81\x80" + number(1) + number(count) + number(authority.empty() ? 0 : 1) + number(0) +
             question + answers + authority;
    complete = reply.take(type, asked, status, reinterpret_cast<unsigned char const*>(octets.data()),
                          static_cast<int>(octets.size()));
    said = reply.answer();
  }
  std::string octets;
  cares::dns_reply reply;
  bool complete = false;
  ehlo::dns_answer said;
};
std::string texts(told const& t) {
  std::string all;
  for (std::string_view const one : t.said.texts) all.append("<").append(one).append(">");
  return all;
}

TEST(dns_message, joins_the_strings_of_each_TXT_record) {
  std::string const long_text(300, 'a');
  told const t{dns_type::txt,
               record(here, 16, 300, text("v=spf1 ") + text("-all")) + record(here, 16, 60, text("")) +
                   record(here, 16, 600, text(long_text.substr(45)) + text(long_text.substr(255))),
               3};
  EXPECT_TRUE(t.complete);
  EXPECT_EQ(t.said.status, dns_status::records);
  EXPECT_EQ(texts(t), "<v=spf1 -all><><" + long_text + ">");
  EXPECT_EQ(t.said.ttl, 60U);
  EXPECT_FALSE(t.said.secure);
}

TEST(dns_message, reads_names_and_addresses) {
  told const ptr{dns_type::ptr, record(here, 12, 9, name("mail.x.test")) + record(here, 12, 9, here), 2};
  EXPECT_EQ(texts(ptr), "<mail.x.test><x.test>");
  EXPECT_EQ(ptr.said.names.size(), 2U);
  told const mx{dns_type::mx, record(here, 15, 9, number(10) + "\4mail" + here) + record(here, 15, 9, number(0) + '\0'),
                2};
  ASSERT_EQ(mx.said.exchanges.size(), 2U);
  EXPECT_EQ(mx.said.exchanges[0].preference, 10U);
  EXPECT_EQ(mx.said.exchanges[0].exchange, "mail.x.test");
  EXPECT_EQ(mx.said.exchanges[1].exchange, "");
  told const a{dns_type::a, record(here, 1, 9, {"\x7F\0\0\2", 4}), 1};
  ASSERT_EQ(a.said.addresses.size(), 1U);
  EXPECT_EQ(a.said.addresses[0], ehlo::parse_ip_address("127.0.0.2"));
  told const aaaa{dns_type::aaaa, record(here, 28, 9, std::string(15, '\0') + '\1'), 1};
  ASSERT_EQ(aaaa.said.addresses.size(), 1U);
  EXPECT_EQ(aaaa.said.addresses[0], ehlo::parse_ip_address("::1"));
}

TEST(dns_message, leaves_out_what_was_not_asked_for) {
  told const t{dns_type::txt,
               record(name("other.test"), 16, 9, text("no")) + record(here, 99, 9, text("no")) +
                   record(name("X.Test"), 16, 9, text("yes")),
               3};
  EXPECT_EQ(texts(t), "<yes>");
}

TEST(dns_message, shows_a_full_stop_within_a_label) {
  told const t{dns_type::ptr, record(here, 12, 9, text("a.b") + text("c\\d") + name("test")), 1};
  EXPECT_EQ(texts(t), "<a\\.b.c\\\\d.test>");
}

TEST(dns_message, follows_aliases_to_their_end) {
  std::string const alias = record(here, 5, 7, name("y.test"));
  told const whole{dns_type::txt, alias + record(name("y.test"), 16, 9, text("t")), 2};
  EXPECT_TRUE(whole.complete);
  EXPECT_EQ(texts(whole), "<t>");
  EXPECT_EQ(whole.said.canonical_name, "y.test");
  EXPECT_EQ(whole.said.ttl, 7U);
  told const half{dns_type::txt, alias, 1};
  EXPECT_FALSE(half.complete) << "y.test is to be asked for";
  EXPECT_EQ(half.reply.name(), "y.test");
  told const circle{dns_type::txt, alias + record(name("y.test"), 5, 7, here), 2};
  EXPECT_TRUE(circle.complete);
  EXPECT_EQ(circle.said.status, dns_status::servfail);
  std::string chain;
  for (int i = 0; i != 20; ++i) {
    std::string const number = std::to_string(i);
    chain += record(i == 0 ? here : name("n" + number), 5, 7, name("n" + std::to_string(i + 1)));
  }
  EXPECT_EQ(told(dns_type::txt, chain, 20).said.status, dns_status::servfail);
}

TEST(dns_message, tells_what_does_not_exist_from_what_is_not_known) {
  std::string const soa =
      record(name("test"), 6, 50, std::string(2, '\0') + std::string(16, '\0') + number(0) + number(30));
  told const no_name{dns_type::txt, {}, 0, soa, ARES_ENOTFOUND};
  EXPECT_EQ(no_name.said.status, dns_status::nxdomain);
  EXPECT_EQ(no_name.said.ttl, 30U);  // RFC 2308 5
  EXPECT_EQ(told(dns_type::txt, {}, 0, soa, ARES_ENODATA).said.status, dns_status::nodata);
  EXPECT_EQ(told(dns_type::txt, {}, 0, {}, ARES_ENODATA).said.ttl, 0U);
  std::string const ns = record(name("test"), 2, 9, name("ns.test"));
  EXPECT_EQ(told(dns_type::txt, {}, 0, ns, ARES_ENODATA).said.status, dns_status::servfail) << "a referral";
  EXPECT_EQ(told(dns_type::txt, {}, 0, {}, ARES_ESERVFAIL).said.status, dns_status::servfail);
  EXPECT_EQ(told(dns_type::txt, {}, 0, {}, ARES_ECONNREFUSED).said.status, dns_status::servfail);
  EXPECT_EQ(told(dns_type::txt, {}, 0, {}, ARES_ETIMEOUT).said.status, dns_status::timeout);
}

TEST(dns_message, takes_nothing_from_a_broken_one) {
  auto const status = [](dns_type type, std::string const& answers, unsigned count) {
    return told{type, answers, count}.said.status;
  };
  EXPECT_EQ(status(dns_type::txt, record(here, 16, 9, text("a")), 2), dns_status::servfail) << "a record is missing";
  EXPECT_EQ(status(dns_type::txt, record(here, 16, 9, {}), 1), dns_status::servfail) << "no string";
  EXPECT_EQ(status(dns_type::txt, record(here, 16, 9, "\5four"), 1), dns_status::servfail) << "beyond the record";
  EXPECT_EQ(status(dns_type::txt, record(here, 16, 9, text("a")) + record(here, 16, 9, "\2a"), 2),
            dns_status::servfail);
  EXPECT_EQ(status(dns_type::a, record(here, 1, 9, "abc"), 1), dns_status::servfail);
  EXPECT_EQ(status(dns_type::aaaa, record(here, 28, 9, "abcd"), 1), dns_status::servfail);
  EXPECT_EQ(status(dns_type::mx, record(here, 15, 9, number(1)), 1), dns_status::servfail);
  EXPECT_EQ(status(dns_type::ptr, record(here, 12, 9, name("a") + "x"), 1), dns_status::servfail);
  EXPECT_EQ(status(dns_type::ptr, record(here, 12, 9, "\x80"), 1), dns_status::servfail) << "RFC 1035 4.1.4";
  EXPECT_EQ(status(dns_type::ptr, record(here, 12, 9, "\xC0\x24"), 1), dns_status::servfail) << "a pointer to itself";
  EXPECT_EQ(status(dns_type::ptr, record(here, 12, 9, "\1a\xC0\x24"), 1), dns_status::servfail) << "and to its label";
  EXPECT_EQ(status(dns_type::ptr, record(here, 12, 9, "\xFF\xFF"), 1), dns_status::servfail);
  // No cut of a message is read as one, nor read beyond.
  std::string const octets = told{dns_type::txt, record(here, 16, 9, text("v=spf1 -all")), 1}.octets;
  for (std::size_t size = 0; size != octets.size(); ++size) {
    std::string const part = octets.substr(0, size);
    cares::dns_reply reply;
    EXPECT_TRUE(reply.take(dns_type::txt, "x.test", ARES_SUCCESS, reinterpret_cast<unsigned char const*>(part.data()),
                           static_cast<int>(size)));
    EXPECT_EQ(reply.answer().status, dns_status::servfail) << size;
  }
}

}  // namespace
