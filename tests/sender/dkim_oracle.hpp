// SPDX-License-Identifier: BSL-1.0
// DKIM in its obvious form, for tests and fuzzing: whole texts, copied freely (RFC 6376 3.4, 3.7), and a host whose
// hash keeps what it was given and whose signatures anybody can make.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/base/ascii.hpp"
#include "ehlo/grammar/base64.hpp"
#include "ehlo/sender/dkim_functions.hpp"

namespace dkim_oracle {

inline std::string base64(std::string_view octets) {
  std::string text(ehlo::base64_length(octets.size()), '\0');
  (void)ehlo::encode_base64(octets, text);
  return text;
}

inline std::vector<std::string> lines_of(std::string text) {
  std::vector<std::string> lines;
  for (std::size_t end = text.find("\r\n"); end != text.npos; end = text.find("\r\n")) {
    lines.push_back(text.substr(0, end));
    text.erase(0, end + 2);
  }
  if (!text.empty()) lines.push_back(text);
  return lines;
}

/// Runs of white space become one space, and none is left at the end.
inline std::string reduced(std::string_view line) {
  std::string out;
  for (char const c : line)
    if (!ehlo::is_wsp(c))
      out += c;
    else if (!out.ends_with(' '))
      out += ' ';
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

inline std::string body(bool relaxed, std::string_view text) {
  std::vector<std::string> lines = lines_of(std::string{text});
  if (relaxed)
    for (std::string& line : lines) line = reduced(line);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (!relaxed && lines.empty()) return "\r\n";
  std::string out;
  for (std::string const& line : lines) out += line + "\r\n";
  return out;
}

/// The fields of a header with their line ends; the last one gets one if it has none.
inline std::vector<std::string> fields_of(std::string_view header) {
  std::vector<std::string> fields;
  for (std::string const& line : lines_of(std::string{header})) {
    if (line.empty()) break;
    if (!fields.empty() && ehlo::is_wsp(line[0]))
      fields.back() += line + "\r\n";
    else
      fields.push_back(line + "\r\n");
  }
  return fields;
}

inline std::string name_of(std::string_view field) {
  if (field.find(':') == field.npos) return {};
  std::string name{field.substr(0, field.find(':'))};
  while (!name.empty() && ehlo::is_wsp(name.back())) name.pop_back();
  for (char& c : name) {
    if (c <= ' ' || c > '~') return {};
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

/// A field in canonical form, with its line end.
inline std::string field(bool relaxed, std::string_view text) {
  if (!relaxed) return std::string{text};
  std::string value{text.substr(text.find(':') + 1)};
  value.resize(value.size() - 2);
  for (std::size_t at = value.find("\r\n"); at != value.npos; at = value.find("\r\n")) value.erase(at, 2);
  value = reduced(value);
  if (value.starts_with(' ')) value.erase(0, 1);
  return name_of(text) + ":" + value + "\r\n";
}

/// Names with colons between them, white space and case away.
inline std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names(1);
  for (char const c : list)
    if (c == ':')
      names.emplace_back();
    else if (c > ' ')
      names.back() += ehlo::is_alpha(c) ? static_cast<char>(c | 0x20) : c;
  return names;
}

/// What is signed of a header: the fields of `list`, and `own`, the signature's field with nothing behind its b=.
inline std::string signed_text(bool relaxed, std::vector<std::string> fields, std::string_view list,
                               std::string_view own) {
  std::string out;
  for (std::string const& name : names_of(list))
    for (std::size_t i = fields.size(); i-- != 0;)
      if (name_of(fields[i]) == name) {
        out += field(relaxed, fields[i]);
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
  out += field(relaxed, std::string{own} + "\r\n");
  out.resize(out.size() - 2);
  return out;
}

/// 32 octets that depend on each octet of the text.
inline std::string digest_of(std::string_view text) {
  std::string out;
  for (std::uint64_t seed = 1; seed != 5; ++seed) {
    std::uint64_t hash = 0xCBF29CE484222325U * seed;
    for (char const c : text) hash = (hash ^ ehlo::octet(c)) * 0x100000001B3U;
    hash ^= hash >> 29U;
    for (unsigned i = 0; i != 8; ++i) out += static_cast<char>(hash >> (8 * i) & 0xFFU);
  }
  return out;
}

/// The signature of a digest by a key: 64 octets, or as many as an RSA modulus has.
inline std::string signature_of(std::string_view digest, std::string_view key, std::size_t size) {
  std::string const salt = digest_of(key);
  std::string out;
  for (std::size_t i = 0; i != size; ++i) out += static_cast<char>(digest[i % 32] ^ salt[i % 29]);
  return out;
}

inline std::string der(char type, std::string_view value) {
  std::string out{type};
  if (value.size() < 0x80)
    out += static_cast<char>(value.size());
  else if (value.size() < 0x100)
    out.append("\x81").push_back(static_cast<char>(value.size()));
  else
    out.append("\x82").append({static_cast<char>(value.size() >> 8U), static_cast<char>(value.size() & 0xFFU)});
  return out.append(value);
}

/// An RSAPublicKey whose modulus has so many bits, each of them set.
inline std::string rsa_key(std::size_t bits) {
  std::string modulus(bits / 8 + 1, '\xFF');
  modulus[0] = static_cast<char>(bits % 8 == 0 ? 0 : (1U << (bits % 8)) - 1);
  // A highest bit that is set would make the number negative.
  return der('\x30', der('\x02', modulus) + der('\x02', std::string_view{"\x01\x00\x01", 3}));
}

/// The same in a SubjectPublicKeyInfo.
inline std::string rsa_info(std::size_t bits) {
  std::string const algorithm{"\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00", 15};
  return der('\x30', algorithm + der('\x03', std::string(1, '\0') + rsa_key(bits)));
}

/// The host. Its functions remember what they were given; one of them fails where `fail` says so.
struct host {
  std::map<unsigned, std::string> open{};
  std::vector<std::string> hashed{};   ///< the texts, in the order in which their hashes ended
  std::vector<std::string> checked{};  ///< the digests that came with a signature
  unsigned highest_state = 0;
  std::string_view fail{};  ///< "begin", "update", "end", "verify", "key"
  bool misused = false;

  [[nodiscard]] ehlo::sender::dkim_functions functions() {
    ehlo::sender::dkim_functions f;
    f.context = this;
    f.hash_begin = [](void* self, unsigned state) noexcept {
      host& h = *static_cast<host*>(self);
      h.highest_state = state > h.highest_state ? state : h.highest_state;
      h.open[state].clear();
      return h.fail != "begin";
    };
    f.hash_update = [](void* self, unsigned state, std::string_view octets) noexcept {
      host& h = *static_cast<host*>(self);
      h.misused = h.misused || !h.open.contains(state) || octets.empty();
      h.open[state] += octets;
      return h.fail != "update";
    };
    f.hash_end = [](void* self, unsigned state, std::span<char, 32> out) noexcept {
      host& h = *static_cast<host*>(self);
      h.misused = h.misused || !h.open.contains(state);
      h.hashed.push_back(h.open[state]);
      digest_of(h.open[state]).copy(out.data(), out.size());
      h.open.erase(state);
      return h.fail != "end";
    };
    f.verify = [](void* self, ehlo::sender::dkim_algorithm, std::string_view key, std::string_view digest,
                  std::string_view signature) noexcept {
      using ehlo::sender::dkim_check;
      host& h = *static_cast<host*>(self);
      h.checked.emplace_back(digest);
      if (h.fail == "verify") return dkim_check::failed;
      if (h.fail == "key") return dkim_check::bad_key;
      return signature == signature_of(digest, key, signature.size()) ? dkim_check::valid : dkim_check::invalid;
    };
    return f;
  }
};

/// What a test wants signed.
struct order {
  std::string tags = "v=1; a=rsa-sha256; d=example.com; s=sel; h=from:to";  ///< without bh= and b=
  std::string list = "from:to";                                             ///< h= of it
  bool relaxed_header = false;
  bool relaxed_body = false;
  std::size_t length = std::string::npos;  ///< l= of it
  std::string key = rsa_info(1024);
  std::size_t size = 128;
};

/// The field DKIM-Signature for a message, with its line end.
inline std::string signature_field(order const& o, std::string_view header, std::string_view text) {
  std::string const digest = digest_of(std::string_view{body(o.relaxed_body, text)}.substr(0, o.length));
  std::string const own = "DKIM-Signature: " + o.tags + ";\r\n bh=" + base64(digest) + ";\r\n b=";
  std::string const input = signed_text(o.relaxed_header, fields_of(header), o.list, own);
  return own + base64(signature_of(digest_of(input), o.key, o.size)) + "\r\n";
}

}  // namespace dkim_oracle
