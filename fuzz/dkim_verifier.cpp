// SPDX-License-Identifier: BSL-1.0
// Any octets as message and key records: the results are the same however the message is cut and whenever the answers
// come, and what passes is right by the obvious computation. A message that was signed passes, and still does behind a
// change only if that changes nothing of its canonical form. The grammars by themselves: tag lists, base64, keys.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/sender/dkim_oracle.hpp"
#include "check.hpp"
#include "choices.hpp"
#include "ehlo/sender/dkim_verifier.hpp"

namespace {

using fuzz::check;
using fuzz::choices;
using namespace ehlo::sender;
using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::errc;

struct outcome {
  std::string said{};  ///< all that is known of the signatures
  bool pass = false;   ///< one of them passes
};

void note(outcome& out, dkim_verdict const& one) {
  check(one.result == result_of(one.why));
  out.pass = out.pass || one.result == dkim_result::pass;
  out.said.append(name(one.why)).append(" ").append(std::to_string(one.key_bits));
  for (std::string_view const text : {one.domain, one.selector, one.identity, one.signature})
    out.said.append(" ").append(text);
  out.said.append(one.testing ? " t" : "").append(one.partial ? " l " : "");
  out.said.append(std::to_string(one.unsigned_octets)).append("\n");
}

/// What the obvious computation says of a signature that passes.
void check_pass(dkim_verdict const& one, std::string_view message, std::vector<std::string_view> const& records) {
  std::size_t const end = message.find("\r\n\r\n");
  std::string_view const header = message.substr(0, end == message.npos ? end : end + 2);
  std::string_view const body = end == message.npos ? std::string_view{} : message.substr(end + 4);
  bool found = false;
  std::vector<std::string> fields = dkim_oracle::fields_of(header);
  for (std::size_t i = 0; i != fields.size() && !found; ++i) {
    dkim_signature s;
    tag_list tags;
    std::string_view const value = std::string_view{fields[i]}.substr(fields[i].find(':') + 1);
    std::string_view const unfolded = value.substr(0, value.size() - 2);
    if (dkim_oracle::name_of(fields[i]) != "dkim-signature" || parse_tag_list(unfolded, tags) != tag_list_error::none ||
        parse_dkim_signature(unfolded, s) != dkim_problem::none || s.signature != one.signature)
      continue;
    std::string own = fields[i].substr(0, fields[i].size() - 2);
    auto const b = static_cast<std::size_t>(tags.find("b")->value.data() - fields[i].data());
    std::size_t const from = own.rfind('=', b - 1) + 1;
    own.erase(from, (std::min)(own.find(';', from), own.size()) - from);
    std::vector<std::string> others = fields;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    std::string const text =
        dkim_oracle::signed_text(s.header == dkim_canonicalization::relaxed, others, s.signed_fields, own);
    std::string const canonical = dkim_oracle::body(s.body == dkim_canonicalization::relaxed, body);
    std::size_t const length = s.has_length ? static_cast<std::size_t>(s.length) : canonical.size();
    if (dkim_oracle::digest_of(canonical.substr(0, length)) != (std::string_view{s.body_hash.data(), 32}) ||
        length > canonical.size() || one.unsigned_octets != canonical.size() - length)
      continue;
    for (std::string_view const record : records) {
      dkim_key key;
      std::array<char, dkim_key_room> room{};
      std::array<char, 512> signature{};
      if (parse_dkim_key(record, key) != dkim_problem::none) continue;
      std::string_view const octets = decode_folded_base64(key.data, room).text(room);
      std::size_t const size = decode_folded_base64(s.signature, signature).size;
      found = found || std::string_view{signature.data(), size} ==
                           dkim_oracle::signature_of(dkim_oracle::digest_of(text), octets, size);
    }
  }
  check(found);
}

/// Plays a message: cuts and the moments of the answers come from `input`; without it, all at once and answers last.
outcome play(std::string_view message, std::vector<std::string_view> const& records, choices* input) {
  dkim_oracle::host host;
  basic_header_block<4096> header;
  std::string_view rest = message;
  auto const cut = [&] { return input == nullptr ? rest.size() : 1 + input->below(40); };
  while (!header.ended() && !rest.empty()) {
    std::string_view const piece = rest.substr(0, cut());
    rest.remove_prefix(piece.size() - header.take(piece).size());
  }
  header.end();
  basic_dkim_verifier<4> verifier{header, host.functions(), {.unix_seconds = 1000, .trust_partial_body = true}};
  std::vector<dns_question> questions;
  while (dns_question const q = verifier.ask()) questions.push_back(q);
  auto const answer = [&] {
    dns_question const q = questions.back();
    questions.pop_back();
    check(verifier.answer(q, {.status = dns_status::records, .texts = records}) == errc::ok);
    check(verifier.answer(q, {}) == errc::local_order);
  };
  while (!rest.empty()) {
    if (input != nullptr && !questions.empty() && input->below(3) == 0) answer();
    std::string_view const piece = rest.substr(0, cut());
    rest.remove_prefix(piece.size());
    check(verifier.body(piece) == errc::ok);
  }
  check(verifier.end_of_body() == errc::ok && !verifier.needs_body());
  while (!questions.empty()) answer();
  check(verifier.done() && !host.misused && host.highest_state < basic_dkim_verifier<4>::hash_states);
  outcome out;
  for (dkim_verdict const& one : verifier.signatures()) {
    note(out, one);
    if (one.result == dkim_result::pass) check_pass(one, message, records);
  }
  out.said += std::to_string(verifier.left_out());
  return out;
}

outcome play_both(std::string_view message, std::vector<std::string_view> const& records, choices& input) {
  outcome const whole = play(message, records, nullptr);
  check(play(message, records, &input).said == whole.said);
  return whole;
}

/// Fields of a few names, each with a value of any octets that leave it one field.
std::string any_header(choices& input) {
  std::string header;
  constexpr std::string_view names[] = {"From", "to", "Subject ", "X"};
  bool from = false;
  for (std::size_t count = 1 + input.below(4); count != 0; --count) {
    std::size_t const which = input.below(from ? 4 : 1);
    from = true;
    header.append(names[which]).append(":");
    for (char const c : input.octets(input.below(20)))
      if (c == '\n')
        header += "\r\n\t";
      else if (c != '\r')
        header += c;
    header += "\r\n";
  }
  return header;
}

void sign_and_change(choices& input) {
  std::string const key = dkim_oracle::rsa_info(1024);
  std::string const record = "p=" + dkim_oracle::base64(key);
  std::string const header = any_header(input);
  std::string const body{input.octets(input.below(60))};
  dkim_oracle::order o;
  o.relaxed_header = input.below(2) == 1;
  o.relaxed_body = input.below(2) == 1;
  o.list = "from:x:from:to:subject:from:from:from";
  o.tags = std::string{"v=1; a=rsa-sha256; d=example.com; s=sel; c="} + (o.relaxed_header ? "relaxed" : "simple") +
           (o.relaxed_body ? "/relaxed" : "/simple") + "; h=from: x:from:to:subject:from:from:from";
  std::string message = dkim_oracle::signature_field(o, header, body) + header + "\r\n" + body;
  check(play_both(message, {record}, input).pass);
  // What passes is checked by check_pass: it is enough that it is called for all that was changed.
  for (std::size_t count = 1 + input.below(3); count != 0; --count) {
    std::size_t const at = (input.below(256) << 8U | input.below(256)) % message.size();
    std::string const octets{input.octets(input.below(3))};
    message.replace(at, input.below(3), octets);
    play_both(message, {record}, input);
    if (message.empty()) return;
  }
}

void read_grammars(std::string_view text) {
  tag_list tags;
  std::string plain;
  if (parse_tag_list(text, tags) == tag_list_error::none) {
    for (tag const& one : tags.tags()) {
      check(tags.find(one.name) == &one);
      plain.append(one.name).append("=").append(one.value).append(";");
    }
    tag_list again;
    check(parse_tag_list(plain, again) == tag_list_error::none && again.tags().size() == tags.tags().size());
    for (tag const& one : tags.tags()) check(again.find(one.name)->value == one.value);
  }
  std::string bare;
  for (std::size_t i = 0; i != text.size(); ++i) {
    bool const folds = text.substr(i).starts_with("\r\n") && i + 2 != text.size() && ehlo::is_wsp(text[i + 2]);
    if (folds)
      ++i;
    else if (!ehlo::is_wsp(text[i]))
      bare += text[i];
  }
  std::string one(text.size() + 3, '\0');
  std::string other(text.size() + 3, '\0');
  ehlo::decoded const a = decode_folded_base64(text, one);
  ehlo::decoded const b = ehlo::decode_base64(bare, other);
  check(a.valid == b.valid && is_folded_base64(text) == a.valid);
  if (a.valid) check(a.text(one) == b.text(other));
  check(rsa_key_bits(text) <= 8 * text.size());
  dkim_signature s;
  dkim_key k;
  (void)parse_dkim_key(text, k);
  (void)parse_dkim_signature(text, s);
  if (parse_dkim_signature("v=1;a=rsa-sha256;b=AAAA;bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=;d=a.example;"
                           "s=b;h=from;" +
                               std::string{text},
                           s) == dkim_problem::none)
    check(s.identity_domain.size() >= s.domain.size() && (s.expiration < 0 || s.expiration > s.time));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  choices input{{reinterpret_cast<char const*>(data), size}};
  switch (input.below(3)) {
    case 0: read_grammars(input.rest()); break;
    case 1: sign_and_change(input); break;
    default: {
      // Signatures that are nearly right are made here: the input puts its own tags behind them.
      std::string const good = "p=" + dkim_oracle::base64(dkim_oracle::rsa_info(1024));
      std::string const record{input.octets(input.below(80))};
      std::string const more = good + ";" + record;
      std::string message;
      for (std::size_t count = input.below(6); count != 0; --count)
        message
            .append(
                "DKIM-Signature: v=1; a=rsa-sha256; b=AAAA; d=example.com; s=sel; h=from; "
                "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=;")
            .append(input.octets(input.below(30)))
            .append("\r\n");
      choices cuts{input.octets(60)};
      message.append(input.rest());
      play_both(message, {record, more, good}, cuts);
    }
  }
  return 0;
}
