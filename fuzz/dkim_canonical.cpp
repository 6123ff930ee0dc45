// SPDX-License-Identifier: BSL-1.0
// Any octets as a message: its body and each of its fields have the canonical forms that the obvious computation gives,
// however they are cut and wherever l= ends; and what is signed of it is what that computation signs, in a field that
// the verifier reads and accepts.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/sender/dkim_oracle.hpp"
#include "check.hpp"
#include "ehlo/base/text_writer.hpp"
#include "ehlo/sender/dkim_body.hpp"
#include "ehlo/sender/dkim_signer.hpp"
#include "ehlo/sender/dkim_verifier.hpp"

namespace {

using fuzz::check;
using namespace ehlo::sender;
using ehlo::errc;

// The first octets choose canonicalizations, cuts, limit and names; the rest is the message.
constexpr std::size_t head = 6;

dkim_canonicalization canonicalization(bool relaxed) {
  return relaxed ? dkim_canonicalization::relaxed : dkim_canonicalization::simple;
}

/// Gives the text away in pieces of which nothing is readable behind the end, nor when the call is over.
template <class Take>
void in_pieces(std::string_view text, std::uint32_t cuts, Take take) {
  while (!text.empty()) {
    cuts = cuts * 1664525U + 1013904223U;
    std::size_t const size = 1 + (cuts >> 16) % ((cuts >> 30) == 0 ? 3U : (cuts >> 30) == 1 ? 40U : 1500U);
    std::string_view const piece = text.substr(0, size);
    std::unique_ptr<char[]> const copy(new char[piece.size()]);
    piece.copy(copy.get(), piece.size());
    take(std::string_view{copy.get(), piece.size()});
    text.remove_prefix(piece.size());
  }
}

void canonicalize_body(bool relaxed, std::string_view text, std::uint64_t limit, std::uint32_t cuts) {
  std::string const expected = dkim_oracle::body(relaxed, text);
  std::string made;
  auto const sink = [&made](std::string_view piece) noexcept {
    check(!piece.empty());
    made += piece;
  };
  dkim_body_canonicalizer canonicalizer{canonicalization(relaxed), limit};
  in_pieces(text, cuts, [&](std::string_view piece) { canonicalizer.take(piece, sink); });
  check(canonicalizer.size() <= expected.size());
  canonicalizer.end(sink);
  check(canonicalizer.size() == expected.size() && made == expected.substr(0, limit));
}

void canonicalize_header(bool relaxed, std::string_view text) {
  for (std::string const& field : dkim_oracle::fields_of(text)) {
    if (dkim_oracle::name_of(field).empty()) continue;
    std::string made;
    canonicalize_field(canonicalization(relaxed), field, [&made](std::string_view piece) noexcept {
      check(!piece.empty());
      made += piece;
    });
    check(made == dkim_oracle::field(relaxed, field));
  }
  // Any octets are some field.
  std::size_t whole = 0, without = 0;
  canonicalize_field(canonicalization(relaxed), text, [&](std::string_view piece) noexcept { whole += piece.size(); });
  canonicalize_signature_field(canonicalization(relaxed), text,
                               [&](std::string_view piece) noexcept { without += piece.size(); });
  check(without + 2 <= whole && whole <= text.size() + 2);
}

std::string const rsa = dkim_oracle::rsa_info(1024);
std::string const ed25519(32, 'e');

std::size_t sign(void*, unsigned key, dkim_algorithm, std::string_view digest, std::span<char> out) noexcept {
  std::string const made = dkim_oracle::signature_of(digest, key == 0 ? rsa : ed25519, key == 0 ? 128 : 64);
  return made.copy(out.data(), out.size());
}

void verify(std::string_view message) {
  dkim_oracle::host host;
  header_block header;
  std::string_view const body = header.take(message);
  header.end();
  basic_dkim_verifier<2> verifier{header, host.functions(), {.unix_seconds = 1000}};
  std::string const records[] = {"p=" + dkim_oracle::base64(rsa), "k=ed25519; p=" + dkim_oracle::base64(ed25519)};
  for (std::string_view const record : records) {
    ehlo::dns_question const q = verifier.ask();
    check(bool{q} && verifier.answer(q, {.status = ehlo::dns_status::records, .texts = {&record, 1}}) == errc::ok);
  }
  check(verifier.body(body) == errc::ok && verifier.end_of_body() == errc::ok && verifier.done());
  check(verifier.signatures().size() == 2);
  for (dkim_verdict const& one : verifier.signatures()) check(one.result == dkim_result::pass);
}

/// The octets that were signed, and the lines in which that is said.
void check_signatures(std::string_view fields, std::string_view message, dkim_sign_options const& options,
                      std::vector<std::string> const& hashed) {
  bool const relaxed = options.header == dkim_canonicalization::relaxed;
  check(hashed.size() == 3);
  std::size_t number = 1;
  for (header_field const& field : header_fields{fields}) {
    tag_list tags;
    check(parse_tag_list(field.value, tags) == tag_list_error::none);
    auto const signature = static_cast<std::size_t>(tags.find("b")->value.data() - field.raw.data());
    std::string_view const own = field.raw.substr(0, field.raw.rfind('=', signature - 1) + 1);
    std::string const signed_text =
        dkim_oracle::signed_text(relaxed, dkim_oracle::fields_of(message), tags.find("h")->value, own);
    check(hashed[number++] == signed_text);
  }
  check(number == 3);
  for (std::string const& line : dkim_oracle::lines_of(std::string{fields}))
    check(line.size() + (line[0] == '\t' ? 7 : 0) <= 78);
}

void sign_and_verify(std::string_view message, dkim_sign_options const& options, std::uint32_t cuts) {
  dkim_oracle::host host;
  dkim_functions functions = host.functions();
  functions.sign = sign;
  header_block header;
  dkim_signer signer{header, functions, options};
  in_pieces(message, cuts, [&](std::string_view piece) { check(signer.body(header.take(piece)) == errc::ok); });
  header.end();
  check(signer.end_of_body() == errc::ok);
  std::array<char, 32768> room;
  ehlo::text_writer out{room};
  dkim_sign_error const e = signer.write(out);
  check(!host.misused);
  if (e != dkim_sign_error::none)
    return check(e == dkim_sign_error::malformed_header || e == dkim_sign_error::no_from ||
                 e == dkim_sign_error::many_from || e == dkim_sign_error::too_many_fields);
  check_signatures(out.written(), message, options, host.hashed);
  std::string signed_message{out.written()};
  signed_message += message;
  verify(signed_message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < head) return 0;
  std::string_view const text{reinterpret_cast<char const*>(data) + head, size - head};
  bool const relaxed_header = (data[0] & 1) != 0;
  bool const relaxed_body = (data[0] & 2) != 0;
  std::uint32_t const cuts = data[2] | std::uint32_t{data[3]} << 8U;
  std::uint64_t const limit = data[1] == 255 ? dkim_body_canonicalizer::no_limit : data[1] * (1U + data[4] % 9);
  canonicalize_body(relaxed_body, text, limit, cuts);
  canonicalize_header(relaxed_header, text);

  static constexpr std::array<dkim_signing_key, 2> keys{
      {{"a", dkim_algorithm::rsa_sha256, 0}, {"b", dkim_algorithm::ed25519_sha256, 1}}};
  static constexpr std::array<std::string_view, 6> names{"From", "x", "SUBJECT", "Y", "to", "Received"};
  dkim_sign_options options{.domain = "example.com", .keys = keys};
  options.header = canonicalization(relaxed_header);
  options.body = canonicalization(relaxed_body);
  options.fields = std::span{names}.first(data[4] % 7);
  options.oversigned = std::span{names}.last(data[5] % 7);
  if ((data[0] & 8) != 0) options.unix_seconds = data[4] + 1;
  if ((data[0] & 16) != 0) options.identity = "a;b@x.example.com";
  std::string message = (data[0] & 4) != 0 ? "From: a@example.com\r\n" : "";
  message += text;
  sign_and_verify(message, options, cuts);
  return 0;
}
