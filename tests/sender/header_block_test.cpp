// SPDX-License-Identifier: BSL-1.0
// The header of a message in pieces, and its fields (RFC 5322 2.1, 2.2); each message is cut everywhere.
#include "ehlo/sender/header_block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using namespace ehlo::sender;
using namespace std::string_view_literals;

struct row {
  std::string_view message;
  std::string_view fields;  ///< [name|value] of each
  std::string_view body;    ///< "-": the header does not end
};

constexpr row rows[] = {
    {"A: b\r\n\r\nbody", "[A| b]", "body"},
    {"A: b\r\nC: d\r\n\r\n", "[A| b][C| d]", ""},
    {"A: b\r\n c\r\n\t\r\nD:e\r\n\r\nf\r\n", "[A| b\r\n c\r\n\t][D|e]", "f\r\n"},
    {"A \t: b\r\n\r\n", "[A| b]", ""},  // RFC 5322 4.5
    {"A:\r\nB::\r\nC:\r\n x:y\r\n\r\n", "[A|][B|:][C|\r\n x:y]", ""},
    {"\r\nbody", "", "body"},  // a message without a header
    {"\r\n\r\n", "", "\r\n"},
    {"\r\n", "", ""},
    {"A: b\r\n\r\n\r\n", "[A| b]", "\r\n"},
    // What is no field.
    {"A\r\n\r\n", "[|A]", ""},
    {": a\r\n\r\n", "[|: a]", ""},
    {" a: b\r\nC: d\r\n\r\n", "[| a: b][C| d]", ""},
    {"A b: c\r\n\r\n", "[|A b: c]", ""},
    {"\xC3\xBC: c\r\n\r\n", "[|\xC3\xBC: c]", ""},
    {"A\0: c\r\n\r\n"sv, "[|A\0: c]"sv, ""},
    {"From x: y z\r\nFrom: a\r\n\r\n", "[|From x: y z][From| a]", ""},
    // CR and LF alone are octets like others.
    {"A: b\nC: d\rE\r\n\r\n", "[A| b\nC: d\rE]", ""},
    {"A: b\n\nC\r\n\r\n", "[A| b\n\nC]", ""},
    {"A: b\r\r\n\r\nbody", "[A| b\r]", "body"},
    {"A: b\r\n\r\r\n\r\nbody", "[A| b][|\r]", "body"},
    {"A: b\r\n\n\r\nC: d\r\n\r\n", "[A| b][|\n][C| d]", ""},
    {"\r\r\n\r\nx", "[|\r]", "x"},
    // A message that ends within its header.
    {"", "", "-"},
    {"A: b", "[A| b]", "-"},
    {"A: b\r", "[A| b\r]", "-"},
    {"A: b\r\n", "[A| b]", "-"},
    {"A: b\r\nC: d\r\n", "[A| b][C| d]", "-"},
    {"A: b\r\n\r", "[A| b][|\r]", "-"},
    {"A: b\r\n c", "[A| b\r\n c]", "-"},
};

std::string say(header_block_core const& header) {
  std::string out;
  std::string raw;
  for (header_field const& field : header.fields()) {
    out.append("[").append(field.name).append("|").append(field.value).append("]");
    raw += field.raw;
  }
  EXPECT_EQ(header.text().substr(0, raw.size()), raw);
  EXPECT_TRUE(header.text().substr(raw.size()).empty() || header.text().substr(raw.size()) == "\r\n");
  return out;
}

void expect(row const& r, header_block_core& header, std::string const& body) {
  EXPECT_EQ(header.ended(), r.body != "-") << r.message;
  header.end();
  EXPECT_EQ(say(header), r.fields) << r.message;
  EXPECT_EQ(body, r.body == "-" ? "" : r.body) << r.message;
  EXPECT_EQ(std::string{header.text()} + body, r.message);
  EXPECT_EQ(header.take("more"), "more");
  EXPECT_FALSE(header.too_long());
}

TEST(HeaderBlock, EachCut_2_1) {
  for (row const& r : rows) {
    {
      header_block header;
      std::string body;
      for (char const c : r.message) body += header.take({&c, 1});
      expect(r, header, body);
    }
    for (std::size_t cut = 0; cut <= r.message.size(); ++cut) {
      header_block header;
      std::string body{header.take(r.message.substr(0, cut))};
      EXPECT_EQ(header.take({}), "");
      body += header.take(r.message.substr(cut));
      expect(r, header, body);
    }
  }
}

constexpr bool reads_at_compile_time() {
  basic_header_block<1000> header;
  if (header.take("A: b\r\n c\r\n\r\nbody") != "body") return false;
  auto const fields = header.fields();
  return fields.begin()->name == "A" && fields.begin()->value == " b\r\n c" && ++fields.begin() == fields.end();
}
static_assert(reads_at_compile_time());

TEST(HeaderBlock, TooLong) {
  for (std::size_t const step : {std::size_t{1}, std::size_t{400}, std::size_t{9000}})
    for (std::size_t const size : {1000U, 1001U, 5000U}) {
      std::string const message = "A: " + std::string(size - 7, 'a') + "\r\n\r\nbody";
      basic_header_block<1000> header;
      std::string body;
      for (std::size_t at = 0; at < message.size(); at += step)
        body += header.take(std::string_view{message}.substr(at, step));
      EXPECT_TRUE(header.ended());
      EXPECT_EQ(body, "body");
      EXPECT_EQ(header.too_long(), size > 1000);
      EXPECT_EQ(header.text().size(), size > 1000 ? 0U : size) << "nothing is kept of it";
    }
}

TEST(HeaderFields, OfATextAlone) {
  header_fields const fields{"A: b\r\nC: d\r\n\r\nE: f\r\n"};
  EXPECT_EQ(std::distance(fields.begin(), fields.end()), 2);
  header_fields::iterator at = fields.begin();
  EXPECT_EQ((at++)->raw, "A: b\r\n");
  EXPECT_EQ((*at).raw, "C: d\r\n");
  EXPECT_TRUE(header_fields{}.begin() == header_fields{}.end());
}

}  // namespace
