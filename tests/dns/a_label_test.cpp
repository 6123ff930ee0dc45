// SPDX-License-Identifier: BSL-1.0
// A-labels (RFC 5890 2.3.2.1) of U-labels as they stand, by Punycode (RFC 3492).
#include "ehlo/dns/a_label.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace {

std::string a_labels(std::string_view domain) {
  std::array<char, 253> room{};
  ehlo::text_writer out{room};
  return ehlo::write_a_labels(out, domain) ? std::string{out.written()} : std::string{"none"};
}

struct row {
  std::string_view value;
  std::string_view found;
};

TEST(ALabel, SampleStrings_Rfc3492_7_1) {
  // (B), (D), (I), (J), (L), (M), (O), (R); of (I) the flag for the upper-case letter is not written.
  constexpr row rows[]{
      {"\u4ED6\u4EEC\u4E3A\u4EC0\u4E48\u4E0D\u8BF4\u4E2D\u6587", "xn--ihqwcrb4cv8a8dqg056pqjye"},
      {"Pro\u010Dprost\u011Bnemluv\u00ED\u010Desky", "xn--Proprostnemluvesky-uyb24dma41a"},
      {"\u043F\u043E\u0447\u0435\u043C\u0443\u0436\u0435\u043E\u043D\u0438\u043D\u0435\u0433\u043E\u0432\u043E\u0440"
       "\u044F\u0442\u043F\u043E\u0440\u0443\u0441\u0441\u043A\u0438",
       "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"},
      {"Porqu\u00E9nopuedensimplementehablarenEspa\u00F1ol", "xn--PorqunopuedensimplementehablarenEspaol-fmd56a"},
      {"3\u5E74B\u7D44\u91D1\u516B\u5148\u751F", "xn--3B-ww4c5e180e575a65lsy2b"},
      {"\u5B89\u5BA4\u5948\u7F8E\u6075-with-SUPER-MONKEYS", "xn---with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n"},
      {"\u3072\u3068\u3064\u5C4B\u6839\u306E\u4E0B2", "xn--2-u9tlzr9756bt3uc0v"},
      {"\u305D\u306E\u30B9\u30D4\u30FC\u30C9\u3067", "xn--d9juau41awczczp"},
  };
  for (row const& one : rows) EXPECT_EQ(a_labels(one.value), one.found);
}

TEST(ALabel, OfADomain) {
  EXPECT_EQ(a_labels("Example.org"), "Example.org");
  EXPECT_EQ(a_labels("mail.b\u00FCcher.example"), "mail.xn--bcher-kva.example");
  EXPECT_EQ(a_labels("\U0001F600.example"), "xn--e28h.example");
  EXPECT_EQ(a_labels("b\xFC"
                     "cher.example"),
            "none");
  std::string many;
  for (int i = 0; i != 126; ++i) many += "\u00FC";
  EXPECT_EQ(a_labels(many), "none");
}

}  // namespace
