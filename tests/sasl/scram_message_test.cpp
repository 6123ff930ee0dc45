// SPDX-License-Identifier: BSL-1.0
// The messages of SCRAM (RFC 5802 7): what they say, and what is none.
#include "ehlo/sasl/scram_message.hpp"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string_view>

#include "ehlo/base/text_writer.hpp"

namespace {

using namespace ehlo::sasl;
using namespace std::string_view_literals;

constexpr error client_first(std::string_view text) {
  scram_client_first out;
  return parse_scram_client_first(text, out);
}
constexpr error server_first(std::string_view text) {
  scram_server_first out;
  return parse_scram_server_first(text, out);
}
constexpr error client_final(std::string_view text) {
  scram_client_final out;
  return parse_scram_client_final(text, out);
}
constexpr error server_final(std::string_view text) {
  scram_server_final out;
  error const e = parse_scram_server_final(text, out);
  return e == error::ok ? out.refusal : e;
}

struct row {
  std::string_view text;
  error why = error::ok;
};
template <std::size_t Count>
constexpr bool all(std::array<row, Count> const& rows, error (*parse)(std::string_view)) {
  for (row const& one : rows)
    if (parse(one.text) != one.why) return false;
  return true;
}

// client-first-message.
static_assert(all(std::array{row{"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"},  // 5
                             row{"y,,n=u,r=x"}, row{"p=tls-exporter,,n=u,r=x"}, row{"n,a=other,n=u,r=x"},
                             row{"n,,n=u,r=x,x=extension,y=another"}, row{"n,,n=\xc3\xbc,r=x"}},
                  client_first));
static_assert(all(
    std::array{
        row{"", error::malformed},
        row{"n", error::malformed},
        row{"n,", error::malformed},
        row{"n,,", error::malformed},
        row{"n,,n=u", error::malformed},
        row{"n,,n=u,", error::malformed},
        row{"n,,n=u,r=", error::malformed},
        row{"n,,n=,r=x", error::malformed},
        row{"n,,r=x,n=u", error::malformed},    // the order is fixed (5.1)
        row{"N,,n=u,r=x", error::malformed},    // 5.1: case-sensitive
        row{"F,n,,n=u,r=x", error::malformed},  // GS2's non-standard flag (RFC 5801 4)
        row{"p,,n=u,r=x", error::malformed},
        row{"p=,,n=u,r=x", error::malformed},
        row{"p=tls exporter,,n=u,r=x", error::malformed},
        row{"n,b=other,n=u,r=x", error::malformed},
        row{"n,a=,n=u,r=x", error::malformed},
        row{"n,,n=u,r=x y", error::malformed},
        row{"n,,n=u,r=x\x7f", error::malformed},
        row{"n,,n=u,r=x,", error::malformed},
        row{"n,,n=u,r=x,,x=y", error::malformed},
        row{"n,,n=u,r=x,1=y", error::malformed},
        row{"n,,n=u,r=x,x", error::malformed},
        row{"n,,n=u,r=x,x=", error::malformed},
        row{"n,,n=u\0,r=x"sv, error::malformed},
        row{"n,,n=\xff,r=x", error::malformed},
        row{"n,,m=more,n=u,r=x", error::extension},  // 5.1
        row{"n,,n=u,r=x,m=more", error::extension},
    },
    client_first));

// server-first-message.
static_assert(all(std::array{row{"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"},  // 5
                             row{"r=x,s=QQ==,i=1,x=y"}, row{"r=x,s=QQ==,i=4294967295"}},
                  server_first));
static_assert(all(
    std::array{
        row{"", error::malformed},
        row{"r=x,s=QQ==", error::malformed},
        row{"r=x,i=4096,s=QQ==", error::malformed},
        row{"r=x,s=,i=4096", error::malformed},
        row{"r=x,s=QQ==,i=", error::malformed},
        row{"r=x,s=QQ==,i=0", error::malformed},
        row{"r=x,s=QQ==,i=04096", error::malformed},
        row{"r=x,s=QQ==,i=-1", error::malformed},
        row{"r=x,s=QQ==,i=4096x", error::malformed},
        row{"r=x,s=QQ==,i=4294967296", error::iterations_too_many},
        row{"r=x,s=QQ==,i=99999999999999999999999999", error::iterations_too_many},
        row{"m=x,r=x,s=QQ==,i=4096", error::extension},
        row{"e=unknown-user", error::unknown_user},
    },
    server_first));

// client-final-message.
static_assert(all(std::array{row{"c=biws,r=xy,p=v0X8"}, row{"c=biws,r=xy,x=y,p=v0X8"}, row{"", error::malformed},
                             row{"p=v0X8", error::malformed}, row{"c=biws,r=xy", error::malformed},
                             row{"c=biws,r=xy,p=", error::malformed}, row{"c=biws,p=v0X8", error::malformed},
                             row{"r=xy,c=biws,p=v0X8", error::malformed},
                             row{"c=biws,r=xy,p=v0X8,x=y", error::malformed},  // the proof is last
                             row{"c=biws,r=xy,m=more,p=v0X8", error::extension}},
                  client_final));

// server-final-message.
static_assert(all(std::array{row{"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="}, row{"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,x=y"},
                             row{"e=invalid-encoding", error::invalid_encoding},
                             row{"e=extensions-not-supported", error::extensions_not_supported},
                             row{"e=invalid-proof", error::invalid_proof},
                             row{"e=channel-bindings-dont-match", error::channel_bindings_dont_match},
                             row{"e=server-does-support-channel-binding", error::server_does_support_channel_binding},
                             row{"e=channel-binding-not-supported", error::channel_binding_not_supported},
                             row{"e=unsupported-channel-binding-type", error::unsupported_channel_binding_type},
                             row{"e=unknown-user", error::unknown_user},
                             row{"e=invalid-username-encoding", error::invalid_username_encoding},
                             row{"e=no-resources", error::no_resources}, row{"e=other-error", error::other_error},
                             row{"e=something-new", error::other_error}, row{"e=", error::malformed},
                             row{"v=", error::malformed}, row{"x=y,v=QQ==", error::malformed},
                             row{"", error::malformed}},
                  server_final));

TEST(ScramMessage, ClientFirstSaysAll) {
  scram_client_first out;
  ASSERT_EQ(parse_scram_client_first("p=tls-exporter,a=b=2Cc,n=u=3D,r=no+nce,x=y", out), error::ok);
  EXPECT_EQ(out.gs2.text, "p=tls-exporter,a=b=2Cc,");
  EXPECT_EQ(out.gs2.flag, binding_flag::used);
  EXPECT_EQ(out.gs2.binding_type, "tls-exporter");
  EXPECT_EQ(out.gs2.authorization_identity, "b=2Cc");
  EXPECT_EQ(out.bare, "n=u=3D,r=no+nce,x=y");
  EXPECT_EQ(out.user_name, "u=3D");
  EXPECT_EQ(out.nonce, "no+nce");
}

TEST(ScramMessage, ClientFinalIsCutBeforeItsProof) {
  scram_client_final out;
  ASSERT_EQ(parse_scram_client_final("c=biws,r=xy,x=y,p=v0X8", out), error::ok);
  EXPECT_EQ(out.without_proof, "c=biws,r=xy,x=y");
  EXPECT_EQ(out.proof, "v0X8");
}

TEST(Saslname, ReplacesCommaAndEqualsSign) {  // 5.1
  std::array<char, 64> room{};
  ehlo::text_writer out{room};
  put_saslname("a,b=c,=", out);
  EXPECT_EQ(out.written(), "a=2Cb=3Dc=2C=3D");
  std::array<char, 64> back_room{};
  ehlo::text_writer back{back_room};
  EXPECT_TRUE(get_saslname(out.written(), back));
  EXPECT_EQ(back.written(), "a,b=c,=");
}

TEST(Saslname, HasNoOtherCodes) {  // 5.1: "the server MUST fail the authentication"
  for (std::string_view const bad : {"=", "a=", "=2", "=2c", "=3d", "=2B", "=4D", "a=b"}) {
    std::array<char, 64> room{};
    ehlo::text_writer out{room};
    EXPECT_FALSE(get_saslname(bad, out)) << bad;
  }
}

}  // namespace
