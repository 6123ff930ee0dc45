// SPDX-License-Identifier: BSL-1.0
// ehlo-send --dkim-sign: what has been stored on the other side is verified with the public keys.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dkim_functions.hpp"
#include "ehlo/grammar/base64.hpp"
#include "ehlo/sender/dkim_verifier.hpp"
#include "openssl_object.hpp"
#include "process.hpp"
#include "send_process.hpp"
#include "serve_process.hpp"

namespace {

using namespace test;
using namespace ehlo::sender;

/// A private key in a file, and the record of its public key.
class dkim_key_file {
 public:
  dkim_key_file(std::string path, crypto::any_key private_key) : file{std::move(path)} {
    std::FILE* const out = std::fopen(file.c_str(), "w");
    PEM_write_PrivateKey(out, private_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    bool const ed25519 = EVP_PKEY_get_base_id(private_key.get()) == EVP_PKEY_ED25519;
    unsigned char* der = nullptr;
    int const size = i2d_PUBKEY(private_key.get(), &der);
    std::string_view octets{reinterpret_cast<char const*>(der), static_cast<std::size_t>(size)};
    if (ed25519) octets.remove_prefix(octets.size() - 32);
    std::array<char, 1024> room{};
    record = (ed25519 ? "v=DKIM1; k=ed25519; p=" : "v=DKIM1; p=") +
             std::string{ehlo::encode_base64(octets, room).text(room)};
    OPENSSL_free(der);
  }
  std::string file;
  std::string record;
};

struct signing_keys {
  folder dir;
  dkim_key_file rsa{dir / "rsa.pem", crypto::any_key{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024})}};
  dkim_key_file ed25519{dir / "ed25519.pem", crypto::any_key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}};
  strings both{"--dkim-sign", "example.com:r:" + rsa.file, "--dkim-sign", "example.com:e:" + ed25519.file};
};
signing_keys const& keys() {
  static signing_keys const made;
  return made;
}

/// `domain algorithm result` of each signature, from the top.
std::string verified(std::string_view message) {
  header_block header;
  std::string_view const body = header.take(message);
  header.end();
  dkim::functions openssl;
  dkim_verifier verifier{header, openssl.table(), {}};
  while (ehlo::dns_question const q = verifier.ask()) {
    std::string_view const record = q.name.starts_with("r.") ? keys().rsa.record : keys().ed25519.record;
    verifier.answer(q, {.status = ehlo::dns_status::records, .texts = {&record, 1}});
  }
  verifier.body(body);
  verifier.end_of_body();
  std::string all;
  for (dkim_verdict const& one : verifier.signatures())
    all.append(one.domain)
        .append(" ")
        .append(ehlo::sender::name(one.algorithm))
        .append(" ")
        .append(ehlo::sender::name(one.result))
        .append("; ");
  return all;
}

std::string const both_pass = "example.com rsa-sha256 pass; example.com ed25519-sha256 pass; ";
std::string const envelope_to_b = envelope("a@client.test", {"b@mx.example.org"});

/// What is stored of the file's message, without the envelope.
std::string sent(std::string const& octets, strings const& options) {
  folder const dir;
  std::string const file = write_file(dir / "mail", octets);
  listening server{{"--maildir", dir / "box", "--profile", "strict"}};
  result const r = send_to(server.port, from_a_to_b + options + strings{file});
  EXPECT_EQ(r.status, 0) << r.out << r.error;
  EXPECT_EQ(r.error, "");
  strings const files = stored_in(dir / "box");
  EXPECT_EQ(files.size(), 1U);
  if (files.size() != 1 || !files[0].starts_with(envelope_to_b)) return files.empty() ? "" : files[0];
  return files[0].substr(envelope_to_b.size());
}

std::string const mail =
    "From: a@example.com\r\nTo: b@mx.example.org\r\nSubject:  two  words \r\n\tand one\r\n\r\n.dot  \r\ntext\r\n\r\n";

