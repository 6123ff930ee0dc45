// SPDX-License-Identifier: BSL-1.0
// Runs the tables of tests/data/cases (path, command, codec) through the grammar. The tables state what RFC 5321 says,
// so they run under `strict`; the presets that forgive more must take all that `strict` takes.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/grammar/auth_command.hpp"
#include "ehlo/grammar/base64.hpp"
#include "ehlo/grammar/bdat_command.hpp"
#include "ehlo/grammar/command_line.hpp"
#include "ehlo/grammar/hello.hpp"
#include "ehlo/grammar/mail_command.hpp"
#include "ehlo/grammar/path.hpp"
#include "ehlo/grammar/rcpt_command.hpp"
#include "ehlo/grammar/string_argument.hpp"
#include "ehlo/grammar/xtext.hpp"
#include "ehlo/model/parameters.hpp"
#include "json.hpp"

namespace {

using ehlo_test::json;
using ehlo_test::unescape;

constexpr ehlo::capability_set offered{
    ehlo::capability::size,        ehlo::capability::eightbitmime, ehlo::capability::binarymime,
    ehlo::capability::chunking,    ehlo::capability::auth,         ehlo::capability::dsn,
    ehlo::capability::smtputf8,    ehlo::capability::requiretls,   ehlo::capability::deliverby,
    ehlo::capability::mt_priority, ehlo::capability::futurerelease};

std::vector<json> cases(std::string const& group) {
  json const file = json::read_file(std::string{EHLO_TEST_DATA} + "/cases/" + group + ".json");
  return file["cases"].items();
}

bool is_either(json const& one) { return one["valid"].text() == "either"; }

// --- paths

struct parsed_path {
  bool valid = false;
  ehlo::path_range range;
};

parsed_path parse(std::string const& text, bool reverse, bool utf8, ehlo::tolerance allowed) {
  parsed_path parsed;
  ehlo::tolerance used = ehlo::tolerance::none;
  ehlo::errc why = ehlo::errc::ok;
  parsed.valid = ehlo::parse_path(text, 0, {allowed, utf8, reverse}, parsed.range, used, why) == text.size();
  return parsed;
}

void check_path(json const& one, bool reverse) {
  std::string const in = unescape(one["in"].text());
  parsed_path const strict = parse(in, reverse, one["utf8"].truth(), ehlo::strict);
  if (!is_either(one)) {
    EXPECT_EQ(strict.valid, one["valid"].truth());
  }
  if (strict.valid) {
    ehlo::path_view const path = ehlo::view(in, strict.range);
    EXPECT_EQ(path.raw, in) << "lossless";
    if (one.has("local")) {
      EXPECT_EQ(path.local_part, unescape(one["local"].text()));
    }
    if (one.has("domain")) {
      EXPECT_EQ(path.domain, unescape(one["domain"].text()));
    }
    EXPECT_TRUE(parse(in, reverse, one["utf8"].truth(), ehlo::interoperable).valid);
    EXPECT_TRUE(parse(in, reverse, one["utf8"].truth(), ehlo::lenient).valid);
  }
}

TEST(cases, path) {
  for (json const& one : cases("path")) {
    SCOPED_TRACE(one["id"].text() + " " + one["in"].text());
    std::string const kind = one["kind"].text();
    if (kind != "forward") check_path(one, true);
    if (kind != "reverse") check_path(one, false);
  }
}

// --- commands

struct parsed_command {
  ehlo::errc what = ehlo::errc::peer_unknown_verb;
  std::string path;
  std::string decoded;
  std::string mechanism;
  ehlo::parameters parameters;
  ehlo::bdat_command bdat;
};

std::string decoded_envid(std::string_view line, ehlo::line_part part) {
  std::array<char, 128> storage{};
  auto const plain = ehlo::decode_xtext(line.substr(part.at, part.length), storage);
  return std::string{plain.text(storage)};
}

parsed_command parse_mail(std::string_view line) {
  parsed_command parsed;
  ehlo::mail_command command;
  ehlo::tolerance used = ehlo::tolerance::none;
  parsed.what = ehlo::parse_mail(line, {ehlo::strict, offered, true, {}}, command, used);
  if (parsed.what != ehlo::errc::ok) return parsed;
  parsed.path = ehlo::view(line, command.from).mailbox();
  parsed.parameters = ehlo::parameters{line.substr(command.parameters)};
  parsed.decoded = decoded_envid(line, command.envid);
  return parsed;
}

parsed_command parse_rcpt(std::string_view line) {
  parsed_command parsed;
  ehlo::rcpt_command command;
  ehlo::tolerance used = ehlo::tolerance::none;
  parsed.what = ehlo::parse_rcpt(line, {ehlo::strict, offered, false, {}}, command, used);
  if (parsed.what != ehlo::errc::ok) return parsed;
  parsed.path = ehlo::view(line, command.to).mailbox();
  parsed.parameters = ehlo::parameters{line.substr(command.parameters)};
  return parsed;
}

parsed_command parse_argument(std::string_view argument, bool required) {
  parsed_command parsed;
  parsed.what = argument.empty() && required ? ehlo::errc::peer_argument : ehlo::parse_string_argument(argument, false);
  std::array<char, 512> storage{};
  parsed.decoded = ehlo::decode_string_argument(argument, storage).text(storage);
  return parsed;
}

parsed_command parse_line(std::string_view line, ehlo::command_word word) {
  parsed_command parsed;
  std::string_view const argument = line.size() > word.length ? line.substr(word.length + std::size_t{1}) : "";
  ehlo::tolerance used = ehlo::tolerance::none;
  switch (word.what) {
    case ehlo::verb::unknown: return parsed;
    case ehlo::verb::mail: return parse_mail(line);
    case ehlo::verb::rcpt: return parse_rcpt(line);
    case ehlo::verb::bdat: parsed.what = ehlo::parse_bdat(line, parsed.bdat); return parsed;
    case ehlo::verb::helo:
    case ehlo::verb::ehlo: parsed.what = ehlo::parse_hello(argument, ehlo::strict, used); return parsed;
    case ehlo::verb::vrfy:
    case ehlo::verb::expn: return parse_argument(argument, true);
    case ehlo::verb::help:
    case ehlo::verb::noop: return parse_argument(argument, false);
    case ehlo::verb::auth: {
      ehlo::auth_command command;
      parsed.what = ehlo::parse_auth(line, command);
      parsed.mechanism = line.substr(command.mechanism.at, command.mechanism.length);
      return parsed;
    }
    default: parsed.what = argument.empty() ? ehlo::errc::ok : ehlo::errc::peer_argument; return parsed;
  }
}

void check_parameters(ehlo::parameters const& parameters, json const& expected) {
  auto given = parameters.begin();
  for (json const& pair : expected.items()) {
    ASSERT_NE(given, parameters.end());
    EXPECT_TRUE(ehlo::equal_ignoring_case(given->keyword, pair.items()[0].text()));
    EXPECT_EQ(given->has_value, pair.items()[1].is(json::kind::string));
    EXPECT_EQ(given->value, pair.items()[1].text());
    ++given;
  }
  EXPECT_EQ(given, parameters.end());
}

void check_accepted(json const& one, parsed_command const& parsed, std::string_view line) {
  if (one.has("from")) {
    EXPECT_EQ(parsed.path, one["from"].text());
  }
  if (one.has("to")) {
    EXPECT_EQ(parsed.path, one["to"].text());
  }
  if (one.has("params")) check_parameters(parsed.parameters, one["params"]);
  if (one.has("envid_decoded")) {
    EXPECT_EQ(parsed.decoded, one["envid_decoded"].text());
  }
  if (one.has("arg_decoded")) {
    EXPECT_EQ(parsed.decoded, unescape(one["arg_decoded"].text()));
  }
  if (one.has("arg")) {
    EXPECT_TRUE(line.ends_with(' ' + unescape(one["arg"].text())));
  }
  if (one.has("mech")) {
    EXPECT_EQ(parsed.mechanism, one["mech"].text());
  }
  if (one.has("size")) {
    EXPECT_EQ(std::to_string(parsed.bdat.size), one["size"].text());
  }
  if (one.has("last")) {
    EXPECT_EQ(parsed.bdat.last, one["last"].truth());
  }
}

bool fits(ehlo::errc what, json const& replies) {
  std::string const code = std::to_string(what == ehlo::errc::ok ? 250 : ehlo::info(what).code.number());
  for (json const& reply : replies.items())
    if (reply.text() == code) return true;
  return false;
}

TEST(cases, command) {
  for (json const& one : cases("command")) {
    SCOPED_TRACE(one["id"].text() + " " + one["in"].text());
    std::string in = unescape(one["in"].text());
    ASSERT_TRUE(in.ends_with("\r\n"));
    in.resize(in.size() - 2);
    std::string_view const line = ehlo::trim_trailing_space(in);
    ehlo::command_word const word = ehlo::parse_verb(line);
    parsed_command const parsed = parse_line(line, word);
    if (one.has("verb")) {
      EXPECT_EQ(ehlo::name(word.what), one["verb"].text());
    }
    bool const accepted = parsed.what == ehlo::errc::ok;
    if (!is_either(one)) {
      EXPECT_EQ(accepted, one["valid"].truth()) << ehlo::message(parsed.what);
    }
    if (one.has("reply")) {
      EXPECT_TRUE(fits(parsed.what, one["reply"])) << ehlo::message(parsed.what);
    }
    if (accepted) check_accepted(one, parsed, line);
  }
}

// --- codecs

void check_codec(json const& one) {
  bool const base64 = one["codec"].text() == "base64";
  std::string in = unescape(one["in"].text());
  std::array<char, 256> storage{};
  ehlo::decoded const out = base64 ? ehlo::decode_base64(in, storage) : ehlo::decode_xtext(in, storage);
  if (!is_either(one)) {
    EXPECT_EQ(out.valid, one["valid"].truth());
  }
  if (!out.valid) return;
  if (one.has("out")) {
    EXPECT_EQ(out.text(storage), unescape(one["out"].text()));
  }
  ehlo::decoded const in_place = base64 ? ehlo::decode_base64(in, in) : ehlo::decode_xtext(in, in);
  EXPECT_EQ(in_place.text(in), out.text(storage));
}

TEST(cases, codec) {
  for (json const& one : cases("codec")) {
    SCOPED_TRACE(one["id"].text() + " " + one["in"].text());
    std::string const codec = one["codec"].text();
    if (codec == "base64" || codec == "xtext") {
      check_codec(one);
    } else {
      EXPECT_TRUE(codec == "stuff" || codec == "unstuff") << "those two run in tests/wire";
    }
  }
}

}  // namespace
