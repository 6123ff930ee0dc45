// SPDX-License-Identifier: BSL-1.0
// Signing, RFC 6376 5: the field that is written, what is hashed of the message, and why nothing is signed. The digest
// of a text is SHA-256; the "signature" of a key is its letter, as often as an RSA or Ed25519 signature has octets.
#include "ehlo/sender/dkim_signer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../sasl/digests.hpp"
#include "dkim_examples.hpp"
#include "ehlo/base/text_writer.hpp"

namespace {

using namespace ehlo::sender;
using ehlo::errc;
using ehlo::text_writer;
using enum dkim_canonicalization;
using enum dkim_algorithm;

/// Remembers what was hashed and signed.
struct host {
  std::string text;
  std::vector<std::string> hashed;
  std::vector<std::string> signed_digests;
  int calls_until_failure = -1;

  bool works() { return calls_until_failure != 0 && (calls_until_failure--, true); }

  dkim_functions functions{
      .context = this,
      .hash_begin = [](void* self, unsigned) noexcept { return of(self).text.clear(), of(self).works(); },
      .hash_update =
          [](void* self, unsigned, std::string_view octets) noexcept {
            of(self).text += octets;
            return of(self).works();
          },
      .hash_end =
          [](void* self, unsigned, std::span<char, dkim_digest_size> out) noexcept {
            sasl_test::sha_256(of(self).text).copy(out.data(), out.size());
            of(self).hashed.push_back(of(self).text);
            return of(self).works();
          },
      .sign = [](void* self, unsigned key, dkim_algorithm algorithm, std::string_view digest,
                 std::span<char> out) noexcept -> std::size_t {
        if (!of(self).works()) return 0;
        of(self).signed_digests.emplace_back(digest);
        std::size_t const size = algorithm == rsa_sha256 ? 256 : 64;
        for (char& c : out.first(size)) c = static_cast<char>('A' + key);
        return size;
      }};

