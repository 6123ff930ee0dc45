// SPDX-License-Identifier: BSL-1.0
// Signs and verifies messages in files with this library, for other programs to verify and to have signed.
//
//   ehlo-dkim-messages sign HEADER/BODY DIRECTORY DOMAIN:SELECTOR:KEYFILE... -- FILE...
//     writes each, signed with all keys, into the directory
//   ehlo-dkim-messages verify KEYS FILE...
//     prints of each signature `FILE ALGORITHM RESULT`, with the reason where it does not pass; KEYS has lines
//     `SELECTOR._domainkey.DOMAIN RECORD`
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dkim_functions.hpp"
#include "ehlo/base/text_writer.hpp"
#include "ehlo/sender/dkim_signer.hpp"
#include "ehlo/sender/dkim_verifier.hpp"
#include "ehlo/sender/header_block.hpp"

namespace {

using namespace ehlo::sender;
using arguments = std::vector<std::string>;

[[noreturn]] void fail(std::string const& why) {
  std::fprintf(stderr, "ehlo-dkim-messages: %s\n", why.c_str());
  std::exit(1);
}

std::string read_file(std::string const& name) {
  std::ifstream file{name, std::ios::binary};
  if (!file) fail(name + " cannot be read");
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// In pieces of which the sizes are all different.
template <class Take>
void in_pieces(std::string_view message, Take take) {
  for (std::size_t size = 1; !message.empty(); ++size) {
    std::string_view const piece = message.substr(0, size);
    take(piece);
    message.remove_prefix(piece.size());
  }
}

dkim_canonicalization canonicalization(std::string_view word) {
  if (word != "simple" && word != "relaxed") fail("no canonicalization: " + std::string{word});
  return word == "simple" ? dkim_canonicalization::simple : dkim_canonicalization::relaxed;
}

std::string sign(std::string const& message, dkim_sign_options const& options, dkim::functions& by) {
  header_block header;
  dkim_signer signer{header, by.table(), options};
  in_pieces(message, [&](std::string_view piece) { signer.body(header.take(piece)); });
  header.end();
  signer.end_of_body();
  std::array<char, 16384> room;
  ehlo::text_writer out{room};
  if (dkim_sign_error const e = signer.write(out); e != dkim_sign_error::none)
    fail(std::string{ehlo::sender::message(e)});
  return std::string{out.written()} + message;
}

int sign_all(arguments const& words) {
  std::size_t const slash = words[1].find('/');
  dkim_sign_options options;
  options.header = canonicalization(std::string_view{words[1]}.substr(0, slash));
  options.body = canonicalization(std::string_view{words[1]}.substr(slash + 1));
  dkim::functions by;
  std::vector<dkim_signing_key> keys;
  std::size_t i = 3;
  for (; i < words.size() && words[i] != "--"; ++i) {
    std::string_view const word = words[i];
    std::size_t const colon = word.find(':');
    std::size_t const second = word.find(':', colon + 1);
    auto const added = by.add_key(std::string{word.substr(second + 1)});
    if (!added.error.empty()) fail(added.error);
    options.domain = word.substr(0, colon);
    keys.push_back({word.substr(colon + 1, second - colon - 1), added.algorithm, added.number});
  }
  options.keys = keys;
  for (++i; i < words.size(); ++i) {
    std::string const name = words[i].substr(words[i].rfind('/') + 1);
    std::ofstream{words[2] + "/" + name, std::ios::binary} << sign(read_file(words[i]), options, by);
  }
  return 0;
}

using key_records = std::map<std::string, std::string>;

void answer(dkim_verifier& verifier, key_records const& keys) {
  while (ehlo::dns_question const q = verifier.ask()) {
    auto const found = keys.find(std::string{q.name});
    if (found == keys.end()) fail("no key for " + std::string{q.name});
    std::string_view const text = found->second;
    verifier.answer(q, {.status = ehlo::dns_status::records, .texts = {&text, 1}});
  }
}

void verify(std::string const& file, key_records const& keys, dkim_functions const& functions) {
  std::string const message = read_file(file);
  header_block header;
  std::string body;
  in_pieces(message, [&](std::string_view piece) { body += header.take(piece); });
  header.end();
  dkim_verifier verifier{header, functions, {}};
  answer(verifier, keys);
  in_pieces(body, [&](std::string_view piece) { verifier.body(piece); });
  verifier.end_of_body();
  for (dkim_verdict const& one : verifier.signatures()) {
    std::string line = file + " " + std::string{name(one.algorithm)} + " " + std::string{name(one.result)};
    if (one.result != dkim_result::pass) line += ": " + std::string{ehlo::sender::message(one.why)};
    std::puts(line.c_str());
  }
}

int verify_all(arguments const& words) {
  key_records keys;
  std::ifstream file{words[1]};
  for (std::string line; std::getline(file, line);)
    keys.emplace(line.substr(0, line.find(' ')), line.substr(line.find(' ') + 1));
  dkim::functions by;
  dkim_functions const functions = by.table();
  for (std::size_t i = 2; i < words.size(); ++i) verify(words[i], keys, functions);
  return 0;
}

}  // namespace

int main(int count, char** values) {
  arguments const words(values + 1, values + count);
  if (words.size() > 4 && words[0] == "sign") return sign_all(words);
  if (words.size() > 1 && words[0] == "verify") return verify_all(words);
  fail("sign or verify?");
}