TEST(send_dkim, signs_in_front_of_the_message_whichever_way_it_goes) {
  for (strings const& way : {strings{}, strings{"--chunking"}, strings{"--chunking", "--chunk-size", "7"},
                             strings{"--no-pipelining", "--dkim-sign", "example.org:e2:" + keys().ed25519.file}}) {
    std::string const stored = sent(mail, keys().both + way);
    EXPECT_TRUE(stored.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com;"));
    EXPECT_TRUE(stored.ends_with("=\r\n" + mail)) << stored;
    bool const third = !way.empty() && way.back().starts_with("example.org");
    EXPECT_EQ(verified(stored), both_pass + (third ? "example.org ed25519-sha256 pass; " : ""));
    std::string other = stored;
    other.replace(other.rfind("text"), 4, "test");
    EXPECT_EQ(verified(other).substr(0, 28), "example.com rsa-sha256 fail;");
  }
}

TEST(send_dkim, signs_what_goes_out_and_not_what_is_in_the_file) {
  // Line ends are repaired: LF, a CR alone, and the end that is missing.
  std::string const stored = sent("From: a@example.com\nTo: b\rc\n\n\n.x\ry\r\r\n \nz", keys().both);
  EXPECT_TRUE(stored.ends_with("\r\nFrom: a@example.com\r\nTo: b c\r\n\r\n\r\n.x y \r\n \r\nz\r\n")) << stored;
  EXPECT_EQ(verified(stored), both_pass);
  // A CR that ends the file, a header without a body, a message longer than what is read at once.
  EXPECT_EQ(verified(sent("From: a@example.com\n\nx\r", keys().both)), both_pass);
  EXPECT_EQ(verified(sent("From: a@example.com", keys().both)), both_pass);
  std::string large = "From: a@example.com\nSubject: \xc3\xa4\n\n";
  while (large.size() < 300'000) large += "line  of text \n\n";
  EXPECT_EQ(verified(sent(large, keys().both)), both_pass);
  EXPECT_EQ(verified(sent(large, keys().both + strings{"--chunking", "--chunk-size", "1000"})), both_pass);
}

TEST(send_dkim, declares_the_size_with_the_signatures) {
  folder const dir;
  std::string const file = write_file(dir / "mail", mail);
  played_server const server;
  process send{
      send_command(to_port(server.port) + strings{"--no-pipelining"} + from_a_to_b + keys().both + strings{file})};
  descriptor const d = server.greet({"SIZE"});
  std::string const command = d.read_line();
  d.write("250 2.1.0 ok\r\n");
  server.hear(d, "RCPT TO:<b@mx.example.org>\r\n", "250 2.1.5 ok\r\n");
  server.hear(d, "DATA\r\n", "354 go\r\n");
  std::size_t size = 0;
  for (std::string line = d.read_line(); !line.empty() && line != ".\r\n"; line = d.read_line())
    size += line.size() - (line.starts_with("..") ? 1 : 0);
  d.write("250 2.0.0 ok\r\n");
  server.hear(d, "QUIT\r\n", "221 2.0.0 bye\r\n");
  EXPECT_EQ(send.finish().status, 0);
  EXPECT_EQ(command, "MAIL FROM:<a@client.test> SIZE=" + std::to_string(size) + "\r\n");
}

TEST(send_dkim, does_not_send_what_cannot_be_signed) {
  folder const dir;
  listening server{{"--maildir", dir / "box"}};
  std::string const no_from = write_file(dir / "no_from", "Subject: x\n\n");
  std::string const broken = write_file(dir / "broken", "From: x\nno field\n\n");
  std::string const good = write_file(dir / "good", mail);
  result const r = send_to(server.port, from_a_to_b + keys().both + strings{no_from, broken, good, "-"}, "From: y\n");
  EXPECT_EQ(r.status, 66);
  EXPECT_TRUE(r.out.starts_with(
      no_from + ": b@mx.example.org: not tried: cannot be signed: the header has no From field\n" + broken +
      ": b@mx.example.org: not tried: cannot be signed: the header has a line that is no field, or a CR or LF alone\n" +
      good + b_has_it))
      << r.out;
  EXPECT_EQ(count(b_has_it, r.out), 2U);
  EXPECT_EQ(stored_in(dir / "box").size(), 2U);
}

struct refusal {
  int status;
  std::string option;
  std::string why;
};

TEST(send_dkim, wrong_options) {
  folder const dir;
  std::string const no_key = write_file(dir / "empty", "");
  dkim_key_file const ec{dir / "ec.pem", crypto::any_key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")}};
  dkim_key_file const weak{dir / "weak.pem",
                           crypto::any_key{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{768})}};
  refusal const refusals[] = {
      {64, "", "not DOMAIN:SELECTOR:KEYFILE"},
      {64, "example.com:s", "not DOMAIN:SELECTOR:KEYFILE"},
      {64, "example.com:s:", "not DOMAIN:SELECTOR:KEYFILE"},
      {64, "com:s:" + keys().rsa.file, "the domain is not of two labels or more in ASCII"},
      {64, "example.com::" + keys().rsa.file, "the selector is no domain name, or makes one that is too long"},
      {66, "example.com:s:" + no_key, no_key + ": no private key can be read from it"},
      {66, "example.com:s:/no/such/file", "/no/such/file: no private key can be read from it"},
      {66, "example.com:s:" + ec.file, ec.file + ": neither an RSA nor an Ed25519 key"},
      {66, "example.com:s:" + weak.file, weak.file + ": an RSA key of less than 1024 bits, or of more than 4096"},
  };
  for (refusal const& row : refusals) {
    result const r = test::run(send_command(to_port(1) + from_a_to_b + strings{"--dkim-sign", row.option, "-"}));
    EXPECT_EQ(r.status, row.status) << row.option;
    EXPECT_EQ(r.error, "ehlo-send: --dkim-sign: " + row.why + "\n");
  }
}

}  // namespace
