// SPDX-License-Identifier: BSL-1.0
// The tests' own digests against the RFCs.
#include "digests.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using ehlo::sasl::hash;
using sasl_test::digest, sasl_test::hmac, sasl_test::pbkdf2;

std::string hex(std::string_view octets) {
  std::string out;
  for (char const c : octets) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

TEST(Digests, AreThoseOfTheRfcs) {
  EXPECT_EQ(hex(digest(hash::md5, "abc")), "900150983cd24fb0d6963f7d28e17f72");            // RFC 1321 A.5
  EXPECT_EQ(hex(digest(hash::sha_1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");  // RFC 6234 8.5
  EXPECT_EQ(hex(digest(hash::sha_1, "")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex(digest(hash::sha_256, "abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(digest(hash::sha_256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Digests, HmacIsThatOfTheRfcs) {
  EXPECT_EQ(hex(hmac(hash::md5, "Jefe", "what do ya want for nothing?")), "750c783e6ab0b503eaa86e310a5db738");  // 2104
  EXPECT_EQ(hex(hmac(hash::sha_1, "Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");  // RFC 2202 3
  EXPECT_EQ(hex(hmac(hash::sha_256, "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231 4.3
  EXPECT_EQ(
      hex(hmac(hash::sha_256, std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");  // 4.7
}

TEST(Digests, Pbkdf2IsThatOfTheRfcs) {
  EXPECT_EQ(hex(pbkdf2(hash::sha_1, "password", "salt", 1)), "0c60c80f961f0e71f3a9b524af6012062fe037a6");  // RFC 6070
  EXPECT_EQ(hex(pbkdf2(hash::sha_1, "password", "salt", 2)), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
  EXPECT_EQ(hex(pbkdf2(hash::sha_256, "passwd", "salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");  // RFC 7914 11
}

}  // namespace
