// SPDX-License-Identifier: BSL-1.0
// The signed messages of RFC 6376 and RFC 8463 with real keys and digests, by the functions of examples/.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "../sender/dkim_examples.hpp"
#include "dkim_functions.hpp"
#include "ehlo/sender/dkim_verifier.hpp"

namespace {

using namespace ehlo::sender;
using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::errc;

/// `domain: result problem bits` of each signature. The records stand for their names, in turns.
std::string verify(std::string_view message, std::initializer_list<std::array<std::string_view, 2>> records) {
  header_block header;
  std::string_view const text = header.take(message);
  header.end();
  dkim::functions openssl;
  dkim_verifier verifier{header, openssl.table(), {.unix_seconds = 1528637909}};
  while (dns_question const q = verifier.ask()) {
    std::string_view found;
    for (auto const& [name, record] : records)
      if (q.name == name) found = record;
    EXPECT_NE(found, "") << q.name;
    EXPECT_EQ(verifier.answer(q, {.status = dns_status::records, .texts = {&found, 1}}), errc::ok);
  }
  EXPECT_EQ(verifier.body(text), errc::ok);
  EXPECT_EQ(verifier.end_of_body(), errc::ok);
  EXPECT_TRUE(verifier.done());
  std::string out;
  for (dkim_verdict const& one : verifier.signatures())
    out.append(out.empty() ? "" : ", ")
        .append(one.domain)
        .append(": ")
        .append(name(one.result))
        .append(" ")
        .append(name(one.why))
        .append(" ")
        .append(std::to_string(one.key_bits));
  return out;
}

using namespace dkim_examples;

TEST(DkimOpenssl, Rfc6376ExampleAsItWasSigned_AppendixA) {
  auto const records = {std::array{std::string_view{"brisbane._domainkey.example.com"}, rfc6376_key}};
  std::string const message = rfc6376_message(false);
  EXPECT_EQ(verify(message, records), "example.com: pass none 1024");
  EXPECT_EQ(verify(rfc6376_message(true), records), "example.com: fail signature_mismatch 1024");
  // The header alone as it was signed, and the body as printed.
  std::string two_spaces = message;
  two_spaces.replace(two_spaces.find("game. "), 6, "game.  ");
  EXPECT_EQ(verify(two_spaces, records), "example.com: fail body_hash_mismatch 1024");
}

TEST(DkimOpenssl, Rfc8463Example_AppendixA) {
  auto const records = {std::array{std::string_view{"brisbane._domainkey.football.example.com"}, rfc8463_ed25519_key},
                        std::array{std::string_view{"test._domainkey.football.example.com"}, rfc8463_rsa_key}};
  EXPECT_EQ(verify(rfc8463_message(), records),
            "football.example.com: pass none 256, football.example.com: pass none 1024");
  std::string other = rfc8463_message();
  other.replace(other.find("dinner"), 6, "supper");
  EXPECT_EQ(verify(other, records),
            "football.example.com: fail signature_mismatch 256, football.example.com: fail signature_mismatch 1024");
  other = rfc8463_message();
  other.replace(other.find("Joe.\r\n"), 4, "Jim.");
  EXPECT_EQ(verify(other, records),
            "football.example.com: fail body_hash_mismatch 256, football.example.com: fail body_hash_mismatch 1024");
}

// A key that the library has read and OpenSSL cannot use, and the two forms of an RSA key.
TEST(DkimOpenssl, Keys_3_6_1) {
  std::string const rsa_public_key =
      "p=MIGJAoGBAOQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXoliLRC/H9vJjMI1vdb3XLcW60AIN/PBD8EL97/"
      "y4GwJH7LPUv"
      "GP48vqUe+owqszesbiGy1PlCO8c70/OjFnJVgvMF87YR4Lcincb7aSvI5MgpP6X8rjDdAgMBAAE=";
  std::string const point = "k=ed25519; p=" + std::string(43, '/').replace(42, 1, "8") + "=";
  auto const records = {
      std::array{std::string_view{"brisbane._domainkey.football.example.com"}, std::string_view{point}},
      std::array{std::string_view{"test._domainkey.football.example.com"}, std::string_view{rsa_public_key}}};
  std::string const result = verify(rfc8463_message(), records);
  EXPECT_EQ(result.substr(result.find(", ")), ", football.example.com: pass none 1024");
  EXPECT_NE(result.find("fail signature_mismatch 256"), result.npos) << result;
}

}  // namespace
