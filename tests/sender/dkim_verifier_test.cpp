// SPDX-License-Identifier: BSL-1.0
// Verification by the rules of RFC 6376 6, RFC 8301 and RFC 8463. Each message is played with its keys before, within
// and behind the body, in one piece and octet by octet: the results are the same.
#include "ehlo/sender/dkim_verifier.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dkim_examples.hpp"
#include "dkim_oracle.hpp"

namespace {

using namespace ehlo::sender;
using namespace std::string_view_literals;
using dkim_oracle::base64;
using dkim_oracle::host;
using dkim_oracle::order;
using dkim_oracle::rsa_info;
using dkim_oracle::signature_field;
using ehlo::dns_answer;
using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::dns_type;
using ehlo::errc;

/// The DNS: what is not in it does not exist.
struct records {
  dns_status status = dns_status::records;
  std::vector<std::string> texts{};
};
using zone = std::map<std::string, records, std::less<>>;

std::string key_record(std::string_view key) { return "v=DKIM1; p=" + base64(key); }
zone const usual{{"sel._domainkey.example.com", {dns_status::records, {key_record(rsa_info(1024))}}}};

errc give(dkim_verifier_core& verifier, dns_question const& q, zone const& from) {
  auto const at = from.find(q.name);
  if (at == from.end()) return verifier.answer(q, {.status = dns_status::nxdomain});
  std::vector<std::string_view> const texts{at->second.texts.begin(), at->second.texts.end()};
  return verifier.answer(q, {.status = at->second.status, .texts = texts});
}

std::string say(dkim_verdict const& one) {
  std::string out{name(one.result)};
  out.append(" ").append(name(one.why));
  if (one.key_bits != 0) out.append(" ").append(std::to_string(one.key_bits));
  if (one.testing) out.append(" testing");
  if (one.partial) out.append(" partial ").append(std::to_string(one.unsigned_octets));
  return out;
}
std::string say(dkim_verifier_core const& verifier) {
  std::string out;
  for (dkim_verdict const& one : verifier.signatures()) out.append(out.empty() ? "" : ", ").append(say(one));
  return out;
}

constexpr std::size_t behind_body = std::string_view::npos;

/// Plays the message in pieces of `step` octets; the answers come in front of the octet `answers_at` of the body, the
/// last question first.
std::string play(host& with, std::string_view message, zone const& from, dkim_verify_options const& options,
                 std::size_t answers_at, std::size_t step) {
  header_block header;
  std::string_view body = message;
  while (!header.ended() && !body.empty()) {
    std::string_view const piece = body.substr(0, step);
    body.remove_prefix(piece.size() - header.take(piece).size());
  }
  header.end();
  dkim_verifier verifier{header, with.functions(), options};
  std::vector<dns_question> questions;
  while (dns_question const q = verifier.ask()) questions.push_back(q);
  auto const answer = [&] {
    for (; !questions.empty(); questions.pop_back())
      EXPECT_EQ(give(verifier, questions.back(), from), errc::ok) << questions.back().name;
  };
  for (std::size_t at = 0; at < body.size(); at += step) {
    if (at >= answers_at) answer();
    EXPECT_EQ(verifier.body(body.substr(at, step)), errc::ok);
  }
  if (answers_at != behind_body) answer();
  EXPECT_EQ(verifier.end_of_body(), errc::ok);
  answer();
  EXPECT_TRUE(verifier.done() && !verifier.needs_body() && !verifier.ask());
  EXPECT_FALSE(with.misused);
  EXPECT_LT(with.highest_state, dkim_verifier::hash_states);
  return say(verifier);
}

std::string verify(std::string_view message, zone const& from = usual, dkim_verify_options const& options = {}) {
  host first;
  std::string const result = play(first, message, from, options, 0, message.size());
  std::array<std::size_t, 2> const others[]{{0, 1}, {9, 7}, {behind_body, 1}, {behind_body, message.size()}};
  for (auto const& [answers_at, step] : others) {
    host other;
    EXPECT_EQ(play(other, message, from, options, answers_at, step), result) << step << " " << answers_at;
  }
  return result;
}

constexpr std::string_view plain_header = "From: a@example.com\r\nTo: b@example.org\r\nSubject: hello\r\n";
constexpr std::string_view plain_body = "Hello.\r\n";

std::string message_of(std::string_view fields, std::string_view header = plain_header,
                       std::string_view body = plain_body) {
  return std::string{fields}.append(header).append("\r\n").append(body);
}
/// The message with a signature of it in front.
std::string sign(order const& o, std::string_view header = plain_header, std::string_view body = plain_body) {
  return message_of(signature_field(o, header, body), header, body);
}
/// What a message signed with these tags gives.
std::string with_tags(std::string_view tags, dkim_verify_options const& options = {}) {
  return verify(sign({.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=from:to; " + std::string{tags}}), usual,
                options);
}

TEST(DkimVerifier, EachCanonicalization_3_4) {
  struct {
    std::string_view header, body;
  } const messages[] = {
      {plain_header, plain_body},
      {plain_header, ""},
      {plain_header, "\r\n"},
      {plain_header, "\r\n\r\n \r\n\t \r\n"},
      {"fRoM :\r\n\t a \r\n b\r\nTO:  c\t d  \r\n", " a \t b \r\n\r\nc\r\n \r\n\r\n"},
      {"To: \r\n \r\nFrom: \xC3\xA9\xFF\r\nX: y\r\n", "no line end"},
      {"From: x\r\n", "a\rb\nc\r\r\n \r"},
      {"From: x\r\nTo:\r\n", std::string_view{"\0 \0\r\n", 5}},
  };
  for (auto const& [header, body] : messages)
    for (int i = 0; i != 4; ++i) {
      bool const relaxed_header = i / 2 == 1;
      bool const relaxed_body = i % 2 == 1;
      std::string const c =
          std::string{relaxed_header ? "relaxed" : "simple"} + (relaxed_body ? "/relaxed" : "/simple");
      order const o{.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=from:to; c=" + c,
                    .relaxed_header = relaxed_header,
                    .relaxed_body = relaxed_body};
      EXPECT_EQ(verify(sign(o, header, body)), "pass none 1024") << c << " " << body;
    }
}

// The octets that are hashed: of the body once for both signatures, then of the header for each.
TEST(DkimVerifier, WhatIsHashed_Rfc8463AppendixA) {
  using namespace dkim_examples;
  zone const from{
      {"brisbane._domainkey.football.example.com", {dns_status::records, {std::string{rfc8463_ed25519_key}}}},
      {"test._domainkey.football.example.com", {dns_status::records, {std::string{rfc8463_rsa_key}}}}};
  std::string const fields =
      "from:Joe SixPack <joe@football.example.com>\r\n"
      "to:Suzie Q <suzie@shopping.example.net>\r\n"
      "subject:Is dinner ready?\r\n"
      "date:Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
      "message-id:<20030712040037.46341.5F8J@football.example.com>\r\n";
  std::string const rsa =
      "dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=football.example.com; i=@football.example.com; "
      "q=dns/txt; s=test; t=1528637909; h=from : to : subject : date : message-id : from : subject : date; "
      "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=";
  std::string const ed25519 =
      "dkim-signature:v=1; a=ed25519-sha256; c=relaxed/relaxed; d=football.example.com; i=@football.example.com; "
      "q=dns/txt; s=brisbane; t=1528637909; h=from : to : subject : date : message-id : from : subject : date; "
      "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=";
  host with;
  // The signatures are real, and this host makes others.
  EXPECT_EQ(play(with, rfc8463_message(), from, {}, behind_body, 10),
            "fail signature_mismatch 256, fail signature_mismatch 1024");
  EXPECT_EQ(with.hashed, (std::vector<std::string>{"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n",
                                                   fields + rsa, fields + ed25519}));
}

TEST(DkimVerifier, WhatIsHashed_Rfc6376AppendixA) {
  using namespace dkim_examples;
  zone const from{{"brisbane._domainkey.example.com", {dns_status::records, {std::string{rfc6376_key}}}}};
  std::string const message = rfc6376_message(false);
  std::size_t const received = message.find("Received:");
  std::size_t const empty_line = message.find("\r\n\r\n");
  host with;
  EXPECT_EQ(play(with, message, from, {}, behind_body, 10), "fail signature_mismatch 1024");
  // "b=" has nothing behind it, not even the semicolon's line end is missing.
  EXPECT_EQ(with.hashed, (std::vector<std::string>{message.substr(empty_line + 4),
                                                   message.substr(received, empty_line + 2 - received) +
                                                       message.substr(0, message.find("AuUo")) + ";"}));
}

// "b=" may stand anywhere in the field.
TEST(DkimVerifier, OnlyTheValueOfBIsLeftOut_3_7) {
  std::string const tags =
      "v=1; a=rsa-sha256; bb=b=1; d=example.com; s=sel; h=from; bh=" + base64(dkim_oracle::digest_of("Hello.\r\n")) +
      "; b =";
  std::string const from = "From: a@example.com\r\n";
  std::string const own = "DKIM-Signature: " + tags;
  std::string const digest = dkim_oracle::digest_of(from + own + "; x=9999; b2=1");
  std::string const b = base64(dkim_oracle::signature_of(digest, rsa_info(1024), 128));
  EXPECT_EQ(verify(message_of(own + "\r\n\t" + b.substr(0, 50) + " \r\n " + b.substr(50) + " ; x=9999; b2=1\r\n")),
            "pass none 1024");
}

TEST(DkimVerifier, RepeatedFieldsFromTheBottom_5_4_2) {
  std::string const header = "R: a\r\nFrom: x\r\nR: b\r\nr : c\r\nT: t\r\n";
  order o{.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=R:from : r:gone:gone"};
  o.list = "r:from:r:gone:gone";
  std::string const own = signature_field(o, header, plain_body);
  host with;
  EXPECT_EQ(play(with, message_of(own, header), usual, {}, 0, 100), "pass none 1024");
  EXPECT_EQ(with.hashed[0], "r : c\r\nFrom: x\r\nR: b\r\n" + own.substr(0, own.rfind("b=") + 2));
  // What is not signed may come and go, above and below.
  EXPECT_EQ(verify(message_of(own, "T: u\r\nT: v\r\n" + header)), "pass none 1024");
  EXPECT_EQ(verify(message_of(own, "R: before\r\n" + header)), "pass none 1024");
  // What was signed may not, nor may one come that was said not to be there (8.15).
  EXPECT_EQ(verify(message_of(own, header + "R: behind\r\n")), "fail signature_mismatch 1024");
  EXPECT_EQ(verify(message_of(own, "Gone: no\r\n" + header)), "fail signature_mismatch 1024");
  EXPECT_EQ(verify(message_of(own, "R: b\r\nFrom: x\r\nR: a\r\nr : c\r\n")), "fail signature_mismatch 1024");
  EXPECT_EQ(verify(message_of("From: x\r\n" + own, "R: a\r\nR: b\r\nr : c\r\nT: t\r\n")), "pass none 1024");
}

// 3.7: "MUST NOT be included in its own h= tag, although other DKIM-Signature header fields MAY be signed".
TEST(DkimVerifier, OtherSignaturesCanBeSigned_3_5) {
  std::string const first = signature_field({}, plain_header, plain_body);
  order o{.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=from:dkim-signature:dkim-signature"};
  o.list = "from:dkim-signature:dkim-signature";
  std::string const header = first + std::string{plain_header};
  std::string const second = signature_field(o, header, plain_body);
  EXPECT_EQ(verify(message_of(second, header)), "pass none 1024, pass none 1024");
  // Where it stands does not matter: its own field does not count.
  EXPECT_EQ(verify(message_of(first + second)), "pass none 1024, pass none 1024");
  EXPECT_EQ(verify(message_of(second)), "fail signature_mismatch 1024");
}

TEST(DkimVerifier, ChangedInTransit_6_1_3) {
  std::string const signature = signature_field({}, plain_header, plain_body);
  EXPECT_EQ(verify(message_of(signature)), "pass none 1024");
  EXPECT_EQ(verify(message_of(signature, plain_header, "Hello!\r\n")), "fail body_hash_mismatch 1024");
  EXPECT_EQ(verify(message_of(signature, plain_header, "Hello.\r\n-- \r\nlist\r\n")), "fail body_hash_mismatch 1024");
  EXPECT_EQ(verify(message_of(signature, plain_header, "")), "fail body_hash_mismatch 1024");
  EXPECT_EQ(verify(message_of(signature, plain_header, "Hello.\r\n\r\n\r\n")), "pass none 1024");
  EXPECT_EQ(verify(message_of(signature, "From: a@example.com\r\nTo:  b@example.org\r\n")),
            "fail signature_mismatch 1024");
  // The header counts first: where it is wrong nothing can be said of its bh=.
  EXPECT_EQ(verify(message_of(signature, "From: c@example.com\r\nTo: b@example.org\r\n", "")),
            "fail signature_mismatch 1024");
  // Each octet of the signature's own field counts as well.
  for (std::size_t i = 16; i + 2 < signature.size(); i += 3) {
    std::string other = signature;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify(message_of(other)).starts_with("pass")) << other;
  }
}

TEST(DkimVerifier, BodyLength_3_5) {
  auto const with_length = [](std::string_view l, std::string_view body, std::size_t length, bool trust) {
    order o{.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=from:to; l=" + std::string{l}};
    o.length = length;
    return verify(message_of(signature_field(o, plain_header, plain_body), plain_header, body), usual,
                  {.trust_partial_body = trust});
  };
  EXPECT_EQ(with_length("8", "Hello.\r\n", 8, false), "pass none 1024 partial 0");
  EXPECT_EQ(with_length("8", "Hello.\r\n\r\n\r\n", 8, false), "pass none 1024 partial 0") << "that is no content";
  EXPECT_EQ(with_length("5", "Hello.\r\n", 5, false), "policy unsigned_content 1024 partial 3");
  EXPECT_EQ(with_length("5", "Hello.\r\n", 5, true), "pass none 1024 partial 3");
  EXPECT_EQ(with_length("8", "Hello.\r\nBuy!\r\n", 8, false), "policy unsigned_content 1024 partial 6");
  EXPECT_EQ(with_length("8", "Hello.\r\nBuy!\r\n", 8, true), "pass none 1024 partial 6");
  EXPECT_EQ(with_length("8", "Hallo.\r\nBuy!\r\n", 8, true), "fail body_hash_mismatch 1024 partial 6");
  EXPECT_EQ(with_length("0", "Hello.\r\n", 0, false), "policy unsigned_content 1024 partial 8");
  EXPECT_EQ(with_length("0", "Hello.\r\n", 0, true), "pass none 1024 partial 8");
  // "This value MUST NOT be larger than the actual number of octets".
  EXPECT_EQ(with_length("9", "Hello.\r\n", 8, true), "fail body_too_short 1024 partial 0");
  EXPECT_EQ(with_length("8", "Hello.", 8, false), "pass none 1024 partial 0") << "its line end is put there";
  EXPECT_EQ(with_length("8", "Hi.\r\n", 8, true), "fail body_too_short 1024 partial 0");
  EXPECT_EQ(with_length(std::string(76, '9'), "Hello.\r\n", 8, true), "fail body_too_short 1024 partial 0");
}

TEST(DkimVerifier, FromHasToBeSigned_6_1_1) {
  auto const of = [](std::string_view list, std::string_view header) {
    order o{.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=" + std::string{list}};
    o.list = list;
    return verify(sign(o, header));
  };
  EXPECT_EQ(of("from", "From: x\r\n"), "pass none 1024");
  EXPECT_EQ(of("FROM", "fRom \t: x\r\n"), "pass none 1024");
  EXPECT_EQ(of("to:subject", "From: x\r\nTo: y\r\n"), "permerror from_not_signed");
  EXPECT_EQ(of("from:to", "To: y\r\n"), "permerror no_from");
  EXPECT_EQ(of("from:from", "From: x\r\n"), "pass none 1024");
  // 8.15: another one, in whatever place.
  EXPECT_EQ(of("from", "From: x\r\nFrom: y\r\n"), "policy from_added");
  EXPECT_EQ(of("from:from", "From: x\r\nFrom : y\r\n"), "pass none 1024") << "they are signed";
  EXPECT_EQ(of("from:from", "From: x\r\nTo: a\r\nFrom: y\r\nFROM: z\r\n"), "policy from_added");
}

// 3.8: what others may see as another header, or as the body.
TEST(DkimVerifier, HeadersThatAreNone_3_8) {
  order const o{.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=from", .list = "from"};
  for (std::string_view const header : {"From x@example.com Mon Jan 1\r\nFrom: x\r\n", "From: x\r\nBuy this.\r\n",
                                        "From: x\r\n: y\r\n", "From: x\r\nA B: y\r\n", "From: x\r\nX: a\nFrom: z\r\n",
                                        "From: x\r\nX: a\rFrom: z\r\n", "From: x\r\nX\xC3: y\r\n"})
    EXPECT_EQ(verify(sign(o, header)), "policy malformed_header") << header;
  EXPECT_EQ(verify(" goes on from nothing\r\n" + sign(o, "From: x\r\n")), "policy malformed_header");
  EXPECT_EQ(verify(sign(o, "From: x\r\nX:\r\nY:\r\n \r\n")), "pass none 1024");
}

TEST(DkimVerifier, Times_3_5) {
  dkim_verify_options const now{.unix_seconds = 1000000, .clock_skew = 300};
  EXPECT_EQ(with_tags("t=1000300", now), "pass none 1024");
  EXPECT_EQ(with_tags("t=1000301", now), "policy in_future");
  EXPECT_EQ(with_tags("t=999999999999", now), "policy in_future");
  EXPECT_EQ(with_tags("x=999700", now), "pass none 1024");
  EXPECT_EQ(with_tags("x=999699", now), "policy expired");
  EXPECT_EQ(with_tags("x=0", now), "policy expired");
  EXPECT_EQ(with_tags("x=999999999999", now), "pass none 1024");
  EXPECT_EQ(with_tags("t=1; x=1", now), "permerror expiration_order");
  EXPECT_EQ(with_tags("t=999999; x=1000001", {.unix_seconds = 1000000, .clock_skew = 0}), "pass none 1024");
  EXPECT_EQ(with_tags("x=999999", {.unix_seconds = 1000000, .clock_skew = 0}), "policy expired");
  EXPECT_EQ(with_tags("t=1000001", {.unix_seconds = 1000000, .clock_skew = 0}), "policy in_future");
  EXPECT_EQ(with_tags("t=5; x=6"), "pass none 1024") << "the time is not known";
}

TEST(DkimVerifier, Keys_6_1_2) {
  struct {
    std::string record, result;
  } const rows[] = {
      {key_record(rsa_info(1024)), "pass none 1024"},
      {"p=" + base64(rsa_info(1024)), "pass none 1024"},
      {key_record(rsa_info(1024)) + "; t=y", "pass none 1024 testing"},
      {key_record(rsa_info(1024)) + "; t=s", "pass none 1024"},
      {key_record(rsa_info(1024)) + "; h=sha256; s=email; k=rsa; n=x; g=", "pass none 1024"},
      {key_record(rsa_info(1024)) + "; h=sha1", "permerror key_hash"},
      {key_record(rsa_info(1024)) + "; s=tlsrpt", "permerror key_service"},
      {key_record(rsa_info(1024)) + "; k=ed25519", "permerror key_type"},
      {key_record(rsa_info(1024)) + "; k=dsa", "permerror key_type"},
      {key_record(rsa_info(1024)) + "; k=rsa; k=rsa", "permerror key_syntax"},
      {"v=DKIM1; p=", "permerror key_revoked"},
      {"v=DKIM1; k=other; p=; t=y", "permerror key_revoked testing"},
      {"v=DKIM1; k=rsa", "permerror key_syntax"},
      {"v=DKIM2; p=", "permerror key_version"},
      {"v=spf1 -all", "permerror key_version"},
      {"hello", "permerror key_syntax"},
      {"", "permerror key_syntax"},
      {"p=!", "permerror key_syntax"},
      {key_record("no key"), "permerror key_data"},
      {key_record(rsa_info(1024) + "x"), "permerror key_data"},
      // RFC 8301 3.2, and the size up to which this goes.
      {key_record(rsa_info(1023)), "policy key_too_small 1023"},
      {key_record(dkim_oracle::rsa_key(512)), "policy key_too_small 512"},
      {key_record(rsa_info(4097)), "policy key_too_large 4097"},
      {key_record(rsa_info(8192)), "policy key_too_large 8192"},
      {key_record(rsa_info(16384)), "policy key_too_large"},
      // Other keys: a signature has as many octets as the key, and is right.
      {key_record(dkim_oracle::rsa_key(1024)), "fail signature_mismatch 1024"},
      {key_record(rsa_info(1032)), "fail signature_mismatch 1032"},
      {key_record(rsa_info(4096)), "fail signature_mismatch 4096"},
  };
  std::string const message = sign({});
  for (auto const& [record, result] : rows)
    EXPECT_EQ(verify(message, {{"sel._domainkey.example.com", {dns_status::records, {record}}}}), result) << record;
}

TEST(DkimVerifier, KeysOfEachKind_Rfc8463) {
  for (std::size_t const bits : {1024U, 1025U, 2048U, 4096U})
    for (std::string const& key : {rsa_info(bits), dkim_oracle::rsa_key(bits)}) {
      std::string const message = sign({.key = key, .size = (bits + 7) / 8});
      EXPECT_EQ(verify(message, {{"sel._domainkey.example.com", {dns_status::records, {key_record(key)}}}}),
                "pass none " + std::to_string(bits));
    }
  std::string const key(32, 'k');
  std::string const record = "v=DKIM1; k=ed25519; p=" + base64(key);
  order const o{.tags = "v=1; a=ed25519-sha256; d=example.com; s=sel; h=from:to", .key = key, .size = 64};
  EXPECT_EQ(verify(sign(o), {{"sel._domainkey.example.com", {dns_status::records, {record}}}}), "pass none 256");
  EXPECT_EQ(verify(sign(o)), "permerror key_type");
  // A signature has as many octets as the key says.
  for (std::size_t const size : {1U, 63U, 65U, 128U}) {
    order other = o;
    other.size = size;
    EXPECT_EQ(verify(sign(other), {{"sel._domainkey.example.com", {dns_status::records, {record}}}}),
              "fail signature_mismatch 256");
  }
  for (std::size_t const size : {1U, 127U, 129U, 512U, 513U, 5000U})
    EXPECT_EQ(verify(sign({.size = size})), "fail signature_mismatch 1024") << size;
  std::string const short_key = "k=ed25519; p=" + base64(std::string(31, 'k'));
  EXPECT_EQ(verify(sign(o), {{"sel._domainkey.example.com", {dns_status::records, {short_key}}}}),
            "permerror key_data");
}

// 6.1.2, step 4: each record is tried; otherwise the one that came furthest has the say.
TEST(DkimVerifier, SeveralKeyRecords_6_1_2) {
  std::string const good = key_record(rsa_info(1024));
  std::string const other = key_record(dkim_oracle::rsa_key(1024)) + "; t=y";
  auto const of = [](std::vector<std::string> texts) {
    std::string const message = sign({});
    std::sort(texts.begin(), texts.end());
    std::string result;
    do {
      std::string const now = verify(message, {{"sel._domainkey.example.com", {dns_status::records, texts}}});
      EXPECT_TRUE(result.empty() || now == result) << now << " " << result;
      result = now;
    } while (std::next_permutation(texts.begin(), texts.end()));
    return result;
  };
  EXPECT_EQ(of({good, "v=spf1 -all", other}), "pass none 1024");
  EXPECT_EQ(of({"hello", other, "p="}), "fail signature_mismatch 1024 testing");
  EXPECT_EQ(of({"hello", "v=spf1 -all", "p=", good + "; h=x"}), "permerror key_revoked");
  EXPECT_EQ(of({}), "permerror no_key");
  // The public-key function is called for so many at most.
  std::vector<std::string> many(dkim_verifier::most_keys, other);
  many.push_back(good);
  host with;
  EXPECT_EQ(play(with, sign({}), {{"sel._domainkey.example.com", {dns_status::records, many}}}, {}, 0, 100),
            "fail signature_mismatch 1024 testing");
  EXPECT_EQ(with.checked.size(), dkim_verifier::most_keys);
  EXPECT_EQ(with.hashed.size(), 1U) << "one hash of the header, and none of the body, will do";
}

TEST(DkimVerifier, WhatTheDnsSays_6_1_2) {
  std::string const message = sign({});
  auto const with_status = [&](dns_status status) {
    return verify(message, {{"sel._domainkey.example.com", {status, {key_record(rsa_info(1024))}}}});
  };
  EXPECT_EQ(with_status(dns_status::records), "pass none 1024");
  EXPECT_EQ(with_status(dns_status::nodata), "permerror no_key");
  EXPECT_EQ(with_status(dns_status::nxdomain), "permerror no_key");
  EXPECT_EQ(with_status(dns_status::servfail), "temperror key_unavailable");
  EXPECT_EQ(with_status(dns_status::timeout), "temperror key_unavailable");
}

// t=s: "the i= domain MUST NOT be a subdomain of d=".
TEST(DkimVerifier, IdentityOfTheKey_3_6_1) {
  zone const strict{{"sel._domainkey.example.com", {dns_status::records, {key_record(rsa_info(1024)) + "; t=x:s"}}}};
  auto const of = [](std::string_view i, zone const& from) {
    return verify(sign({.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=from:to; i=" + std::string{i}}), from);
  };
  EXPECT_EQ(of("joe@sub.example.com", usual), "pass none 1024");
  EXPECT_EQ(of("joe@sub.example.com", strict), "permerror key_identity");
  EXPECT_EQ(of("joe@Example.COM", strict), "pass none 1024");
  EXPECT_EQ(of("joe@example.org", usual), "permerror identity_domain");
}

// RFC 8301 3.1: "rsa-sha1 MUST NOT be used for signing or verifying".
TEST(DkimVerifier, RsaSha1) {
  std::string const message = message_of(
      "DKIM-Signature: v=1; a=rsa-sha1; d=example.com; s=sel; h=from; bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=; b=AAAA\r\n");
  EXPECT_EQ(verify(message), "permerror rsa_sha1");
}

// What has a result at once costs nothing: no question, no hash, no body.
TEST(DkimVerifier, NothingIsAskedForABadSignature) {
  std::string const good = "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=from; b=AAAA; bh=" +
                           base64(dkim_oracle::digest_of(plain_body));
  for (std::string_view const bad : {"; v=1", "; l=x", "; i=@x.org", "; t=5; x=5", "; c=x", "; q=x", ";;"}) {
    host with;
    header_block header;
    std::string const message = message_of(good + std::string{bad} + "\r\n");
    std::string_view const body = header.take(message);
    dkim_verifier verifier{header, with.functions(), {}};
    EXPECT_TRUE(verifier.done() && !verifier.ask() && !verifier.needs_body()) << bad;
    EXPECT_EQ(verifier.body(body), errc::ok);
    EXPECT_EQ(verifier.end_of_body(), errc::ok);
    EXPECT_TRUE(with.open.empty() && with.hashed.empty()) << bad;
  }
}

TEST(DkimVerifier, TheBodyOnlyWhereItIsNeeded) {
  host with;
  header_block header;
  std::string const message = sign({});
  std::string_view const body = header.take(message);
  dkim_verifier verifier{header, with.functions(), {}};
  EXPECT_TRUE(verifier.needs_body());
  EXPECT_EQ(verifier.body(body.substr(0, 3)), errc::ok);
  EXPECT_EQ(with.open.at(0), "Hel");
  EXPECT_EQ(verifier.answer(verifier.ask(), {.status = dns_status::nxdomain}), errc::ok);
  EXPECT_FALSE(verifier.needs_body());
  EXPECT_EQ(verifier.body(body.substr(3)), errc::ok);
  EXPECT_EQ(verifier.end_of_body(), errc::ok);
  EXPECT_TRUE(with.open.at(0) == "Hel" && with.hashed.empty() && with.checked.empty());
  EXPECT_EQ(say(verifier), "permerror no_key");
}

// Signatures with one key share its question, those with one canonicalization and length a hash of the body.
TEST(DkimVerifier, SeveralSignatures_6_1) {
  auto const tags = [](std::string_view more) {
    return order{.tags = "v=1; a=rsa-sha256; h=from:to; d=" + std::string{more}};
  };
  order relaxed = tags("EXAMPLE.com; s=SEL; c=simple/relaxed");
  relaxed.relaxed_body = true;
  order part = tags("example.com; s=sel; l=3");
  part.length = 3;
  std::string fields;
  for (order const& o : {tags("example.com; s=sel"), tags("example.com; s=gone"), relaxed, tags("a.example.net; s=sel"),
                         part, tags("example.com; s=sel; l=x"), tags("example.com; s=sel")})
    fields += signature_field(o, plain_header, plain_body);
  zone from = usual;
  from["sel._domainkey.a.example.net"] = {dns_status::timeout, {}};
  EXPECT_EQ(verify(message_of(fields), from),
            "pass none 1024, permerror no_key, pass none 1024, temperror key_unavailable, "
            "policy unsigned_content 1024 partial 5, neutral body_length, pass none 1024");
  host with;
  header_block header;
  std::string const message = message_of(fields);
  std::string_view const body = header.take(message);
  dkim_verifier verifier{header, with.functions(), {}};
  std::string names;
  std::vector<dns_question> questions;
  while (dns_question const q = verifier.ask()) {
    questions.push_back(q);
    names.append(q.name).append(" ");
    EXPECT_EQ(q.type, dns_type::txt);
  }
  EXPECT_EQ(names, "sel._domainkey.example.com gone._domainkey.example.com sel._domainkey.a.example.net ");
  EXPECT_EQ(verifier.body(body), errc::ok);
  EXPECT_EQ(with.open.size(), 3U) << "simple, relaxed, and the beginning of simple";
  EXPECT_EQ(verifier.end_of_body(), errc::ok);
  EXPECT_EQ(with.hashed, (std::vector<std::string>{"Hello.\r\n", "Hello.\r\n", "Hel"}));
}

TEST(DkimVerifier, MoreSignaturesThanItHolds_6_1) {
  std::string const one = signature_field({}, plain_header, plain_body);
  header_block header;
  std::string const message = message_of(one + one + one);
  std::string_view const body = header.take(message);
  host with;
  basic_dkim_verifier<2> verifier{header, with.functions(), {}};
  EXPECT_EQ(verifier.signatures().size(), 2U);
  EXPECT_EQ(verifier.left_out(), 1U);
  EXPECT_EQ(give(verifier, verifier.ask(), usual), errc::ok);
  EXPECT_EQ(verifier.body(body), errc::ok);
  EXPECT_EQ(verifier.end_of_body(), errc::ok);
  EXPECT_EQ(say(verifier), "pass none 1024, pass none 1024");
  EXPECT_EQ(with.highest_state, 2U);
  EXPECT_EQ(basic_dkim_verifier<2>::hash_states, 3U);
}

TEST(DkimVerifier, MoreFieldsThanItSearches) {
  std::string header{plain_header};
  for (std::size_t i = 4; i != dkim_field_limit; ++i) header += "X:\r\n";
  EXPECT_EQ(verify(sign({}, header)), "pass none 1024");
  EXPECT_EQ(verify(sign({}, header + "X:\r\n")), "neutral too_many_fields");
}

TEST(DkimVerifier, WhatIsReported_3_9) {
  header_block header;
  std::string const message =
      sign({.tags = "v=1; a=rsa-sha256; d=Example.Com; s=S.e.l; h=from:to; i=Joe=20@\r\n a.example.com"});
  (void)header.take(message);
  host with;
  dkim_verifier verifier{header, with.functions(), {}};
  dkim_verdict const& one = verifier.signatures()[0];
  EXPECT_EQ(one.result, dkim_result::none) << "not known yet";
  EXPECT_EQ(one.domain, "Example.Com");
  EXPECT_EQ(one.selector, "S.e.l");
  EXPECT_EQ(one.identity, "Joe=20@\r\n a.example.com");
  EXPECT_EQ(one.algorithm, dkim_algorithm::rsa_sha256);
  EXPECT_EQ(one.signature.size(), 172U);
  EXPECT_EQ(verifier.ask().name, "S.e.l._domainkey.Example.Com");
}

// RFC 8616: U-labels become A-labels before the DNS is asked.
TEST(DkimVerifier, UnicodeDomains) {
  std::string const message = sign({.tags = "v=1; a=rsa-sha256; d=b\xC3\xBC"
                                            "cher.example; i=\xC3\xA9@a.xn--bcher-kva.example; s=\xC3\xBC; h=from:to"});
  std::string const name = "xn--tda._domainkey.xn--bcher-kva.example";
  EXPECT_EQ(verify(message, {{name, {dns_status::records, {key_record(rsa_info(1024))}}}}), "pass none 1024");
  EXPECT_EQ(verify(message, {{name, {dns_status::records, {key_record(rsa_info(1024)) + "; t=s"}}}}),
            "permerror key_identity");
  header_block header;
  (void)header.take(message);
  host with;
  dkim_verifier const verifier{header, with.functions(), {}};
  EXPECT_EQ(verifier.signatures()[0].domain, "xn--bcher-kva.example");
}

TEST(DkimVerifier, FunctionsThatFail) {
  std::string const message = sign({});
  for (std::string_view const what : {"begin", "update", "end", "verify"})
    for (std::size_t const answers_at : {std::size_t{0}, behind_body}) {
      host with;
      with.fail = what;
      EXPECT_EQ(play(with, message, usual, {}, answers_at, 3), "temperror function_failed 1024") << what;
    }
  host with;
  with.fail = "key";
  EXPECT_EQ(play(with, message, usual, {}, 0, 100), "permerror key_data 1024");
  // One that is missing is as one that fails.
  for (int missing = 0; missing != 4; ++missing) {
    host other;
    dkim_functions f = other.functions();
    if (missing == 0) f.hash_begin = nullptr;
    if (missing == 1) f.hash_update = nullptr;
    if (missing == 2) f.hash_end = nullptr;
    if (missing == 3) f.verify = nullptr;
    header_block header;
    std::string_view const body = header.take(message);
    dkim_verifier verifier{header, f, {}};
    EXPECT_EQ(verifier.body(body), errc::ok);
    EXPECT_EQ(verifier.end_of_body(), errc::ok);
    EXPECT_EQ(give(verifier, verifier.ask(), usual), errc::ok);
    EXPECT_EQ(say(verifier), "temperror function_failed 1024");
  }
}

TEST(DkimVerifier, EndWaiting) {
  std::string const fields =
      signature_field({}, plain_header, plain_body) +
      signature_field({.tags = "v=1; a=rsa-sha256; d=a.example; s=sel; h=from:to"}, plain_header, plain_body);
  std::string const message = message_of(fields);
  header_block header;
  std::string_view const body = header.take(message);
  host with;
  dkim_verifier verifier{header, with.functions(), {}};
  dns_question const q = verifier.ask();
  EXPECT_EQ(give(verifier, q, usual), errc::ok);
  verifier.end_waiting();
  EXPECT_EQ(say(verifier), "none none 1024, temperror key_unavailable");
  EXPECT_FALSE(verifier.done() || verifier.ask()) << "the body is still to come";
  EXPECT_EQ(verifier.answer(q, {}), errc::local_order);
  EXPECT_EQ(verifier.body(body), errc::ok);
  EXPECT_EQ(verifier.end_of_body(), errc::ok);
  EXPECT_EQ(say(verifier), "pass none 1024, temperror key_unavailable");
  verifier.end_waiting();
  EXPECT_TRUE(verifier.done());
}

TEST(DkimVerifier, Misuse) {
  std::string const message = sign({});
  header_block header;
  std::string_view const body = header.take(message);
  host with;
  dkim_verifier verifier{header, with.functions(), {}};
  dns_question const first{dns_type::txt, "sel._domainkey.example.com", 0};
  EXPECT_EQ(give(verifier, first, usual), errc::local_order) << "not asked yet";
  dns_question const q = verifier.ask();
  for (dns_question const& wrong :
       {dns_question{}, dns_question{dns_type::a, q.name, 0}, dns_question{dns_type::txt, q.name, 1},
        dns_question{dns_type::txt, q.name, 65535}, dns_question{dns_type::txt, "sel._domainkey.example.org", 0}})
    EXPECT_EQ(give(verifier, wrong, usual), errc::local_argument) << wrong.name << wrong.number;
  EXPECT_EQ(say(verifier), "none none");
  EXPECT_EQ(give(verifier, q, usual), errc::ok);
  EXPECT_EQ(give(verifier, q, usual), errc::local_order);
  EXPECT_EQ(verifier.body(body), errc::ok);
  EXPECT_EQ(verifier.body(""), errc::ok);
  EXPECT_EQ(verifier.end_of_body(), errc::ok);
  EXPECT_EQ(verifier.body(body), errc::local_order);
  EXPECT_EQ(verifier.end_of_body(), errc::local_order);
  EXPECT_EQ(say(verifier), "pass none 1024");
}

TEST(DkimVerifier, NoSignature) {
  EXPECT_EQ(verify(message_of("")), "");
  EXPECT_EQ(verify("\r\nDKIM-Signature: v=1\r\n"), "");
  EXPECT_EQ(verify("DKIM-Signature\r\n\r\n"), "");
  EXPECT_EQ(verify("DKIM-Signature:\r\n\r\n"), "neutral syntax");
  // A header that is not whole has none that could be verified.
  std::string const message = sign({});
  header_block header;
  (void)header.take(message.substr(0, message.find("\r\n\r\n") + 2));
  host with;
  dkim_verifier early{header, with.functions(), {}};
  EXPECT_TRUE(early.signatures().empty() && early.done());
  basic_header_block<1000> small;
  EXPECT_NE(small.take(sign({}, std::string{plain_header} + "X: " + std::string(1000, 'x') + "\r\n")), "");
  EXPECT_TRUE(small.ended() && small.too_long());
  dkim_verifier none{small, with.functions(), {}};
  EXPECT_TRUE(none.signatures().empty() && none.done());
}

// A message may end within its header.
TEST(DkimVerifier, NoBody) {
  std::string const signature = signature_field({}, plain_header, "");
  EXPECT_EQ(verify(signature + std::string{plain_header}), "pass none 1024");
  std::string const header = signature + std::string{plain_header};
  EXPECT_EQ(verify(header.substr(0, header.size() - 2)), "pass none 1024");
}

// Each cut of the message into two.
TEST(DkimVerifier, EachCut) {
  std::string const message = sign({.tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=from:to; c=relaxed/relaxed",
                                    .relaxed_header = true,
                                    .relaxed_body = true},
                                   "From:  a\r\n\tb\r\nTo: c \r\n", " a \t b \r\n\r\n \r\nc\t\r\n\r\n \r\n\r\n");
  for (std::size_t cut = 0; cut <= message.size(); ++cut) {
    host with;
    header_block header;
    std::string const first = message.substr(0, cut);
    std::string_view const begin = header.take(first);
    std::string_view const rest = header.take(std::string_view{message}.substr(cut));
    ASSERT_TRUE(header.ended());
    dkim_verifier verifier{header, with.functions(), {}};
    EXPECT_EQ(verifier.body(begin), errc::ok);
    EXPECT_EQ(give(verifier, verifier.ask(), usual), errc::ok);
    EXPECT_EQ(verifier.body(rest), errc::ok);
    EXPECT_EQ(verifier.end_of_body(), errc::ok);
    EXPECT_EQ(say(verifier), "pass none 1024") << cut;
  }
}

}  // namespace
