// SPDX-License-Identifier: BSL-1.0
// Any octets as a command line and as encoded text. What is accepted lies within the line, is accepted by laxer presets
// too, and reads back as the same after it was written. Codecs: what decodes, encodes and decodes again to the same.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "ehlo/grammar/auth_command.hpp"
#include "ehlo/grammar/base64.hpp"
#include "ehlo/grammar/bdat_command.hpp"
#include "ehlo/grammar/command_line.hpp"
#include "ehlo/grammar/date_time.hpp"
#include "ehlo/grammar/etrn.hpp"
#include "ehlo/grammar/hello.hpp"
#include "ehlo/grammar/literal_writer.hpp"
#include "ehlo/grammar/mail_command.hpp"
#include "ehlo/grammar/rcpt_command.hpp"
#include "ehlo/grammar/string_argument.hpp"
#include "ehlo/grammar/unitext.hpp"
#include "ehlo/grammar/xclient.hpp"
#include "ehlo/grammar/xtext.hpp"
#include "ehlo/model/parameters.hpp"
#include "ehlo/wire/command_writer.hpp"

namespace {

using namespace ehlo;

constexpr std::array<extension_parameter, 1> extra{{{"X", 0}}};
constexpr capability_set everything{capability::size,       capability::eightbitmime, capability::binarymime,
                                    capability::dsn,        capability::smtputf8,     capability::auth,
                                    capability::requiretls, capability::deliverby,    capability::futurerelease,
                                    capability::mt_priority};

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view part(std::string_view line, line_part where) {
  require(std::size_t{where.at} + where.length <= line.size());
  return line.substr(where.at, where.length);
}

/// The parameters that a typed command only counts, as one text.
std::string_view rest_of(std::string_view text, std::vector<char>& storage,
                         std::initializer_list<std::string_view> known) {
  for (parameter const& one : parameters{text}) {
    bool typed = false;
    for (std::string_view const keyword : known) typed = typed || equal_ignoring_case(one.keyword, keyword);
    if (typed) continue;
    storage.push_back(' ');
    std::size_t const length = one.keyword.size() + (one.has_value ? 1 + one.value.size() : 0);
    storage.insert(storage.end(), one.keyword.data(), one.keyword.data() + length);
  }
  return {storage.data(), storage.size()};
}

errc mail(std::string_view line, tolerance allowed, mail_command& out, tolerance& used) {
  used = tolerance::none;
  return parse_mail(line, {allowed, everything, true, extra}, out, used);
}

void check_mail(std::string_view line) {
  mail_command command;
  tolerance used = tolerance::none;
  errc const verdict = mail(line, strict, command, used);
  if (verdict == errc::ok) require(mail(line, interoperable, command, used) == errc::ok && used == tolerance::none);
  if (mail(line, lenient, command, used) != errc::ok) return;
  line = trim_trailing_space(line);
  mail_params params;
  std::vector<char> rest;
  params = {command.size,
            command.has_size,
            command.body,
            command.smtputf8,
            command.requiretls,
            command.ret,
            part(line, command.envid),
            part(line, command.auth),
            {}};
  params.rest = rest_of(line.substr(command.parameters), rest,
                        {"SIZE", "BODY", "SMTPUTF8", "REQUIRETLS", "RET", "ENVID", "AUTH"});
  require(command.rest == !params.rest.empty());
  std::array<char, 8192> storage{};
  text_writer out{storage};
  require(write_mail(out, view(line, command.from).mailbox(), params, lenient));
  std::string_view const written = out.written().substr(0, out.written().size() - 2);
  require(written.find_first_of(std::string_view{"\r\n\0", 3}) == written.npos);
  mail_command again;
  require(mail(written, lenient, again, used) == errc::ok);
  require(again.size == command.size && again.has_size == command.has_size && again.body == command.body &&
          again.ret == command.ret && again.smtputf8 == command.smtputf8 && again.requiretls == command.requiretls &&
          again.rest == command.rest && again.from.kind == command.from.kind);
  require(view(written, again.from).mailbox() == view(line, command.from).mailbox());
  require(part(written, again.envid) == params.envid && part(written, again.auth) == params.auth);
}

errc rcpt(std::string_view line, tolerance allowed, bool smtputf8, rcpt_command& out, tolerance& used) {
  used = tolerance::none;
  return parse_rcpt(line, {allowed, everything, smtputf8, extra}, out, used);
}

void check_rcpt(std::string_view line) {
  rcpt_command command;
  tolerance used = tolerance::none;
  if (rcpt(line, strict, false, command, used) == errc::ok)
    require(rcpt(line, interoperable, true, command, used) == errc::ok && used == tolerance::none);
  if (rcpt(line, lenient, true, command, used) != errc::ok) return;
  line = trim_trailing_space(line);
  rcpt_params params{command.notify, part(line, command.orcpt), {}};
  std::vector<char> rest;
  params.rest = rest_of(line.substr(command.parameters), rest, {"NOTIFY", "ORCPT"});
  std::array<char, 8192> storage{};
  text_writer out{storage};
  require(write_rcpt(out, view(line, command.to).mailbox(), params, true, lenient));
  std::string_view const written = out.written().substr(0, out.written().size() - 2);
  rcpt_command again;
  require(rcpt(written, lenient, true, again, used) == errc::ok);
  require(again.notify == command.notify && part(written, again.orcpt) == params.orcpt && again.rest == command.rest);
  require(view(written, again.to).mailbox() == view(line, command.to).mailbox());
}

void check_small_commands(std::string_view line) {
  bdat_command bdat;
  if (parse_bdat(line, bdat) == errc::ok) {
    std::array<char, 64> storage{};
    text_writer out{storage};
    bdat_command again;
    require(write_bdat(out, bdat.size, bdat.last));
    require(parse_bdat(out.written().substr(0, out.written().size() - 2), again) == errc::ok);
    require(again.size == bdat.size && again.last == bdat.last);
  }
  auth_command auth;
  if (parse_auth(line, auth) == errc::ok) {
    require(is_mechanism(part(line, auth.mechanism)));
    require(auth.has_initial == !part(line, auth.initial).empty());
  }
  tolerance used = tolerance::none;
  if (parse_hello(line, strict, used) == errc::ok) require(parse_hello(line, lenient, used) == errc::ok);
  etrn_argument etrn;
  if (parse_etrn(line, strict, etrn, used) == errc::ok) require(!etrn.node.empty());
  if (parse_string_argument(line, true) == errc::ok) require(is_utf8(line));
  if (parse_peer_attributes(verb::xclient, line) == errc::ok)
    for (parameter const& one : parameters{line}) require(one.has_value);
  require(parse_verb(line).length <= line.size());
}

/// Decodes, encodes, decodes: twice the same octets; and in place as well.
template <class Decode, class Encode>
void check_codec(std::string_view text, Decode decode, Encode encode) {
  std::vector<char> storage(text.size());
  decoded const plain = decode(text, std::span<char>{storage});
  if (!plain) return;
  std::string_view const octets = plain.text(storage);
  std::vector<char> in_place(text.begin(), text.end());
  require(decode(std::string_view{in_place.data(), in_place.size()}, std::span<char>{in_place}).text(in_place) ==
          octets);
  std::vector<char> coded(octets.size() * 10 + 4);
  decoded const again = encode(octets, std::span<char>{coded});
  require(again.valid);
  std::vector<char> twice(again.size);
  require(decode(again.text(coded), std::span<char>{twice}).text(twice) == octets);
}

void check_codecs(std::string_view text) {
  check_codec(
      text, [](auto in, auto out) { return decode_xtext(in, out); }, encode_xtext);
  check_codec(text, decode_base64, encode_base64);
  for (bool const smtputf8 : {false, true}) {
    check_codec(text, decode_unitext, [smtputf8](std::string_view in, std::span<char> out) {
      require(is_utf8(in));
      return encode_unitext(in, smtputf8, out);
    });
  }
  date_time time;
  if (parse_date_time(text, time) && time.offset_minutes == 0) {
    std::array<char, 32> storage{};
    text_writer out{storage};
    date_time again;
    require(write_date_time(out, time) && parse_date_time(out.written(), again) && again == time);
  }
  address_literal const literal = parse_address_literal(text);
  if (literal.kind == literal_kind::ipv4 || literal.kind == literal_kind::ipv6) {
    std::array<char, 64> storage{};
    text_writer out{storage};
    require(write_address_literal(out, literal) && parse_address_literal(out.written()) == literal);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const line{reinterpret_cast<char const*>(data), size};
  if (size > 2048) return 0;
  check_mail(line);
  check_rcpt(line);
  check_small_commands(line);
  check_codecs(line);
  return 0;
}