 private:
  static host& of(void* self) { return *static_cast<host*>(self); }
};

struct outcome {
  dkim_sign_error error{};
  std::string fields;
};

outcome sign(host& h, dkim_sign_options const& options, std::string_view message, std::size_t piece = std::string::npos,
             std::size_t room = 16384) {
  header_block header;
  std::string_view const body = header.take(message);
  header.end();
  dkim_signer signer{header, h.functions, options};
  for (std::size_t at = 0; at < body.size(); at += piece) {
    EXPECT_EQ(signer.body(body.substr(at, piece)), errc::ok);
    if (piece == std::string::npos) break;
  }
  EXPECT_EQ(signer.end_of_body(), errc::ok);
  std::string storage(room, '\0');
  text_writer out{storage};
  dkim_sign_error const error = signer.write(out);
  return {error, error == dkim_sign_error::none ? std::string{out.written()} : std::string{}};
}

constexpr std::array<dkim_signing_key, 1> rsa_key{{{"brisbane", rsa_sha256, 0}}};
constexpr std::array<dkim_signing_key, 2> two_keys{{{"brisbane", rsa_sha256, 0}, {"sydney", ed25519_sha256, 7}}};

dkim_sign_options of_example(std::span<dkim_signing_key const> keys = rsa_key) {
  return {.domain = "example.com", .keys = keys};
}

/// RFC 6376 A.1.
std::string const dinner = dkim_examples::dinner(" ");

/// The value of a tag, its white space gone.
std::string tag_value(std::string_view field, std::string_view name) {
  tag_list tags;
  EXPECT_EQ(parse_tag_list((*header_fields{field}.begin()).value, tags), tag_list_error::none);
  tag const* const found = tags.find(name);
  std::string value{found != nullptr ? found->value : "absent"};
  std::erase_if(value, [](char c) { return std::string_view{" \t\r\n"}.find(c) != std::string_view::npos; });
  return value;
}

TEST(DkimSigner, TheExampleOfTheRfc_Rfc6376_A) {
  host h;
  dkim_sign_options options = of_example();
  options.header = options.body = simple;
  options.identity = "joe@football.example.com";
  outcome const made = sign(h, options, dinner);
  ASSERT_EQ(made.error, dkim_sign_error::none);
  EXPECT_EQ(made.fields,
            "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.com;\r\n"
            "\ts=brisbane; i=joe@football.example.com; h=From:From:Subject:Date:To:\r\n"
            "\tMessage-ID; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=QUFBQU\r\n"  // bh= as in the RFC
            "\tFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF\r\n"
            "\tBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n"
            "\tQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQ\r\n"
            "\tUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU\r\n"
            "\tFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==\r\n");
  ASSERT_EQ(h.hashed.size(), 2U);
  EXPECT_EQ(h.hashed[0], dinner.substr(dinner.find("Hi.")));
  EXPECT_EQ(h.hashed[1],
            "From: Joe SixPack <joe@football.example.com>\r\n"
            "Subject: Is dinner ready?\r\n"
            "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
            "To: Suzie Q <suzie@shopping.example.net>\r\n"
            "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
            "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.com;\r\n"
            "\ts=brisbane; i=joe@football.example.com; h=From:From:Subject:Date:To:\r\n"
            "\tMessage-ID; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=");
  EXPECT_EQ(h.signed_digests, std::vector{sasl_test::sha_256(h.hashed[1])});
}

TEST(DkimSigner, RelaxedIsTheDefault) {
  host h;
  outcome const made = sign(h, of_example(), "FROM :  a@b\r\n\r\na  b \r\n\r\n");
  EXPECT_EQ(tag_value(made.fields, "c"), "relaxed/relaxed");
  ASSERT_EQ(h.hashed.size(), 2U);
  EXPECT_EQ(h.hashed[0], "a b\r\n");
  EXPECT_EQ(h.hashed[1].substr(0, 27), "from:a@b\r\ndkim-signature:v=");
  EXPECT_TRUE(h.hashed[1].ends_with("; b="));
}

TEST(DkimSigner, OneFieldForEachKeyInOnePass_Rfc8463_3) {
  host h;
  outcome const made = sign(h, of_example(two_keys), dinner);
  std::size_t const second = made.fields.find("DKIM-Signature:", 1);
  ASSERT_NE(second, std::string::npos);
  std::string_view const first_field = std::string_view{made.fields}.substr(0, second);
  std::string_view const second_field = std::string_view{made.fields}.substr(second);
  EXPECT_EQ(tag_value(first_field, "a"), "rsa-sha256");
  EXPECT_EQ(tag_value(first_field, "s"), "brisbane");
  EXPECT_EQ(tag_value(first_field, "b").substr(0, 4), "QUFB");
  EXPECT_EQ(tag_value(second_field, "a"), "ed25519-sha256");
  EXPECT_EQ(tag_value(second_field, "s"), "sydney");
  EXPECT_EQ(tag_value(second_field, "b").substr(0, 4), "SEhI");
  EXPECT_EQ(tag_value(first_field, "bh"), tag_value(second_field, "bh"));
  // The body once, the header for each; neither signature signs the other.
  ASSERT_EQ(h.hashed.size(), 3U);
  EXPECT_EQ(h.hashed[2].find("brisbane"), std::string::npos);
}

TEST(DkimSigner, TheCutsOfTheBodyDoNotMatter) {
  host whole;
  std::string const expected = sign(whole, of_example(two_keys), dinner).fields;
  for (std::size_t const piece : {1U, 2U, 7U}) {
    host h;
    EXPECT_EQ(sign(h, of_example(two_keys), dinner, piece).fields, expected);
  }
}

struct list_row {
  std::vector<std::string_view> fields;
  std::vector<std::string_view> oversigned;
  std::string_view h;
  std::string_view hashed;  ///< the first octet of each value
};

TEST(DkimSigner, WhichFieldsAreSigned_Rfc6376_5_4) {
  constexpr std::string_view message =
      "Received: 1\r\nReceived: 2\r\nSubject: 3\r\nFrom: 4\r\nreceived: 5\r\nX: 6\r\nTo: 7\r\n\r\n";
  list_row const rows[] = {
      {{}, {}, "From", "4"},                                          // From MUST be signed (5.4)
      {{}, {"From"}, "From:From", "4"},                               // once more than it is there (5.4, 8.15)
      {{"Subject", "from"}, {}, "From:Subject", "43"},                // each name once, in any case
      {{"To", "Cc", "Subject"}, {}, "From:To:Subject", "473"},        // Cc is not there
      {{"To"}, {"Cc", "to"}, "From:To:To:Cc", "47"},                  // Cc may not be added, nor another To
      {{"Received"}, {}, "From:Received:Received:Received", "4521"},  // from the bottom to the top (5.4.2)
      {{"Received"}, {"received", "X"}, "From:Received:Received:Received:Received:X:X", "45216"},
      {{"DKIM-Signature"}, {}, "From", "4"},
  };
  for (auto const& row : rows) {
    host h;
    dkim_sign_options options = of_example();
    options.fields = row.fields;
    options.oversigned = row.oversigned;
    outcome const made = sign(h, options, message);
    EXPECT_EQ(tag_value(made.fields, "h"), row.h);
    std::string hashed;
    std::string_view const text = h.hashed.at(1);
    for (std::size_t at = 0; !text.substr(at).starts_with("dkim-signature"); at = text.find("\r\n", at) + 2)
      hashed += text[text.find(':', at) + 1];
    EXPECT_EQ(hashed, row.hashed) << row.h;
  }
}

TEST(DkimSigner, UsualFieldsAreThoseOfTheRfc_Rfc6376_5_4_1) {
  std::string message = "Return-Path: <a@b>\r\nReceived: x\r\nComments: x\r\nKeywords: x\r\n";
  std::string expected = "From";
  for (std::string_view const name : dkim_usual_fields) {
    message.append(name).append(": x\r\n");
    expected.append(":").append(name);
  }
  host h;
  // From is in it twice: there is one, and one may not be added. The rest of the list follows.
  expected.replace(0, 9, "From:From");
  EXPECT_EQ(tag_value(sign(h, of_example(), message + "\r\n").fields, "h"), expected);
}

TEST(DkimSigner, TimesAndIdentity_Rfc6376_3_5) {
  host h;
  dkim_sign_options options = of_example();
  options.unix_seconds = 1700000000;
  options.expires_after = 604800;
  options.identity = "J\xc3\xb6 e;=\x7f@Mail.EXAMPLE.com";
  outcome const made = sign(h, options, dinner);
  EXPECT_EQ(tag_value(made.fields, "t"), "1700000000");
  EXPECT_EQ(tag_value(made.fields, "x"), "1700604800");
  EXPECT_EQ(tag_value(made.fields, "i"), "J=C3=B6=20e=3B=3D=7F@Mail.EXAMPLE.com");  // 2.11
  options = of_example();
  outcome const bare = sign(h, options, dinner);
  for (std::string_view const absent : {"t", "x", "i", "l", "q"}) EXPECT_EQ(tag_value(bare.fields, absent), "absent");
}

TEST(DkimSigner, LinesOfAtMost78Columns_Rfc5322_2_1_1) {
  std::string const label(63, 'a');
  std::string const domain = label.substr(0, 40) + ".example";
  std::vector<std::string> names;
  std::string message = "From: x\r\n";
  for (std::size_t size = 1; size != 60; ++size) {
    names.push_back(std::string(size, 'N'));
    message.append(names.back()).append(": x\r\n");
  }
  std::vector<std::string_view> const fields{names.begin(), names.end()};
  for (std::size_t selector = 1; selector != 64; ++selector) {
    std::array<dkim_signing_key, 1> const keys{{{std::string_view{label}.substr(0, selector)}}};
    dkim_sign_options options{.domain = domain, .keys = keys, .fields = fields, .unix_seconds = 1};
    host h;
    std::string const made = sign(h, options, message).fields;
    ASSERT_FALSE(made.empty());
    for (std::size_t at = 0; at != made.size();) {
      std::size_t const end = made.find("\r\n", at);
      std::string_view const line = std::string_view{made}.substr(at, end - at);
      EXPECT_LE(line.size() + (line.starts_with('\t') ? 7 : 0), 78U) << line;
      EXPECT_NE(line.find_first_not_of(" \t"), std::string_view::npos);  // no line of white space (RFC 5322 3.2.2)
      at = end + 2;
    }
  }
}

TEST(DkimSigner, NamesTooLongForALineStandOnOneOfTheirOwn) {
  std::string const name(300, 'N');
  std::array<std::string_view, 2> const fields{name, "To"};
  host h;
  dkim_sign_options options = of_example();
  options.fields = fields;
  outcome const made = sign(h, options, "From: x\r\n" + name + ": y\r\nTo: z\r\n\r\n");
  EXPECT_NE(made.fields.find("h=From:From:\r\n\t" + name + ":\r\n\tTo;"), std::string::npos) << made.fields;
}

struct option_row {
  dkim_sign_error error;
  dkim_sign_options options;
};

TEST(DkimSigner, OptionsThatMakeNoSignature) {
  using enum dkim_sign_error;
  static std::string const long_label(63, 'x');
  static std::string const long_domain = long_label + "." + long_label + "." + long_label + ".example";
  static constexpr std::array<dkim_signing_key, 1> no_selector{{{""}}};
  static constexpr std::array<dkim_signing_key, 1> bad_selector{{{"a..b"}}};
  static constexpr std::array<dkim_signing_key, 1> sha_1{{{"a", rsa_sha1}}};
  static std::array<dkim_signing_key, 1> const long_selector{{{long_label}}};
  static constexpr std::array<std::string_view, 1> colon{"From:"}, semicolon{"a;b"}, space{"a b"}, empty{""},
      signature{"dkim-Signature"};
  option_row const rows[] = {
      {no_key, {.domain = "example.com"}},
      {domain, {.domain = "", .keys = rsa_key}},
      {domain, {.domain = "com", .keys = rsa_key}},  // sub-domain 1*("." sub-domain)
      {domain, {.domain = "example.com.", .keys = rsa_key}},
      {domain, {.domain = "ex ample.com", .keys = rsa_key}},
      {domain, {.domain = "ex\xc3\xa4mple.com", .keys = rsa_key}},  // A-labels
      {domain, {.domain = "[192.0.2.1]", .keys = rsa_key}},
      {selector, {.domain = "example.com", .keys = no_selector}},
      {selector, {.domain = "example.com", .keys = bad_selector}},
      {selector, {.domain = long_domain, .keys = long_selector}},  // no name for the DNS
      {algorithm, {.domain = "example.com", .keys = sha_1}},
      {identity, {.domain = "example.com", .keys = rsa_key, .identity = "joe"}},
      {identity, {.domain = "example.com", .keys = rsa_key, .identity = "joe@example.org"}},
      {identity, {.domain = "example.com", .keys = rsa_key, .identity = "joe@badexample.com"}},
      {identity, {.domain = "example.com", .keys = rsa_key, .identity = "joe@com"}},
      {identity, {.domain = "example.com", .keys = rsa_key, .identity = "joe@.example.com"}},
      {field_name, {.domain = "example.com", .keys = rsa_key, .fields = colon}},
      {field_name, {.domain = "example.com", .keys = rsa_key, .fields = semicolon}},
      {field_name, {.domain = "example.com", .keys = rsa_key, .oversigned = space}},
      {field_name, {.domain = "example.com", .keys = rsa_key, .oversigned = empty}},
      {field_name, {.domain = "example.com", .keys = rsa_key, .oversigned = signature}},
      {dkim_sign_error::time, {.domain = "example.com", .keys = rsa_key, .unix_seconds = 1000000000000}},
      {dkim_sign_error::time, {.domain = "example.com", .keys = rsa_key, .expires_after = 1}},
      {dkim_sign_error::time,
       {.domain = "example.com", .keys = rsa_key, .unix_seconds = 999999999999, .expires_after = 1}},
      {dkim_sign_error::time, {.domain = "example.com", .keys = rsa_key, .unix_seconds = 1, .expires_after = ~0ULL}},
  };
  for (auto const& row : rows) {
    host h;
    EXPECT_EQ(check(row.options), row.error) << &row - rows;
    EXPECT_EQ(sign(h, row.options, dinner).error, row.error) << &row - rows;
  }
  EXPECT_EQ(check({.domain = "example.com", .keys = two_keys, .identity = "@a.b.Example.COM"}), none);
  EXPECT_EQ(check({.domain = "example.com", .keys = rsa_key, .unix_seconds = 999999999998, .expires_after = 1}), none);
}

struct message_row {
  dkim_sign_error error;
  std::string message;
};

TEST(DkimSigner, MessagesThatAreNotSigned) {
  using enum dkim_sign_error;
  std::string many_fields = "From: x\r\n";
  for (std::size_t i = 0; i != dkim_field_limit; ++i) many_fields += "X: y\r\n";
  std::string many_names = "From: x\r\n";
  for (std::size_t i = 0; i != dkim_signed_field_limit; ++i) many_names += "To: y\r\n";
  message_row const rows[] = {
      {no_from, ""},
      {no_from, "\r\nFrom: a@b\r\n"},
      {no_from, "To: a@b\r\n\r\nFrom: a@b\r\n"},
      {no_from, "X-From: a@b\r\n\r\n"},
      {many_from, "From: a@b\r\nTo: c@d\r\nFROM : e@f\r\n\r\n"},  // RFC 5322 3.6
      {malformed_header, " a\r\nFrom: b@c\r\n\r\n"},              // would go on from the signature
      {malformed_header, "From: b@c\r\nhello\r\n\r\n"},
      {malformed_header, "From: b@c\r\nTo: d\n\r\n\r\n"},
      {malformed_header, "From: b@c\r\nTo: d\re\r\n\r\n"},
      {malformed_header, "From a@b Fri Jul 11 2003\r\nFrom: b@c\r\n\r\n"},
      {header_too_long, "From: a@b\r\nX: " + std::string(70000, 'x') + "\r\n\r\n"},
      {too_many_fields, many_fields},
      {too_many_fields, many_names},
      {none, "From: a@b"},
      {none, "From: a@b\r\n"},
      {none, "From:\r\n\r\n"},
      {none, many_fields.substr(0, many_fields.size() - 6)},
  };
  for (auto const& row : rows) {
    host h;
    EXPECT_EQ(sign(h, of_example(), row.message).error, row.error) << row.message.substr(0, 100);
    EXPECT_EQ(message(row.error).empty(), false);
  }
}

TEST(DkimSigner, FunctionsThatFail) {
  host counting;
  counting.calls_until_failure = 1000;
  ASSERT_EQ(sign(counting, of_example(two_keys), dinner).error, dkim_sign_error::none);
  int const calls = 1000 - counting.calls_until_failure;
  for (int call = 0; call != calls; ++call) {
    host h;
    h.calls_until_failure = call;
    EXPECT_EQ(sign(h, of_example(two_keys), dinner).error, dkim_sign_error::function_failed) << call;
  }
  for (int missing = 0; missing != 4; ++missing) {
    host h;
    if (missing == 0) h.functions.hash_begin = nullptr;
    if (missing == 1) h.functions.hash_update = nullptr;
    if (missing == 2) h.functions.hash_end = nullptr;
    if (missing == 3) h.functions.sign = nullptr;
    EXPECT_EQ(sign(h, of_example(), dinner).error, dkim_sign_error::function_failed);
  }
}

TEST(DkimSigner, RoomForAllOrAnError) {
  host h;
  std::size_t const size = sign(h, of_example(two_keys), dinner).fields.size();
  for (std::size_t room = 0; room != size; ++room)
    ASSERT_EQ(sign(h, of_example(two_keys), dinner, std::string::npos, room).error, dkim_sign_error::room);
  EXPECT_EQ(sign(h, of_example(two_keys), dinner, std::string::npos, size).error, dkim_sign_error::none);
}

TEST(DkimSigner, CallsInOrder) {
  host h;
  header_block header;
  dkim_sign_options const options = of_example();
  dkim_signer signer{header, h.functions, options};
  std::string storage(4096, '\0');
  text_writer out{storage};
  EXPECT_EQ(signer.write(out), dkim_sign_error::order);
  EXPECT_EQ(signer.body("Hi.\r\n"), errc::ok);
  EXPECT_EQ(signer.end_of_body(), errc::ok);
  EXPECT_EQ(signer.body("Hi.\r\n"), errc::local_order);
  EXPECT_EQ(signer.end_of_body(), errc::local_order);
  EXPECT_EQ(signer.write(out), dkim_sign_error::order);
  // The header may come later than the signer, and the fields be written again.
  (void)header.take("From: a@b\r\n\r\n");
  EXPECT_EQ(signer.write(out), dkim_sign_error::none);
  std::string const first{out.written()};
  EXPECT_EQ(signer.write(out), dkim_sign_error::none);
  EXPECT_EQ(out.written(), first + first);
}

}  // namespace
