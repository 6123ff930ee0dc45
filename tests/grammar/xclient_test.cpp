// SPDX-License-Identifier: BSL-1.0
// The attribute lists of XCLIENT and XFORWARD, Postfix XCLIENT_README and XFORWARD_README.
#include "ehlo/grammar/xclient.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace {

using namespace ehlo;

struct list_row {
  verb command;
  std::string_view argument;
  errc what;
};
constexpr bool list_holds(list_row const& row) { return parse_peer_attributes(row.command, row.argument) == row.what; }
constexpr list_row lists[] = {
    {verb::xclient, "NAME=spike.porcupine.org ADDR=168.100.189.2", errc::ok},
    {verb::xclient, "name=[UNAVAILABLE] addr=IPV6:2001:db8::1 PORT=25 PROTO=ESMTP HELO=x LOGIN=a+20b ", errc::ok},
    {verb::xclient, "DESTADDR=10.0.0.1 DESTPORT=587", errc::ok},
    {verb::xclient, "NAME=[TEMPUNAVAIL]", errc::ok},
    {verb::xforward, "NAME=x ADDR=1.2.3.4 SOURCE=LOCAL IDENT=abc", errc::ok},
    {verb::xclient, "", errc::peer_argument},
    {verb::xclient, "NAME", errc::peer_argument},
    {verb::xclient, "NAME=", errc::peer_argument},
    {verb::xclient, "NAME=a NAME=b", errc::peer_argument},
    {verb::xclient, "COLOR=red", errc::peer_argument},
    {verb::xclient, "SOURCE=LOCAL", errc::peer_argument},
    {verb::xforward, "LOGIN=a", errc::peer_argument},
    {verb::xclient, "ADDR=2001:db8::1", errc::peer_argument},
    {verb::xclient, "ADDR=IPV6:1.2.3.4", errc::peer_argument},
    {verb::xclient, "ADDR=1.2.3", errc::peer_argument},
    {verb::xclient, "PORT=65536", errc::peer_argument},
    {verb::xclient, "PORT=x", errc::peer_argument},
    {verb::xclient, "PROTO=HTTP", errc::peer_argument},
    {verb::xclient, "HELO=a+0D+0A", errc::peer_argument},
    {verb::xclient, "HELO=a\tb", errc::peer_argument},
};
static_assert(std::ranges::all_of(lists, list_holds));

TEST(xclient, table) {
  for (list_row const& row : lists) EXPECT_TRUE(list_holds(row)) << row.argument;
}

}  // namespace
