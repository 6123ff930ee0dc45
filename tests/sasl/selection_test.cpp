// SPDX-License-Identifier: BSL-1.0
// The table of the mechanisms, and which one is chosen.
#include "ehlo/sasl/selection.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "ehlo/sasl/error.hpp"

namespace {

using namespace ehlo::sasl;

constexpr selection everything{.allow_overheard = true,
                               .has_password = true,
                               .has_token = true,
                               .has_channel = true,
                               .has_certificate = true,
                               .anonymous = true};

std::string permitted(selection const& by) {
  mechanism_names storage;
  return std::string{write_permitted(by, storage)};
}

constexpr std::string_view all_names =
    "EXTERNAL SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 OAUTHBEARER XOAUTH2 PLAIN LOGIN";

TEST(Mechanisms, AreFoundByTheirNames) {
  for (mechanism_info const& one : mechanism_table) EXPECT_EQ(find_mechanism(one.name), one.what);
  static_assert(find_mechanism("scram-sha-256-plus") == mechanism::scram_sha_256_plus);
  static_assert(find_mechanism("SCRAM-SHA-256-PLU") == mechanism::none);
  static_assert(find_mechanism("") == mechanism::none);
}

TEST(Mechanisms, DefaultOrderIsStrongestFirstAndHasAll) {
  for (std::size_t i = 1; i != strongest_first.size(); ++i)
    EXPECT_GE(info(strongest_first[i - 1]).gives, info(strongest_first[i]).gives);
  std::array<bool, mechanism_count> seen{true};
  for (mechanism const one : strongest_first) {
    EXPECT_FALSE(seen[static_cast<std::size_t>(one)]) << name_of(one);
    seen[static_cast<std::size_t>(one)] = true;
  }
  for (bool const one : seen) EXPECT_TRUE(one);
}

TEST(Errors, HaveMessagesOfTheirOwnAndRepliesThatFit) {
  for (error_info const& one : error_table) {
    EXPECT_FALSE(one.message.empty());
    for (error_info const& other : error_table) EXPECT_TRUE(one.what == other.what || one.message != other.message);
    EXPECT_TRUE(one.what == error::ok || one.status.fits(one.code)) << one.message;
  }
}

TEST(Selection, IsStrongestFirst) {
  selection by = everything;
  by.minimum = strength::clear_text;
  EXPECT_EQ(permitted(by), all_names);
}

TEST(Selection, AnonymousNeedsConsentAndNoMinimum) {  // RFC 4505 5
  selection by = everything;
  by.minimum = strength::nothing;
  EXPECT_EQ(permitted(by), std::string{all_names} + " ANONYMOUS");
  by.anonymous = false;
  EXPECT_EQ(permitted(by), all_names);
}

TEST(Selection, NothingBelowTheMinimum) {
  selection by = everything;
  for (auto const& [minimum, names] :
       {std::pair{strength::challenge, all_names.substr(0, all_names.find(" OAUTHBEARER"))},
        std::pair{strength::mutual, all_names.substr(0, all_names.find(" CRAM"))},
        std::pair{strength::channel_bound, all_names.substr(0, all_names.find(" SCRAM-SHA-256 "))}}) {
    by.minimum = minimum;
    EXPECT_EQ(permitted(by), names);
    for (mechanism_info const& one : mechanism_table)
      EXPECT_EQ(choose_mechanism(one.name, by), one.gives >= minimum ? one.what : mechanism::none) << one.name;
  }
}

TEST(Selection, NothingWithoutWhatItNeeds) {
  EXPECT_EQ(permitted({}), "");
  EXPECT_EQ(permitted({.has_password = true}), "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN");
  EXPECT_EQ(permitted({.has_token = true}), "OAUTHBEARER XOAUTH2");
  EXPECT_EQ(permitted({.has_certificate = true}), "EXTERNAL");
  EXPECT_EQ(permitted({.has_channel = true}), "");
  EXPECT_EQ(permitted({.has_password = true, .has_channel = true}),
            "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN");
}

TEST(Selection, NoSecretInClearTextWithoutTls) {
  selection by = everything;
  by.tls = false;
  by.allow_overheard = false;
  EXPECT_EQ(permitted(by), "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5");
  by.allow_overheard = true;
  EXPECT_EQ(permitted(by), "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 OAUTHBEARER XOAUTH2 PLAIN LOGIN");
}

TEST(Selection, TheHostsOrderDecides) {
  constexpr std::array order{mechanism::plain, mechanism::scram_sha_1, mechanism::plain, mechanism::none};
  selection by = everything;
  by.order = order;
  EXPECT_EQ(permitted(by), "PLAIN SCRAM-SHA-1");
  EXPECT_EQ(choose_mechanism("LOGIN SCRAM-SHA-1 PLAIN", by), mechanism::plain);
  EXPECT_EQ(choose_mechanism("LOGIN SCRAM-SHA-256", by), mechanism::none);
}

TEST(Selection, OfAnyOfferTheFirstOfTheOrder) {
  static_assert(choose_mechanism("LOGIN PLAIN scram-sha-256 CRAM-MD5", everything) == mechanism::scram_sha_256);
  static_assert(choose_mechanism("PLAIN", everything) == mechanism::plain);
  static_assert(choose_mechanism("", everything) == mechanism::none);
  static_assert(choose_mechanism("  PLAIN  ", everything) == mechanism::plain);
  static_assert(choose_mechanism("PLAINX GSSAPI", everything) == mechanism::none);
}

}  // namespace
